namespace Tidemark.Core.Windows;

/// <summary>
/// A half-open span of event time, <c>[StartMs, EndMs)</c>, in UTC epoch milliseconds. The default value is empty, at the epoch.
/// </summary>
/// <param name="StartMs">The first millisecond inside.</param>
/// <param name="EndMs">The first millisecond after; never less than <paramref name="StartMs"/>.</param>
public readonly record struct Interval(long StartMs, long EndMs)
{
    /// <summary>The length in milliseconds.</summary>
    public long LengthMs => EndMs - StartMs;

    /// <summary>Whether a time is inside.</summary>
    public bool Contains(long timeMs) => timeMs >= StartMs && timeMs < EndMs;

    /// <summary>Whether another interval is entirely inside.</summary>
    public bool Contains(Interval other) => other.StartMs >= StartMs && other.EndMs <= EndMs;

    /// <summary>The intersection; the two intervals must overlap or touch.</summary>
    public Interval Intersect(Interval other) => new(Math.Max(StartMs, other.StartMs), Math.Min(EndMs, other.EndMs));
}
