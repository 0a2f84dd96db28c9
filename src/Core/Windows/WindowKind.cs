namespace Tidemark.Core.Windows;

/// <summary>
/// Computes the intervals of a family's windows. All differences between tumbling, sliding and cumulative windows are in the classes
/// derived from this one.
/// </summary>
/// <param name="size">The length of the longest window.</param>
/// <param name="offset">The offset of the aligned starts from the epoch.</param>
public abstract class WindowKind(TimeSpan size, TimeSpan offset)
{
    /// <summary>The name, such as <c>tumbling</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Identifies the kind when stored state is checked against the windows. Kinds that size, hop and offset fully describe share a code.
    /// </summary>
    public abstract byte Code { get; }

    /// <summary>The distance between successive starts, in milliseconds.</summary>
    public abstract long PeriodMs { get; }

    /// <summary>The distance between successive ends, in milliseconds.</summary>
    public abstract long HopMs { get; }

    /// <summary>Whether several windows share a start, so that the start alone does not identify a window.</summary>
    public virtual bool SharesStarts => false;

    /// <summary>Whether windows overlap, so that adding them up would count events more than once.</summary>
    public bool Overlaps => HopMs < SizeMs;

    /// <summary>The length of the longest window, in milliseconds.</summary>
    public long SizeMs { get; } = (long)size.TotalMilliseconds;

    /// <summary>The offset of the aligned starts from the epoch, in milliseconds.</summary>
    public long OffsetMs { get; } = (long)offset.TotalMilliseconds;

    /// <summary>The length of the longest window.</summary>
    protected TimeSpan Size { get; } = size;

    /// <summary>Checks the properties specific to this kind. Each mistake names the key, the expected and the actual value.</summary>
    /// <param name="key">The key of the definition in messages, such as <c>windows[2]</c>.</param>
    public virtual IEnumerable<string> Validate(string key) => [];

    /// <summary>All windows that contain a pane.</summary>
    public abstract IEnumerable<Interval> WindowsContaining(Interval pane);

    /// <summary>The end of the last window that contains a pane.</summary>
    public abstract long LastEndContaining(Interval pane);

    /// <summary>The windows whose end lies in <c>(afterMs, untilMs]</c>, by end.</summary>
    public IEnumerable<Interval> WindowsEndingIn(long afterMs, long untilMs)
    {
        // Ends are one hop apart, and the first is one size after an aligned start: all ends are congruent to offset + size modulo the hop.
        long end = EventTime.Floor(afterMs, HopMs, OffsetMs + SizeMs) + HopMs;
        for (; end <= untilMs; end += HopMs)
        {
            yield return WindowEndingAt(end);
        }
    }

    /// <summary>The window with a given end.</summary>
    protected abstract Interval WindowEndingAt(long endMs);

    /// <summary>The last aligned start at or before a time.</summary>
    protected long AlignedStart(long timeMs) => EventTime.Floor(timeMs, PeriodMs, OffsetMs);

    /// <summary>Whether a span is a whole number of milliseconds.</summary>
    internal static bool IsWholeMs(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMillisecond == 0;
}

/// <summary>Tumbling windows: consecutive, without gap or overlap.</summary>
/// <param name="size">The length of a window.</param>
/// <param name="offset">The offset of the aligned starts from the epoch.</param>
public sealed class TumblingWindows(TimeSpan size, TimeSpan offset) : WindowKind(size, offset)
{
    /// <inheritdoc/>
    public override string Name => "tumbling";

    /// <inheritdoc/>
    public override byte Code => 0;

    /// <inheritdoc/>
    public override long PeriodMs => SizeMs;

    /// <inheritdoc/>
    public override long HopMs => SizeMs;

    /// <inheritdoc/>
    public override IEnumerable<Interval> WindowsContaining(Interval pane) => [WindowEndingAt(LastEndContaining(pane))];

    /// <inheritdoc/>
    public override long LastEndContaining(Interval pane) => AlignedStart(pane.StartMs) + SizeMs;

    /// <inheritdoc/>
    protected override Interval WindowEndingAt(long endMs) => new(endMs - SizeMs, endMs);
}

/// <summary>Sliding (hopping) windows: one starts at every multiple of the slide.</summary>
/// <param name="size">The length of a window.</param>
/// <param name="slide">The distance between starts, at most the size.</param>
/// <param name="offset">The offset of the aligned starts from the epoch.</param>
public sealed class SlidingWindows(TimeSpan size, TimeSpan slide, TimeSpan offset) : WindowKind(size, offset)
{
    private readonly TimeSpan _slide = slide;

    /// <inheritdoc/>
    public override string Name => "sliding";

    /// <inheritdoc/>
    public override byte Code => 0;

    /// <inheritdoc/>
    public override long PeriodMs => (long)_slide.TotalMilliseconds;

    /// <inheritdoc/>
    public override long HopMs => PeriodMs;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(string key) => IsWholeMs(_slide) && _slide > TimeSpan.Zero && _slide <= Size
        ? []
        : [$"{key}.slide: expected 1ms to the size ({Durations.Describe(Size)}), got {Durations.Describe(_slide)}"];

    /// <inheritdoc/>
    /// <remarks>Latest start first.</remarks>
    public override IEnumerable<Interval> WindowsContaining(Interval pane)
    {
        for (long start = AlignedStart(pane.StartMs); start + SizeMs > pane.StartMs; start -= PeriodMs)
        {
            yield return new Interval(start, start + SizeMs);
        }
    }

    /// <inheritdoc/>
    public override long LastEndContaining(Interval pane) => AlignedStart(pane.StartMs) + SizeMs;

    /// <inheritdoc/>
    protected override Interval WindowEndingAt(long endMs) => new(endMs - SizeMs, endMs);
}

/// <summary>
/// Cumulative windows: from each aligned start one window per step, each longer by one step, up to the size ("today so far").
/// </summary>
/// <param name="size">The length of the longest window.</param>
/// <param name="step">The length that each window adds to the previous one, a divisor of the size.</param>
/// <param name="offset">The offset of the aligned starts from the epoch.</param>
public sealed class CumulativeWindows(TimeSpan size, TimeSpan step, TimeSpan offset) : WindowKind(size, offset)
{
    private readonly TimeSpan _step = step;

    /// <inheritdoc/>
    public override string Name => "cumulative";

    /// <inheritdoc/>
    public override byte Code => 1;

    /// <inheritdoc/>
    public override long PeriodMs => SizeMs;

    /// <inheritdoc/>
    public override long HopMs => (long)_step.TotalMilliseconds;

    /// <inheritdoc/>
    public override bool SharesStarts => true;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(string key) =>
        IsWholeMs(_step) && _step > TimeSpan.Zero && _step <= Size && Size.Ticks % _step.Ticks == 0
            ? []
            : [$"{key}.step: expected a divisor of the size ({Durations.Describe(Size)}) in whole milliseconds, got {Durations.Describe(_step)}"];

    /// <inheritdoc/>
    /// <remarks>Shortest first.</remarks>
    public override IEnumerable<Interval> WindowsContaining(Interval pane)
    {
        long start = AlignedStart(pane.StartMs);
        for (long end = start + ((((pane.StartMs - start) / HopMs) + 1) * HopMs); end <= start + SizeMs; end += HopMs)
        {
            yield return new Interval(start, end);
        }
    }

    /// <inheritdoc/>
    public override long LastEndContaining(Interval pane) => AlignedStart(pane.StartMs) + SizeMs;

    /// <inheritdoc/>
    protected override Interval WindowEndingAt(long endMs) => new(AlignedStart(endMs - 1), endMs);
}
