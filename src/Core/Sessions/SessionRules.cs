using Tidemark.Core.Windows;

namespace Tidemark.Core.Sessions;

/// <summary>
/// The rules of sessions, as Apache Flink's and Kafka Streams' session windows have them: two events of a user belong together when they are at
/// most the gap apart, the gap itself included; what belongs together through others does too. So sessions follow from the set of events, not
/// from their order.
/// </summary>
/// <remarks>
/// A visit that goes on and on is cut, so that a crawler's session ends. Time is divided into blocks of half the greatest length, from the epoch
/// on. A session covers the block it starts in and the next one; what follows without a gap is the next session. It is therefore never longer
/// than the greatest length, one of up to half of it is never cut, and a cut depends on the start of the visit alone. (Azure Stream Analytics
/// checks the greatest length at its multiples as well, and lets a session grow up to twice as long.)
/// </remarks>
public readonly struct SessionRules
{
    /// <param name="options">Valid options.</param>
    public SessionRules(SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        GapMs = (long)options.Gap.TotalMilliseconds;
        BlockMs = (long)options.MaxLength.TotalMilliseconds / 2;
    }

    /// <summary>The gap in milliseconds.</summary>
    public long GapMs { get; }

    /// <summary>The length of a block in milliseconds.</summary>
    public long BlockMs { get; }

    /// <summary>The block of a time: its start over <see cref="BlockMs"/>.</summary>
    public long BlockOf(long timeMs) => EventTime.Floor(timeMs, BlockMs) / BlockMs;

    /// <summary>Whether two times of one user belong together.</summary>
    public bool AreLinked(long earlierMs, long laterMs) => laterMs - earlierMs <= GapMs;

    /// <summary>Whether a session that starts in one block covers a later one.</summary>
    public static bool Covers(long firstBlock, long block) => block - firstBlock <= 1;

    /// <summary>
    /// When a session has ended: when the gap has passed since its latest event; one that is cut, when the next one starts.
    /// </summary>
    /// <param name="endMs">The time of its latest event.</param>
    /// <param name="nextStartMs">The start of what follows without a gap; null when nothing does.</param>
    public long EndedAtMs(long endMs, long? nextStartMs) => nextStartMs ?? endMs + GapMs;

    /// <summary>The minute of a time.</summary>
    public static Interval MinuteOf(long timeMs) => Watermarks.Lateness.SpanAt(timeMs);
}
