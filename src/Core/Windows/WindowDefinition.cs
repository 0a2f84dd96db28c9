namespace Tidemark.Core.Windows;

/// <summary>
/// A family of windows. With neither slide nor step they are tumbling; with a slide, sliding (hopping); with a step, cumulative:
/// each grows from its aligned start, one window per step.
/// </summary>
public sealed record WindowDefinition
{
    /// <summary>Longest size: event times lie a year within what can be written as a date.</summary>
    public static readonly TimeSpan MaxSize = TimeSpan.FromDays(365);

    /// <summary>Most panes in one window.</summary>
    public const int MaxPanes = 100_000;

    /// <summary>Most windows of one family that a moment can lie in: a closing may publish them all.</summary>
    public const int MaxOverlap = 1500;

    private const int MaxNameLength = 32;

    /// <summary>The name in results, keys and table names: 1 to 32 of a-z, 0-9 and <c>_</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Length: whole milliseconds, 1 ms to <see cref="MaxSize"/>. For cumulative windows the longest.</summary>
    public required TimeSpan Size { get; init; }

    /// <summary>Distance between the starts of sliding windows, at most <see cref="Size"/>; null for the other kinds.</summary>
    public TimeSpan? Slide { get; init; }

    /// <summary>What each cumulative window adds to the one before it, a divisor of <see cref="Size"/>; null for the other kinds.</summary>
    public TimeSpan? Step { get; init; }

    /// <summary>Shift of the aligned starts from the epoch: 0 or more, less than the slide (or the size).</summary>
    public TimeSpan Offset { get; init; }

    internal long SizeMs => (long)Size.TotalMilliseconds;

    internal long OffsetMs => (long)Offset.TotalMilliseconds;

    /// <summary>Distance between the ends of successive windows.</summary>
    internal long HopMs => (long)(Step ?? Slide ?? Size).TotalMilliseconds;

    /// <summary>All mistakes of this definition, each naming the key, what was expected and what came.</summary>
    /// <param name="key">What to call this definition, such as <c>windows[2]</c>.</param>
    public IEnumerable<string> Validate(string key)
    {
        if (Name is null || Name.Length is 0 or > MaxNameLength || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            yield return $"{key}.name: expected 1 to {MaxNameLength} of a-z, 0-9 and _, got '{Name}'";
        }

        if (!IsWholeMs(Size) || Size <= TimeSpan.Zero || Size > MaxSize)
        {
            yield return $"{key}.size: expected whole milliseconds from 1 ms to {MaxSize.TotalDays:0} days, got {Size}";
            yield break;
        }

        if (Slide is not null && Step is not null)
        {
            yield return $"{key}: expected a slide (sliding) or a step (cumulative), got both";
        }

        if (Slide is { } slide && (!IsWholeMs(slide) || slide <= TimeSpan.Zero || slide > Size))
        {
            yield return $"{key}.slide: expected whole milliseconds from 1 ms to the size {Size}, got {slide}";
        }

        if (Step is { } step && (!IsWholeMs(step) || step <= TimeSpan.Zero || step > Size || Size.Ticks % step.Ticks != 0))
        {
            yield return $"{key}.step: expected a divisor of the size {Size} in whole milliseconds, got {step}";
        }

        if (HopMs > 0 && SizeMs / HopMs > MaxOverlap)
        {
            yield return $"{key}: expected at most {MaxOverlap} windows around a moment (the size over the slide or step), got {SizeMs / HopMs}";
        }

        TimeSpan period = Slide ?? Size;
        if (!IsWholeMs(Offset) || Offset < TimeSpan.Zero || Offset >= period)
        {
            yield return $"{key}.offset: expected whole milliseconds, 0 or more and less than {period}, got {Offset}";
        }
    }

    /// <summary>Every window of this family that contains a pane, latest start first for sliding, shortest first for cumulative ones.</summary>
    public IEnumerable<Interval> WindowsContaining(Interval pane)
    {
        if (Step is not null)
        {
            long start = AlignedStart(pane.StartMs, SizeMs);
            for (long end = start + (((pane.StartMs - start) / HopMs) + 1) * HopMs; end <= start + SizeMs; end += HopMs)
            {
                yield return new Interval(start, end);
            }
        }
        else
        {
            for (long start = AlignedStart(pane.StartMs, HopMs); start + SizeMs > pane.StartMs; start -= HopMs)
            {
                yield return new Interval(start, start + SizeMs);
            }
        }
    }

    /// <summary>The end of the last window that contains a pane: until it is final the pane is needed.</summary>
    public long LastEndContaining(Interval pane) => AlignedStart(pane.StartMs, Step is null ? HopMs : SizeMs) + SizeMs;

    /// <summary>The windows whose end lies in <c>(afterMs, untilMs]</c>, by end.</summary>
    internal IEnumerable<Interval> WindowsEndingIn(long afterMs, long untilMs)
    {
        // Ends are congruent to offset + size modulo the hop, for all three kinds.
        long end = EventTime.Floor(afterMs, HopMs, OffsetMs + SizeMs) + HopMs;
        for (; end <= untilMs; end += HopMs)
        {
            long start = Step is null ? end - SizeMs : AlignedStart(end - 1, SizeMs);
            yield return new Interval(start, end);
        }
    }

    private long AlignedStart(long timeMs, long periodMs) => EventTime.Floor(timeMs, periodMs, OffsetMs);

    private static bool IsWholeMs(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMillisecond == 0;
}
