using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// Passes every committed change to the facts and the invariants, in a fixed order: invariants that compare with the past, then the facts,
/// then the others.
/// </summary>
internal sealed class Observer(Facts facts, IReadOnlyList<Invariant> invariants)
{
    public IReadOnlyList<Invariant> Invariants => invariants;

    /// <summary>Handles a saved state.</summary>
    public void Saved(Entity entity, string? text)
    {
        byte[]? bytes = Facts.Bytes(text);
        string[] key = entity.Id.Key.Split(':');
        switch (entity.Id.Name.ToLowerInvariant())
        {
            case "partitionentity":
                CursorSaved(Number(key[^1]), PartitionState.Decode(bytes));
                break;
            case "shardentity":
                ShardSaved(long.Parse(key[^2], System.Globalization.CultureInfo.InvariantCulture),
                    Number(key[^1]), bytes is null ? null : PaneShard.Decode(bytes));
                break;
            case "paneentity":
                PaneSaved(long.Parse(key[^1], System.Globalization.CultureInfo.InvariantCulture), bytes is null ? null : PaneState.Decode(bytes));
                break;
            case "topicentity":
                TopicSaved(TopicState.Decode(bytes, facts.Engine));
                break;
            default:
                throw new InvalidOperationException($"Nobody knows {entity.Id}.");
        }
    }

    public void CursorSaved(int partition, PartitionState after)
    {
        PartitionState before = facts.Cursors.GetValueOrDefault(partition) ?? new PartitionState();
        Replay replay = facts.ReplayOf(partition);
        Each(invariant => invariant.CursorSaving(partition, before, after));
        if (!before.IsOpen && after.IsOpen)
        {
            replay.Open(after.Start, after.WatermarkMs);
        }
        else if (after.Next == before.Next && after.WatermarkMs > before.WatermarkMs)
        {
            replay.Lift(after.WatermarkMs);
        }

        if (after.Next > replay.Next)
        {
            replay.Advance(after.Next);
        }

        facts.Cursors[partition] = after;
        Each(invariant => invariant.CursorSaved(partition, before, after));
    }

    public void ShardSaved(long paneMs, int partition, PaneShard? after)
    {
        PaneShard? before = facts.Shards.GetValueOrDefault((paneMs, partition));
        if (after is null)
        {
            facts.Shards.Remove((paneMs, partition));
        }
        else
        {
            facts.Shards[(paneMs, partition)] = after;
            if (after.IsClosed && before is not { IsClosed: true })
            {
                facts.ReplayOf(partition).Freeze(paneMs, after.Next);
            }
        }

        Each(invariant => invariant.ShardSaved(paneMs, partition, before, after));
    }

    public void PaneSaved(long paneMs, PaneState? after)
    {
        PaneState? before = facts.Panes.GetValueOrDefault(paneMs);
        if (after is null)
        {
            facts.Panes.Remove(paneMs);
        }
        else
        {
            facts.Panes[paneMs] = after;
            foreach ((int partition, long next) in after.Vector)
            {
                facts.MergedTo[(paneMs, partition)] = Math.Max(next, facts.MergedTo.GetValueOrDefault((paneMs, partition)));
            }
        }

        Each(invariant => invariant.PaneSaved(paneMs, before, after));
    }

    public void TopicSaved(TopicState after)
    {
        TopicState before = facts.Topic;
        facts.Topic = after;
        Each(invariant => invariant.TopicSaved(before, after));
    }

    public void ResultWritten(WindowResult result)
    {
        if (result.Phase != Phase.Live)
        {
            StoredResult written = Describe(result);
            if (!facts.Written.TryGetValue((result.Window, result.StartMs, result.EndMs), out StoredResult? before)
                || before.Revision < result.Revision)
            {
                facts.Written[(result.Window, result.StartMs, result.EndMs)] = written;
            }
        }

        Each(invariant => invariant.ResultWritten(result));
    }

    public void PublishScheduled(PublishOrder order, long sinceMs) => Each(invariant => invariant.PublishScheduled(order, sinceMs));

    public void ResultStored(ResultStore store, StoredResult? before, StoredResult after) =>
        Each(invariant => invariant.ResultStored(store, before, after));

    public void OffsetCommitted(int partition, long next, bool isAfterSuccess) =>
        Each(invariant => invariant.OffsetCommitted(partition, next, isAfterSuccess));

    public void RedisLosing()
    {
        facts.HasRedisLost = true;
        Each(invariant => invariant.RedisLosing());
    }

    public void RedisChanging(string script, byte[][] keys, byte[][] values) => Each(invariant => invariant.RedisChanging(script, keys, values));

    public void RedisChanged() => Each(invariant => invariant.RedisChanged());

    public void AtEnd() => Each(invariant => invariant.AtEnd());

    public static StoredResult Describe(WindowResult result) =>
        new(result.Window, result.StartMs, result.EndMs, result.Revision, ResultText.Content(result));

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private void Each(Action<Invariant> tell)
    {
        foreach (Invariant invariant in invariants)
        {
            tell(invariant);
        }
    }
}
