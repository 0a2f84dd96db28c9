namespace Tidemark.Functions.Closing;

/// <summary>
/// Counts the batches that this process has applied, so that live results can be written right after a batch. Only a hint: a process in
/// which the trigger does not run has no arrivals, and does not wait for any.
/// </summary>
public sealed class Arrivals(TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Batches arrive about once a second. After this time without one, none is expected soon.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(3);

    private long _count;
    private long _lastAt;

    /// <summary>Records that a batch was applied.</summary>
    public void Note()
    {
        Interlocked.Exchange(ref _lastAt, time.GetTimestamp());
        Interlocked.Increment(ref _count);
    }

    /// <summary>Waits for a batch that the caller has not seen. Returns immediately when none is expected soon.</summary>
    /// <param name="seen">The result of the caller's last call; 0 at first.</param>
    /// <param name="atLeast">The minimum wait, even if there is a new batch already.</param>
    /// <param name="atMost">The maximum wait.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The number of batches so far.</returns>
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
