namespace Tidemark.Core.Windows;

/// <summary>
/// How the windows of a family lie on the time line. Whatever differs between tumbling, sliding and cumulative windows is decided here and in the
/// classes below it; nobody else asks which kind it is.
/// </summary>
/// <param name="size">Length of the longest window.</param>
/// <param name="offset">Shift of the aligned starts from the epoch.</param>
public abstract class WindowKind(TimeSpan size, TimeSpan offset)
{
    /// <summary>The name, such as <c>tumbling</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Stands for the kind where a stored state is checked against the windows. Kinds share one when size, hop and offset say all.</summary>
    public abstract byte Code { get; }

    /// <summary>Distance between the starts of successive windows that do not share one, in milliseconds.</summary>
    public abstract long PeriodMs { get; }

    /// <summary>Distance between the ends of successive windows, in milliseconds.</summary>
    public abstract long HopMs { get; }

    /// <summary>Whether several windows share a start, so that the start alone does not name a window.</summary>
    public virtual bool SharesStarts => false;

    /// <summary>Whether a moment can lie in several windows, so that their sums would count it more than once.</summary>
    public bool Overlaps => HopMs < SizeMs;

    /// <summary>Length of the longest window, in milliseconds.</summary>
    public long SizeMs { get; } = (long)size.TotalMilliseconds;

    /// <summary>Shift of the aligned starts from the epoch, in milliseconds.</summary>
    public long OffsetMs { get; } = (long)offset.TotalMilliseconds;

    /// <summary>Length of the longest window.</summary>
    protected TimeSpan Size { get; } = size;

    /// <summary>Mistakes in what this kind alone has, each naming the key, what was expected and what came.</summary>
    /// <param name="key">What to call the definition, such as <c>windows[2]</c>.</param>
    public virtual IEnumerable<string> Validate(string key) => [];

    /// <summary>Every window that contains a pane.</summary>
    public abstract IEnumerable<Interval> WindowsContaining(Interval pane);

    /// <summary>The end of the last window that contains a pane.</summary>
    public abstract long LastEndContaining(Interval pane);

    /// <summary>The windows whose end lies in <c>(afterMs, untilMs]</c>, by end.</summary>
    public IEnumerable<Interval> WindowsEndingIn(long afterMs, long untilMs)
    {
        // The first ends lie one hop apart, up to the size from an aligned start: all ends are congruent to offset + size modulo the hop.
        long end = EventTime.Floor(afterMs, HopMs, OffsetMs + SizeMs) + HopMs;
        for (; end <= untilMs; end += HopMs)
        {
            yield return WindowEndingAt(end);
        }
    }

    /// <summary>The window of an end that is one.</summary>
    protected abstract Interval WindowEndingAt(long endMs);

    /// <summary>The last aligned start that is not after a time.</summary>
    protected long AlignedStart(long timeMs) => EventTime.Floor(timeMs, PeriodMs, OffsetMs);

    /// <summary>Whether a span is a whole number of milliseconds.</summary>
    internal static bool IsWholeMs(TimeSpan span) => span.Ticks % TimeSpan.TicksPerMillisecond == 0;
}

/// <summary>One window after the other.</summary>
/// <param name="size">Length of a window.</param>
/// <param name="offset">Shift of the aligned starts from the epoch.</param>
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

/// <summary>A window starts at every multiple of the slide (hopping windows).</summary>
/// <param name="size">Length of a window.</param>
/// <param name="slide">Distance between the starts, at most the size.</param>
/// <param name="offset">Shift of the aligned starts from the epoch.</param>
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
        : [$"{key}.slide: expected whole milliseconds from 1 ms to the size {Size}, got {_slide}"];

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

/// <summary>From each aligned start one window per step, each longer by one step, up to the size: "today so far".</summary>
/// <param name="size">Length of the longest window.</param>
/// <param name="step">What each window adds to the one before it, a divisor of the size.</param>
/// <param name="offset">Shift of the aligned starts from the epoch.</param>
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
            : [$"{key}.step: expected a divisor of the size {Size} in whole milliseconds, got {_step}"];

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
