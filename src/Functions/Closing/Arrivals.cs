namespace Tidemark.Functions.Closing;

/// <summary>
/// Batches that this process has applied, so that live results can be written right after one and not up to a second later. A hint: in a process that the trigger does not
/// run in there are none, and nobody waits for any.
/// </summary>
public sealed class Arrivals(TimeProvider time)
{
    /// <summary>Longest wait: a timer that ticks every second still has time for its work before the next tick.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(850);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Batches come about once a second. After so long without one none is expected soon.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(3);

    private long _count;
    private long _lastAt;

    /// <summary>Notes a batch that was applied.</summary>
    public void Note()
    {
        Interlocked.Exchange(ref _lastAt, time.GetTimestamp());
        Interlocked.Increment(ref _count);
    }

    /// <summary>Waits for a batch, if one is to be expected: no longer than <see cref="MaxWait"/>, and not at all when one came since the caller looked last.</summary>
    /// <param name="seen">What the last call has returned; 0 at first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many batches there were.</returns>
    public async Task<long> WaitAsync(long seen, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            long count = Interlocked.Read(ref _count);
            if (count != seen || count == 0 || time.GetElapsedTime(Interlocked.Read(ref _lastAt)) >= Recent || time.GetElapsedTime(started) >= MaxWait)
            {
                return count;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
