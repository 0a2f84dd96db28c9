using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>The current content of a pane.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Sequence">A number that grows with every row.</param>
internal sealed record LivePane(Accumulator Rows, long Sequence);

/// <summary>
/// The current content of the panes of open windows, closed or not. A pane is read again only when it has changed, so that the cost of a
/// round depends on what is new and not on what is open.
/// </summary>
internal sealed class LivePanes(EngineOptions options)
{
    /// <summary>The maximum number of panes cached; windows that would need more get no live result.</summary>
    public const int MaxPanes = 2000;

    private readonly Dictionary<long, LivePane> _merged = [];
    private readonly Dictionary<long, PaneProgress> _closed = [];
    private readonly Dictionary<(long PaneMs, int Partition), PaneShard> _shards = [];

    /// <summary>The number of states read so far.</summary>
    public long Reads { get; private set; }

    /// <summary>The number of shards cached: those of panes that are not closed, which are the largest part of the cache.</summary>
    public int Shards => _shards.Count;

    /// <summary>Adds a window's panes to those needed, if there is room for them.</summary>
    public static bool TryNeed(HashSet<long> needed, IReadOnlyCollection<long> panes)
    {
        if (needed.Count + panes.Count(pane => !needed.Contains(pane)) > MaxPanes)
        {
            return false;
        }

        needed.UnionWith(panes);
        return true;
    }

    /// <summary>Removes panes that no open window contains.</summary>
    public void KeepOnly(IReadOnlySet<long> panes)
    {
        foreach (long gone in _merged.Keys.Where(pane => !panes.Contains(pane)).ToList())
        {
            _merged.Remove(gone);
            _closed.Remove(gone);
        }

        Drop(shard => !panes.Contains(shard.PaneMs));
    }

    /// <summary>The current content of a pane; null when it is not available in this round.</summary>
    public async Task<LivePane?> GetAsync(
        TopicEntities entities, long paneMs, PaneProgress? progress, IReadOnlyList<PartitionView> marked, CancellationToken cancellationToken)
    {
        bool isWhole = progress is not null
            && (progress.Vector is not { } vector || marked.All(view => view.Cursor.Marks[paneMs] <= vector[view.Partition]));
        return isWhole
            ? await GetClosedAsync(entities, paneMs, progress!, cancellationToken).ConfigureAwait(false)
            : await GetOpenAsync(entities, paneMs, marked, cancellationToken).ConfigureAwait(false);
    }

    private async Task<LivePane?> GetClosedAsync(TopicEntities entities, long paneMs, PaneProgress progress, CancellationToken cancellationToken)
    {
        if (_closed.TryGetValue(paneMs, out PaneProgress? known) && known.Fingerprint == progress.Fingerprint && known.Revision == progress.Revision)
        {
            return _merged[paneMs];
        }

        Reads++;
        if (await entities.ReadPaneAsync(paneMs, cancellationToken).ConfigureAwait(false) is not { } pane || !progress.IsOf(pane))
        {
            return null;
        }

        // The pane contains the rows of its shards, which are read again if more rows arrive.
        Drop(shard => shard.PaneMs == paneMs);
        _closed[paneMs] = progress;
        return _merged[paneMs] = new LivePane(pane.Rows(options.Limits), pane.Vector.Sum);
    }

    private async Task<LivePane?> GetOpenAsync(
        TopicEntities entities, long paneMs, IReadOnlyList<PartitionView> marked, CancellationToken cancellationToken)
    {
        PartitionView[] behind =
            [.. marked.Where(view => !_shards.TryGetValue((paneMs, view.Partition), out PaneShard? known) || known.Next < view.Cursor.Marks[paneMs])];
        Reads += behind.Length;
        PaneShard?[] read = await Task.WhenAll(
            behind.Select(view => entities.ReadShardAsync(paneMs, view.Partition, cancellationToken))).ConfigureAwait(false);
        bool isChanged = !_merged.ContainsKey(paneMs) || _closed.Remove(paneMs);
        for (int i = 0; i < behind.Length; i++)
        {
            if (read[i] is { } shard)
            {
                _shards[(paneMs, behind[i].Partition)] = shard;
                isChanged = true;
            }
        }

        if (isChanged)
        {
            Accumulator rows = new(options.Limits);
            long sequence = 0;
            foreach (PaneShard shard in marked.OrderBy(view => view.Partition)
                .Select(view => _shards.GetValueOrDefault((paneMs, view.Partition))).OfType<PaneShard>())
            {
                rows.Merge(shard.Rows(options.Limits));
                sequence += shard.Next;
            }

            _merged[paneMs] = new LivePane(rows, sequence);
        }

        return _merged[paneMs];
    }

    private void Drop(Func<(long PaneMs, int Partition), bool> isGone)
    {
        foreach ((long PaneMs, int Partition) gone in _shards.Keys.Where(isGone).ToList())
        {
            _shards.Remove(gone);
        }
    }
}
