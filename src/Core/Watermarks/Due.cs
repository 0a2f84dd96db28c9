namespace Tidemark.Core.Watermarks;

/// <summary>
/// Decides what is due: a pane or window <c>[s, e)</c> is closed once the topic's watermark is at or past <c>e - 1 ms</c>.
/// </summary>
public static class Due
{
    /// <summary>Whether a watermark has passed the end of a pane or window.</summary>
    /// <param name="endMs">The end, exclusive.</param>
    /// <param name="watermarkMs">The topic's watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public static bool IsDue(long endMs, long watermarkMs) => watermarkMs >= endMs - 1;

    /// <summary>
    /// The greatest end that is due: exactly what ends at or before it is due. <see cref="EventTime.None"/> while there is no watermark.
    /// </summary>
    /// <param name="watermarkMs">The topic's watermark, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
    public static long UntilMs(long watermarkMs) => watermarkMs == EventTime.None ? EventTime.None : watermarkMs + 1;
}
