namespace Tidemark.Core.Windows;

/// <summary>
/// The definition of a window family. With neither slide nor step the windows are tumbling; with a slide, sliding (hopping); with a step,
/// cumulative: windows that grow from an aligned start, one per step. Its <see cref="Kind"/> decides everything that follows from that.
/// </summary>
public sealed record WindowDefinition
{
    /// <summary>The maximum size.</summary>
    public static readonly TimeSpan MaxSize = TimeSpan.FromDays(365);

    /// <summary>The maximum number of panes in one window.</summary>
    public const int MaxPanes = 100_000;

    /// <summary>The maximum number of windows of one family that contain the same moment, all of which one closing may publish.</summary>
    public const int MaxOverlap = 1500;

    private const int MaxNameLength = 32;

    /// <summary>The name in results, keys and table names: 1 to 32 characters of a-z, 0-9 and <c>_</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The length: whole milliseconds, 1 ms to <see cref="MaxSize"/>. For cumulative windows, of the longest one.</summary>
    public required TimeSpan Size { get; init; }

    /// <summary>The distance between the starts of sliding windows, at most <see cref="Size"/>; null for the other kinds.</summary>
    public TimeSpan? Slide { get; init; }

    /// <summary>
    /// The length that each cumulative window adds to the previous one, a divisor of <see cref="Size"/>; null for the other kinds.
    /// </summary>
    public TimeSpan? Step { get; init; }

    /// <summary>The offset of the aligned starts from the epoch: 0 or more, less than the slide (or the size).</summary>
    public TimeSpan Offset { get; init; }

    /// <summary>The kind of the windows, which computes their intervals.</summary>
    public WindowKind Kind => this switch
    {
        { Slide: { } slide } => new SlidingWindows(Size, slide, Offset),
        { Step: { } step } => new CumulativeWindows(Size, step, Offset),
        _ => new TumblingWindows(Size, Offset),
    };

    internal long SizeMs => (long)Size.TotalMilliseconds;

    internal long OffsetMs => (long)Offset.TotalMilliseconds;

    /// <summary>Checks the definition. Each mistake names the key, the expected and the actual value.</summary>
    /// <param name="key">The key of this definition in messages, such as <c>windows[2]</c>.</param>
    public IEnumerable<string> Validate(string key)
    {
        if (Name is null || Name.Length is 0 or > MaxNameLength || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            yield return $"{key}.name: expected 1 to {MaxNameLength} of a-z, 0-9 and _, got '{Name}'";
        }

        if (Durations.Mistake($"{key}.size", Size, TimeSpan.FromMilliseconds(1), MaxSize) is { } size)
        {
            yield return size;
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
            yield return $"{key}: expected at most {MaxOverlap} windows around a moment (the size over the slide or step), "
                + $"got {SizeMs / overlapping.HopMs}";
        }

        TimeSpan period = TimeSpan.FromMilliseconds(Kind.PeriodMs);
        if (!WindowKind.IsWholeMs(Offset) || Offset < TimeSpan.Zero || Offset >= period)
        {
            yield return $"{key}.offset: expected 0s or more and less than {Durations.Describe(period)}, got {Durations.Describe(Offset)}";
        }
    }

    /// <summary>All windows of this family that contain a pane.</summary>
    public IEnumerable<Interval> WindowsContaining(Interval pane) => Kind.WindowsContaining(pane);

    /// <summary>The end of the last window that contains a pane; the pane is needed until that window is final.</summary>
    public long LastEndContaining(Interval pane) => Kind.LastEndContaining(pane);

    /// <summary>The windows whose end lies in <c>(afterMs, untilMs]</c>, by end.</summary>
    public IEnumerable<Interval> WindowsEndingIn(long afterMs, long untilMs) => Kind.WindowsEndingIn(afterMs, untilMs);
}
