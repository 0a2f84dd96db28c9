using Tidemark.Core.Windows;

namespace Tidemark.Core.Watermarks;

/// <summary>
/// Decides which events are late, and hence what is final. An event of the UTC minute <c>[m, m + 1 min)</c> is late when its partition's
/// watermark is at or past <c>m + 1 min - 1 ms + allowedLateness</c>. Lateness is decided by the minute and not by the configured windows,
/// so that adding a window family never changes the results of another.
/// </summary>
/// <param name="options">Valid options.</param>
public sealed class Lateness(EngineOptions options)
{
    private readonly long _allowedMs = (long)options.AllowedLateness.TotalMilliseconds;
    private readonly PaneGrid _grid = PaneGrid.For(options.Windows);
    private readonly WindowKind[] _kinds = [.. options.Windows.Select(window => window.Kind)];

    /// <summary>The span of event time whose events all become late at the same watermark: the minute of the event.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    public static Interval SpanAt(long timeMs)
    {
        long startMs = EventTime.Floor(timeMs, EventTime.MinuteMs);
        return new Interval(startMs, startMs + EventTime.MinuteMs);
    }

    /// <summary>
    /// The end of the last span that begins before a time: once all events before the time are late, so are all events before this end.
    /// </summary>
    /// <param name="endMs">The end of a pane or window, epoch milliseconds.</param>
    public static long SpanEndMs(long endMs) => SpanAt(endMs - 1).EndMs;

    /// <summary>The lowest watermark of its partition at which an event is late.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    public long LateAtMs(long timeMs) => SpanAt(timeMs).EndMs - 1 + _allowedMs;

    /// <summary>Whether an event is late.</summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    /// <param name="watermarkMs">Its partition's watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public bool IsLate(long timeMs, long watermarkMs) => watermarkMs >= LateAtMs(timeMs);

    /// <summary>
    /// The lowest watermark at which every event before a time is late. A window that ends by then is final once all partitions, idle or
    /// not, have reached this watermark and nothing counted is unpublished. <see cref="EventTime.None"/> for none.
    /// </summary>
    /// <param name="endMs">The end of a pane or window, or <see cref="EventTime.None"/>.</param>
    public long FinalAtMs(long endMs) => endMs == EventTime.None ? EventTime.None : LateAtMs(endMs - 1);

    /// <summary>The end of the last pane that is final at a watermark; <see cref="EventTime.None"/> if there is none.</summary>
    /// <param name="watermarkMs">The lowest watermark of all partitions, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public long FinalUntilMs(long watermarkMs) =>
        watermarkMs == EventTime.None ? EventTime.None : _grid.PaneAt(EventTime.Floor(watermarkMs + 1 - _allowedMs, EventTime.MinuteMs)).StartMs;

    /// <summary>
    /// Whether an event lies in a window that is still open at a watermark, which a late event would have entered if lateness went by the
    /// window.
    /// </summary>
    /// <param name="timeMs">The event's time, epoch milliseconds.</param>
    /// <param name="watermarkMs">Its partition's watermark, epoch milliseconds.</param>
    public bool IsInOpenWindow(long timeMs, long watermarkMs)
    {
        Interval pane = _grid.PaneAt(timeMs);
        foreach (WindowKind kind in _kinds)
        {
            if (!Due.IsDue(kind.LastEndContaining(pane), watermarkMs))
            {
                return true;
            }
        }

        return false;
    }
}
