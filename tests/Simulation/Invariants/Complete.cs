using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 4, during a run. A window is first written only when every partition with a record left to read has passed its end, and the result holds
/// at least what was counted when the tick that started it read the cursors.
/// </summary>
internal sealed class Complete(Facts facts, Violations violations) : Invariant(facts, violations)
{
    private readonly Dictionary<int, List<(long AtMs, long Next)>> _cursors = [];
    private readonly Dictionary<(string Family, long EndMs, long Revision), long> _asked = [];
    private readonly List<(PublishOrder Order, long SinceMs)> _askedEmpty = [];

    public override string Name => "complete";

    public override void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
        if (!_cursors.TryGetValue(partition, out List<(long AtMs, long Next)>? steps))
        {
            _cursors.Add(partition, steps = []);
        }

        steps.Add((Facts.NowMs(), after.Next));
    }

    public override void PublishScheduled(PublishOrder order, long sinceMs)
    {
        if (order.Revision == PublishOrder.Empty)
        {
            _askedEmpty.Add((order, sinceMs));
        }
        else
        {
            (string, long, long) key = (order.Family, order.EndMs, order.Revision);
            _asked[key] = Math.Min(sinceMs, _asked.GetValueOrDefault(key, long.MaxValue));
        }

        if (order.EndMs > Facts.Topic.FinalMs && Facts.Topic.Family(order.Family) is { } family && !family.IsPublished(order.EndMs))
        {
            RequirePassed(order, sinceMs);
        }
    }

    public override void ResultWritten(WindowResult result)
    {
        if (result.Phase == Phase.Live || SinceMs(result) is not { } sinceMs)
        {
            return;
        }

        long counted = Facts.Replays.Sum(replay => replay.Value.Outcomes
            .TakeWhile(outcome => outcome.Record.Offset < NextAt(replay.Key, sinceMs - Facts.StalenessMs))
            .LongCount(outcome => outcome is { Result: OracleOutcome.Counted, Record.Event: { } read }
                && read.Time >= result.StartMs && read.Time < result.EndMs));
        Require(result.TotalEvents >= counted, $"{result.Window} {result.StartMs} is written at "
            + $"revision {result.Revision} with {result.TotalEvents} events, and {counted} were counted");
    }

    /// <summary>
    /// A partition with a record that the tick could have seen is not idle, so the topic's watermark does not exceed its own.
    /// </summary>
    private void RequirePassed(PublishOrder order, long sinceMs)
    {
        foreach ((int partition, List<(long Offset, long AtMs)> appended) in Facts.Appended)
        {
            PartitionState? cursor = Facts.Cursors.GetValueOrDefault(partition);
            if (Facts.OnceBroken.Contains(partition) || cursor?.WatermarkMs >= order.EndMs - 1)
            {
                continue;
            }

            long next = cursor is { IsOpen: true } ? cursor.Next : 0;
            Require(
                !appended.Exists(record => record.Offset >= next && record.AtMs < sinceMs),
                $"{order.Family} up to {order.EndMs} is to be written, "
                    + $"and p{partition} at {next} has more to read, with its watermark at {cursor?.WatermarkMs}");
        }
    }

    private long? SinceMs(WindowResult result)
    {
        if (result.Revision != PublishOrder.Empty)
        {
            return _asked.TryGetValue((result.Window, result.EndMs, result.Revision), out long sinceMs) ? sinceMs : null;
        }

        long[] since = [.. _askedEmpty
            .Where(asked => asked.Order.Family == result.Window && result.EndMs > asked.Order.StartMs && result.EndMs <= asked.Order.EndMs)
            .Select(asked => asked.SinceMs)];
        return since.Length > 0 ? since.Min() : null;
    }

    private long NextAt(int partition, long atMs) =>
        _cursors.TryGetValue(partition, out List<(long AtMs, long Next)>? steps) ? steps.FindLast(step => step.AtMs < atMs).Next : 0;
}
