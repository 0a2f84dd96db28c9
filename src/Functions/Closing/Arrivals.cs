namespace Tidemark.Functions.Closing;

/// <summary>
/// Batches that this process has applied, so that live results can be written right after one and not up to a second later. A hint: in a process that the trigger does not
/// run in there are none, and nobody waits for any.
/// </summary>
public sealed class Arrivals(TimeProvider time)
{
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

    /// <summary>Waits for a batch that the caller has not seen. When none is expected soon, it does not wait at all.</summary>
    /// <param name="seen">How many there were when the caller looked last; 0 at first.</param>
    /// <param name="atLeast">How long to wait even if there is one already.</param>
    /// <param name="atMost">How long to wait if there is none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>How many there are.</returns>
    public async Task<long> WaitAsync(long seen, TimeSpan atLeast, TimeSpan atMost, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            long count = Interlocked.Read(ref _count);
            TimeSpan waited = time.GetElapsedTime(started);
            bool isExpected = count > 0 && time.GetElapsedTime(Interlocked.Read(ref _lastAt)) < Recent;
            if (!isExpected || waited >= atMost || (count != seen && waited >= atLeast))
            {
                return count;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
