using Tidemark.Core;

namespace Tidemark.Sinks;

/// <summary>How a <see cref="RetryingSink"/> retries, and how much it queues.</summary>
public sealed record RetryOptions
{
    /// <summary>
    /// The wait after the first failure; it doubles with each further one, minus a random part of up to a half. 1 ms to 1 minute; default
    /// 100 ms.
    /// </summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between attempts, from <see cref="FirstDelay"/> to 10 minutes; default 10 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The maximum number of queued results, 1 to 1,000,000; default 4,096.</summary>
    public int MaxPending { get; init; } = 4096;

    /// <summary>
    /// The maximum memory of queued results in bytes, 1 MB to 16 GB; default 64 MB. A single larger result is queued alone.
    /// </summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>
    /// How long a writer waits for room while the sink works but is slower than the writer. After that, and immediately while the sink
    /// fails, results are dropped (see <see cref="RetryingSink"/>). 0 to 1 hour; default 5 s. <see cref="Timeout.InfiniteTimeSpan"/>:
    /// without limit, also during an outage, so that a failed sink stops the stream and nothing is dropped.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long disposal waits for queued results. 0 to 1 hour; default 10 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Checks all options. Each mistake names the key, the expected and the actual value. Empty when the options are valid.
    /// </summary>
    /// <param name="key">The key of these options in messages, such as <c>redis.retry</c>.</param>
    public IEnumerable<string> Validate(string key)
    {
        if (Durations.Mistake($"{key}.firstDelay", FirstDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)) is { } first)
        {
            yield return first;
        }

        if (MaxDelay < FirstDelay || MaxDelay > TimeSpan.FromMinutes(10))
        {
            yield return $"{key}.maxDelay: expected firstDelay ({Durations.Describe(FirstDelay)}) to 10min, got {Durations.Describe(MaxDelay)}";
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
            yield return $"{key}.maxWait: expected 0s to 1h, or -1 ms for as long as it takes, got {Durations.Describe(MaxWait)}";
        }

        if (Durations.Mistake($"{key}.drainTimeout", DrainTimeout, TimeSpan.Zero, TimeSpan.FromHours(1)) is { } drain)
        {
            yield return drain;
        }
    }
}
