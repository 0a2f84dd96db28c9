using Tidemark.Core.Windows;

namespace Tidemark.Core.Watermarks;

/// <summary>
/// Which events are late, and hence what is final: the one place where it is decided. An event is late when its partition's watermark has passed the end of its pane by
/// the allowed lateness, so all events of a pane become late together.
/// </summary>
/// <param name="options">Valid options.</param>
public sealed class Lateness(EngineOptions options)
{
    private readonly long _allowedMs = (long)options.AllowedLateness.TotalMilliseconds;
    private readonly PaneGrid _grid = PaneGrid.For(options.Windows);

    /// <summary>The span of event time around an event whose events all become late at the same watermark.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    public Interval SpanAt(long timeMs) => _grid.PaneAt(timeMs);

    /// <summary>The least watermark of its partition at which an event is late.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    public long LateAtMs(long timeMs) => FinalAtMs(SpanAt(timeMs).EndMs);

    /// <summary>Whether an event is late.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    /// <param name="watermarkMs">Its partition's watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public bool IsLate(long timeMs, long watermarkMs) => watermarkMs >= LateAtMs(timeMs);

    /// <summary>
    /// The least watermark at which every event before a time is late. What ends by then is final once all partitions have it, idle or not, and nothing that was counted
    /// is unpublished. <see cref="EventTime.None"/> for none.
    /// </summary>
    /// <param name="endMs">The end of a pane or window, or <see cref="EventTime.None"/>.</param>
    public long FinalAtMs(long endMs) => endMs == EventTime.None ? EventTime.None : endMs - 1 + _allowedMs;

    /// <summary>The end of the last pane that is final at a watermark; <see cref="EventTime.None"/> for none.</summary>
    /// <param name="watermarkMs">The least watermark of all partitions, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public long FinalUntilMs(long watermarkMs) => watermarkMs == EventTime.None ? EventTime.None : _grid.PaneAt(watermarkMs + 1 - _allowedMs).StartMs;
}
