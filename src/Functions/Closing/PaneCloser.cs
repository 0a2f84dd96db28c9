using Tidemark.Core.Metrics;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Creates a revision of a pane from its shards.</summary>
public sealed class PaneCloser(FunctionsOptions options, TimeProvider time)
{
    /// <summary>Merges the shards of the partitions with a mark and puts the pane.</summary>
    /// <returns>The revision read back; null when it was not created, in which case a later tick tries again.</returns>
    public async Task<PaneClosed?> MergeAsync(TopicEntities entities, PaneToClose pane, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(pane);
        PaneState before = await entities.ReadPaneAsync(pane.PaneMs, cancellationToken).ConfigureAwait(false) ?? new PaneState();
        if (before.Revision >= pane.Revision)
        {
            return Read(pane, before);
        }

        HashSet<int> marked = [.. pane.Marks.Select(mark => mark.Key)];
        if (before.Revision != pane.Revision - 1 || before.Vector.Any(entry => !marked.Contains(entry.Key)))
        {
            // The store returned an older pane, or the plan was made from older cursors.
            return null;
        }

        Confirmation reads = new(time, options.Timing, options.Timing.StepTimeout);
        Accumulator all = new(options.Engine.Limits);
        Dictionary<int, long> vector = [];
        foreach (KeyValuePair<int, long>[] some in pane.Marks.Chunk(options.MaxConcurrentPanes))
        {
            PaneShard?[] shards = await Task.WhenAll(some.Select(mark =>
                ReadShardAsync(entities, pane.PaneMs, mark.Key, Math.Max(mark.Value, before.Vector[mark.Key]),
                    reads, cancellationToken))).ConfigureAwait(false);
            for (int i = 0; i < some.Length; i++)
            {
                if (shards[i] is not { } shard)
                {
                    return null;
                }

                all.Merge(shard.Rows(options.Engine.Limits));
                vector.Add(some[i].Key, shard.Next);
            }
        }

        PaneRevision revision = new(pane.Revision, new OffsetVector(vector), AccumulatorCodec.EncodeWithin(all, PaneState.MaxContentBytes));
        return await PutAsync(entities, pane, revision, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records a revision that was read back in the topic's state, and waits until it is committed.</summary>
    public async Task ConfirmAsync(TopicEntities entities, PaneClosed pane, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(pane);
        await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            () => entities.ClosedAsync(pane, cancellationToken),
            async () =>
                await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false) is { } state && IsConfirmed(state, pane) ? state : null,
            cancellationToken).ConfigureAwait(false);
    }

    private static bool IsConfirmed(TopicState state, PaneClosed pane) =>
        state.IsFinalPane(pane.PaneMs) || (state.Panes.TryGetValue(pane.PaneMs, out PaneProgress? known) && known.Revision >= pane.Revision);

    private static Task<PaneShard?> ReadShardAsync(
        TopicEntities entities, long paneMs, int partition, long mark, Confirmation reads, CancellationToken cancellationToken) =>
        reads.WaitAsync(
            async () => await entities.ReadShardAsync(paneMs, partition, cancellationToken).ConfigureAwait(false) is { } shard
                && shard.Next >= mark ? shard : null,
            cancellationToken);

    private async Task<PaneClosed?> PutAsync(TopicEntities entities, PaneToClose pane, PaneRevision revision, CancellationToken cancellationToken)
    {
        PaneState? put = await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            () => entities.PutAsync(pane.PaneMs, revision, cancellationToken),
            async () => await entities.ReadPaneAsync(pane.PaneMs, cancellationToken).ConfigureAwait(false) is { } state
                && state.Revision >= pane.Revision ? state : null,
            cancellationToken).ConfigureAwait(false);
        return put is null ? null : Read(pane, put);
    }

    private static PaneClosed? Read(PaneToClose pane, PaneState state) =>
        state.Revision == pane.Revision ? new PaneClosed(pane.PaneMs, state.Revision, state.Vector) : null;
}
