namespace Tidemark.Sinks;

/// <summary>How a <see cref="RetryingSink"/> waits for a sink that fails, and how much it keeps meanwhile.</summary>
public sealed record RetryOptions
{
    /// <summary>Wait after the first failure; each further one waits twice as long, less a random part of up to a half. 1 ms to 1 minute; default 100 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between attempts, from <see cref="FirstDelay"/> to 10 minutes; default 10 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most results that wait, 1 to 1,000,000; default 4,096.</summary>
    public int MaxPending { get; init; } = 4096;

    /// <summary>Most memory of the results that wait, 1 MB to 16 GB; default 64 MB. A result that alone is larger waits alone.</summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>
    /// How long a writer waits for room while the sink works but is slower than the results come. After that, and at once while the sink
    /// fails, results are dropped instead (see <see cref="RetryingSink"/>). 0 to 1 hour; default 5 s. <see cref="Timeout.InfiniteTimeSpan"/>: as long as it
    /// takes, during an outage too, so that a dead sink stops the stream and nothing is dropped.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long disposing waits for what is still queued. 0 to 1 hour; default 10 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>All mistakes at once, each naming the key, what was expected and what came. Empty when the options can be used.</summary>
    /// <param name="key">What to call these options, such as <c>redis.retry</c>.</param>
    public IEnumerable<string> Validate(string key)
    {
        if (FirstDelay < TimeSpan.FromMilliseconds(1) || FirstDelay > TimeSpan.FromMinutes(1))
        {
            yield return $"{key}.firstDelay: expected 1 ms to 1 minute, got {FirstDelay}";
        }

        if (MaxDelay < FirstDelay || MaxDelay > TimeSpan.FromMinutes(10))
        {
            yield return $"{key}.maxDelay: expected firstDelay ({FirstDelay}) to 10 minutes, got {MaxDelay}";
        }

        if (MaxPending is < 1 or > 1_000_000)
        {
            yield return $"{key}.maxPending: expected 1 to 1000000, got {MaxPending}";
        }

        if (MaxPendingBytes is < (1L << 20) or > (16L << 30))
        {
            yield return $"{key}.maxPendingBytes: expected {1L << 20} to {16L << 30}, got {MaxPendingBytes}";
        }

        if (MaxWait != Timeout.InfiniteTimeSpan && (MaxWait < TimeSpan.Zero || MaxWait > TimeSpan.FromHours(1)))
        {
            yield return $"{key}.maxWait: expected 0 to 1 hour, or -1 ms for as long as it takes, got {MaxWait}";
        }

        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromHours(1))
        {
            yield return $"{key}.drainTimeout: expected 0 to 1 hour, got {DrainTimeout}";
        }
    }
}
