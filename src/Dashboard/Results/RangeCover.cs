using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// Covers a range with as few closed windows as there are: the longest families first, what they leave open with shorter ones. The windows
/// lie side by side and entirely in the range, so that what they say can be added up.
/// </summary>
/// <param name="store">Where windows are read.</param>
/// <param name="maxWindows">How many windows are read at most.</param>
internal sealed class RangeCover(IResultStore store, int maxWindows)
{
    private readonly WindowDefinition[] _families = SideBySide(store.Windows);
    private int _read;

    /// <summary>The families whose windows lie side by side, the longest first.</summary>
    public static WindowDefinition[] SideBySide(IEnumerable<WindowDefinition> windows) =>
        [.. windows.Where(window => !window.Kind.Overlaps && !window.Kind.SharesStarts).OrderByDescending(window => window.Kind.SizeMs)];

    /// <summary>The windows, by start.</summary>
    /// <exception cref="InvalidOperationException">More windows would have to be read than are allowed.</exception>
    /// <exception cref="Sinks.SinkException">The results cannot be read.</exception>
    public async Task<IReadOnlyList<WindowResult>> FindAsync(Interval range, CancellationToken cancellationToken)
    {
        List<WindowResult> found = [];
        await AddAsync(found, range, 0, cancellationToken).ConfigureAwait(false);
        return found;
    }

    private async Task AddAsync(List<WindowResult> found, Interval range, int family, CancellationToken cancellationToken)
    {
        if (range.LengthMs <= 0 || family == _families.Length)
        {
            return;
        }

        WindowKind kind = _families[family].Kind;
        long firstMs = EventTime.Floor(range.StartMs + kind.SizeMs - 1, kind.SizeMs, kind.OffsetMs);
        Interval inside = new(firstMs, EventTime.Floor(range.EndMs, kind.SizeMs, kind.OffsetMs));
        long coveredToMs = range.StartMs;
        if (inside.LengthMs > 0)
        {
            await foreach (WindowResult result in store.ReadAsync(_families[family].Name, inside, cancellationToken).ConfigureAwait(false))
            {
                if (++_read > maxWindows)
                {
                    throw new InvalidOperationException($"More than {maxWindows} windows.");
                }

                await AddAsync(found, new Interval(coveredToMs, result.StartMs), family + 1, cancellationToken).ConfigureAwait(false);
                found.Add(result);
                coveredToMs = result.EndMs;
            }
        }

        await AddAsync(found, new Interval(coveredToMs, range.EndMs), family + 1, cancellationToken).ConfigureAwait(false);
    }
}
