namespace Tidemark.Core.Windows;

/// <summary>
/// A family of windows, as it is configured. With neither slide nor step they are tumbling; with a slide, sliding (hopping); with a step, cumulative:
/// each grows from its aligned start, one window per step. What follows from that is decided by its <see cref="Kind"/>.
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

    /// <summary>How its windows lie on the time line: the one place that tells the kinds apart.</summary>
    public WindowKind Kind => this switch
    {
        { Slide: { } slide } => new SlidingWindows(Size, slide, Offset),
        { Step: { } step } => new CumulativeWindows(Size, step, Offset),
        _ => new TumblingWindows(Size, Offset),
    };

    internal long SizeMs => (long)Size.TotalMilliseconds;

    internal long OffsetMs => (long)Offset.TotalMilliseconds;

    /// <summary>All mistakes of this definition, each naming the key, what was expected and what came.</summary>
    /// <param name="key">What to call this definition, such as <c>windows[2]</c>.</param>
    public IEnumerable<string> Validate(string key)
    {
        if (Name is null || Name.Length is 0 or > MaxNameLength || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            yield return $"{key}.name: expected 1 to {MaxNameLength} of a-z, 0-9 and _, got '{Name}'";
        }

        if (!WindowKind.IsWholeMs(Size) || Size <= TimeSpan.Zero || Size > MaxSize)
        {
            yield return $"{key}.size: expected whole milliseconds from 1 ms to {MaxSize.TotalDays:0} days, got {Size}";
            yield break;
        }

        WindowKind[] kinds = Slide is not null && Step is not null ? [Kind, (this with { Slide = null }).Kind] : [Kind];
        if (kinds.Length > 1)
        {
            yield return $"{key}: expected a slide (sliding) or a step (cumulative), got both";
        }

        foreach (string mistake in kinds.SelectMany(kind => kind.Validate(key)))
        {
            yield return mistake;
        }

        if (Kind is { HopMs: > 0 } overlapping && SizeMs / overlapping.HopMs > MaxOverlap)
        {
            yield return $"{key}: expected at most {MaxOverlap} windows around a moment (the size over the slide or step), got {SizeMs / overlapping.HopMs}";
        }

        TimeSpan period = TimeSpan.FromMilliseconds(Kind.PeriodMs);
        if (!WindowKind.IsWholeMs(Offset) || Offset < TimeSpan.Zero || Offset >= period)
        {
            yield return $"{key}.offset: expected whole milliseconds, 0 or more and less than {period}, got {Offset}";
        }
    }

    /// <summary>Every window of this family that contains a pane.</summary>
    public IEnumerable<Interval> WindowsContaining(Interval pane) => Kind.WindowsContaining(pane);

    /// <summary>The end of the last window that contains a pane: until it is final the pane is needed.</summary>
    public long LastEndContaining(Interval pane) => Kind.LastEndContaining(pane);

    /// <summary>The windows whose end lies in <c>(afterMs, untilMs]</c>, by end.</summary>
    public IEnumerable<Interval> WindowsEndingIn(long afterMs, long untilMs) => Kind.WindowsEndingIn(afterMs, untilMs);
}
