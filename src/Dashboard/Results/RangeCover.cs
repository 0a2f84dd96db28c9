using System.Runtime.CompilerServices;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Api;

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

    /// <summary>The families whose windows lie side by side, the longest first.</summary>
    public static WindowDefinition[] SideBySide(IEnumerable<WindowDefinition> windows) =>
        [.. windows.Where(window => !window.Kind.Overlaps && !window.Kind.SharesStarts).OrderByDescending(window => window.Kind.SizeMs)];

    /// <summary>How many windows were found.</summary>
    public int Count { get; private set; }

    /// <summary>From the first start to the last end; null when there are no windows.</summary>
    public Interval? Covered { get; private set; }

    /// <summary>The windows, by start.</summary>
    /// <exception cref="BadRequestException">More windows would have to be read than are allowed.</exception>
    /// <exception cref="Sinks.SinkException">The results cannot be read.</exception>
    public IAsyncEnumerable<WindowResult> FindAsync(Interval range, CancellationToken cancellationToken) => FindAsync(range, 0, cancellationToken);

    private async IAsyncEnumerable<WindowResult> FindAsync(
        Interval range, int family, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (range.LengthMs <= 0 || family == _families.Length)
        {
            yield break;
        }

        WindowKind kind = _families[family].Kind;
        long firstMs = EventTime.Floor(range.StartMs + kind.SizeMs - 1, kind.SizeMs, kind.OffsetMs);
        Interval inside = new(firstMs, EventTime.Floor(range.EndMs, kind.SizeMs, kind.OffsetMs));
        long coveredToMs = range.StartMs;
        if (inside.LengthMs > 0)
        {
            await foreach (WindowResult result in store.ReadAsync(_families[family].Name, inside, cancellationToken).ConfigureAwait(false))
            {
                Interval before = new(coveredToMs, result.StartMs);
                await foreach (WindowResult shorter in FindAsync(before, family + 1, cancellationToken).ConfigureAwait(false))
                {
                    yield return shorter;
                }

                Note(result);
                yield return result;
                coveredToMs = result.EndMs;
            }
        }

        Interval after = new(coveredToMs, range.EndMs);
        await foreach (WindowResult shorter in FindAsync(after, family + 1, cancellationToken).ConfigureAwait(false))
        {
            yield return shorter;
        }
    }

    private void Note(WindowResult result)
    {
        if (++Count > maxWindows)
        {
            throw new BadRequestException(
                $"to: expected a range of at most {maxWindows} windows; ask for a shorter one, or begin and end it at whole hours");
        }

        Covered = new Interval(Covered?.StartMs ?? result.StartMs, result.EndMs);
    }
}
