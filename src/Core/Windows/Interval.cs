namespace Tidemark.Core.Windows;

/// <summary>
/// A half-open span of event time, <c>[StartMs, EndMs)</c>, in UTC epoch milliseconds. The default value is empty, at the epoch.
/// </summary>
/// <param name="StartMs">First millisecond inside.</param>
/// <param name="EndMs">First millisecond after; never less than <paramref name="StartMs"/>.</param>
public readonly record struct Interval(long StartMs, long EndMs)
{
    /// <summary>The length in milliseconds.</summary>
    public long LengthMs => EndMs - StartMs;

    /// <summary>Whether a time lies inside.</summary>
    public bool Contains(long timeMs) => timeMs >= StartMs && timeMs < EndMs;

    /// <summary>Whether another interval lies wholly inside.</summary>
    public bool Contains(Interval other) => other.StartMs >= StartMs && other.EndMs <= EndMs;

    /// <summary>What lies in both; the two must overlap or touch.</summary>
    public Interval Intersect(Interval other) => new(Math.Max(StartMs, other.StartMs), Math.Min(EndMs, other.EndMs));
}
