using System.Globalization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Protocol;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 3. Every offset is exactly one of counted, late, rejected, blank or a hole, and a shard that closings read holds exactly the rows that
/// are counted. What is late or rejected is a dead letter before the cursor passes it.
/// </summary>
internal sealed class OneOutcome(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "one-outcome";

    public override void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
        if (after.Next > before.Next)
        {
            RequireOutcomes(partition, before, after);
        }

        if (after.Next > before.Next || after.WatermarkMs > before.WatermarkMs)
        {
            foreach (long paneMs in after.Marks.Keys)
            {
                RequireRows(paneMs, partition, after);
            }
        }
    }

    public override void ShardSaved(long paneMs, int partition, PaneShard? before, PaneShard? after)
    {
        if (after is not null && Facts.Cursors.GetValueOrDefault(partition) is { } cursor && cursor.Marks.ContainsKey(paneMs))
        {
            RequireRows(paneMs, partition, cursor);
        }
    }

    /// <summary>Checks that the cursor counted in one step what the log implies.</summary>
    private void RequireOutcomes(int partition, PartitionState before, PartitionState after)
    {
        Outcome[] step =
            [.. Facts.ReplayOf(partition).Outcomes.Where(outcome => outcome.Record.Offset >= before.Next && outcome.Record.Offset < after.Next)];
        string where = FormattableString.Invariant($"p{partition}[{before.Next}..{after.Next - 1}]");
        for (RecordOutcome outcome = RecordOutcome.Counted; (int)outcome < RecordOutcomeNames.Count; outcome++)
        {
            string name = outcome.Name();
            long expected = step.Count(record => record.Result == name);
            long found = after.CountOf(outcome) - before.CountOf(outcome);
            Require(found == expected, $"{where}: {found} are {name}, the log says {expected}");
        }

        foreach (Outcome letter in step.Where(record => !record.IsCounted
            && record.Result != OracleOutcome.Blank && !Facts.HasLetter(partition, record.Record.Offset)))
        {
            Fail($"{where}: {letter.Record.Offset} is {letter.Result}, and no dead letter");
        }

        long blank = step.Count(record => record.Result == OracleOutcome.Blank);
        Require(after.Blank - before.Blank == blank, $"{where}: {after.Blank - before.Blank} are blank, the log says {blank}");
        foreach (IGrouping<long, Outcome> late in step.Where(record => record.Result == OracleOutcome.Late).GroupBy(record => record.MinuteMs))
        {
            long found = after.Late.GetValueOrDefault(late.Key) - before.Late.GetValueOrDefault(late.Key);
            Require(found == late.Count(), $"{where}: {found} are late for minute {late.Key}, the log says {late.Count()}");
        }
    }

    private void RequireRows(long paneMs, int partition, PartitionState cursor)
    {
        if (Facts.Topic.IsFinalPane(paneMs) || Facts.Shards.GetValueOrDefault((paneMs, partition)) is not { } shard)
        {
            return;
        }

        Replay replay = Facts.ReplayOf(partition);
        OracleEvent[] rows = [.. replay.Rows(paneMs, shard.Next)];
        Accumulator content = shard.Rows(Facts.Engine.Limits);
        Require(
            content.TotalEvents == rows.Length,
            string.Create(
                CultureInfo.InvariantCulture,
                $"the shard of p{partition} in pane {paneMs} holds {content.TotalEvents} rows up to {shard.Next}, "
                    + $"the log says {rows.Length}; the cursor is at {cursor.Next}"));
    }
}
