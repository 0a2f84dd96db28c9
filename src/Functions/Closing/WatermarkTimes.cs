using Tidemark.Core.Watermarks;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Remembers when this worker first saw the topic's watermark pass a time. Used for a metric only; no decision depends on it.
/// </summary>
public sealed class WatermarkTimes
{
    private const int MaxRemembered = 1000;

    private readonly List<(long WatermarkMs, long SeenMs)> _rises = [];

    /// <summary>Records an observed watermark.</summary>
    public void Note(long watermarkMs, long nowMs)
    {
        lock (_rises)
        {
            if (_rises.Count > 0 && watermarkMs <= _rises[^1].WatermarkMs)
            {
                return;
            }

            _rises.Add((watermarkMs, nowMs));
            if (_rises.Count > MaxRemembered)
            {
                _rises.RemoveAt(0);
            }
        }
    }

    /// <summary>
    /// When the watermark was first seen at or past the end of a window; null when it has not been, or that is no longer remembered.
    /// </summary>
    public long? PassedMs(long endMs)
    {
        lock (_rises)
        {
            int passed = _rises.FindIndex(rise => Due.IsDue(endMs, rise.WatermarkMs));
            return passed > 0 ? _rises[passed].SeenMs : null;
        }
    }
}
