using Tidemark.Core.Metrics;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>Makes a revision of a pane out of its shards.</summary>
public sealed class PaneCloser(FunctionsOptions options, TimeProvider time)
{
    /// <summary>Merges the shards of the partitions with a mark and puts the pane.</summary>
    /// <returns>The revision as it was read back; null when it did not come about: a later tick looks again.</returns>
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
            // The store answered with an older pane, or the plan was made from older cursors.
            return null;
        }

        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);
        Accumulator all = new(options.Engine.Limits);
        Dictionary<int, long> vector = [];
        foreach (KeyValuePair<int, long>[] some in pane.Marks.Chunk(options.MaxConcurrentPanes))
        {
            PaneShard?[] shards = await Task.WhenAll(some.Select(mark =>
                ReadShardAsync(entities, pane.PaneMs, mark.Key, Math.Max(mark.Value, before.Vector[mark.Key]), poll, cancellationToken))).ConfigureAwait(false);
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

    /// <summary>Tells the topic's state of a revision that was read back, and waits a while for it to be there.</summary>
    public async Task ConfirmAsync(TopicEntities entities, PaneClosed pane, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(pane);
        await entities.ClosedAsync(pane, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);
        while (!poll.IsOver)
        {
            TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
            if (state.IsFinalPane(pane.PaneMs) || (state.Panes.TryGetValue(pane.PaneMs, out PaneProgress? known) && known.Revision >= pane.Revision))
            {
                return;
            }

            if (poll.IsResendDue)
            {
                await entities.ClosedAsync(pane, cancellationToken).ConfigureAwait(false);
            }

            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<PaneShard?> ReadShardAsync(
        TopicEntities entities, long paneMs, int partition, long mark, Poll poll, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await entities.ReadShardAsync(paneMs, partition, cancellationToken).ConfigureAwait(false) is { } shard && shard.Next >= mark)
            {
                return shard;
            }

            if (poll.IsOver)
            {
                return null;
            }

            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<PaneClosed?> PutAsync(TopicEntities entities, PaneToClose pane, PaneRevision revision, CancellationToken cancellationToken)
    {
        await entities.PutAsync(pane.PaneMs, revision, cancellationToken).ConfigureAwait(false);
        Poll poll = new(time, options.Timing, options.Timing.StepTimeout);
        while (!poll.IsOver)
        {
            if (await entities.ReadPaneAsync(pane.PaneMs, cancellationToken).ConfigureAwait(false) is { } state && state.Revision >= pane.Revision)
            {
                return Read(pane, state);
            }

            if (poll.IsResendDue)
            {
                await entities.PutAsync(pane.PaneMs, revision, cancellationToken).ConfigureAwait(false);
            }

            await poll.DelayAsync(cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private static PaneClosed? Read(PaneToClose pane, PaneState state) =>
        state.Revision == pane.Revision ? new PaneClosed(pane.PaneMs, state.Revision, state.Vector) : null;
}
