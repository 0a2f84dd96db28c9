using System.Globalization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>What must be so after all records are applied, whatever happened on the way.</summary>
internal static class Expect
{
    /// <summary>
    /// Nothing lost, nothing doubled: each cursor is past its log; applied offsets are counted, late, rejected, blank or holes; and the
    /// shards that closings will read hold exactly the rows of the oracle.
    /// </summary>
    public static void Applied(App app, IReadOnlyList<LogRecord> records, NaiveOracle oracle)
    {
        PaneGrid grid = PaneGrid.For(app.Engine.Windows);
        foreach (IGrouping<int, (LogRecord Record, OracleOutcome Outcome)> partition in records.Zip(oracle.Outcomes)
            .GroupBy(pair => pair.First.Partition))
        {
            PartitionState cursor = app.Cursor(partition.Key);
            long last = partition.Max(pair => pair.Record.Offset);
            Same(app, "next", partition.Key, last + 1, cursor.Next);
            long outcomes = Enumerable.Range(0, RecordOutcomeNames.Count).Sum(outcome => cursor.CountOf((RecordOutcome)outcome));
            Same(app, "conserved", partition.Key, cursor.Next - cursor.Start, outcomes + cursor.Blank + cursor.Missing);
            Same(app, "outcomes", partition.Key, OutcomesOf(partition.Select(pair => pair.Outcome)), OutcomesOf(cursor));
            Same(app, "late", partition.Key, LateOf(partition.Select(pair => pair.Outcome)), Describe(cursor.Late));
            Same(app, "examples", partition.Key, LastOf(partition), LastOf(cursor));
            Shards(app, grid, partition.Key, cursor, [.. partition.Where(pair => pair.Outcome.Result == OracleOutcome.Counted)]);
        }

        DeadLetters(app, records, oracle);
    }

    private static void Shards(App app, PaneGrid grid, int partition, PartitionState cursor, List<(LogRecord Record, OracleOutcome Outcome)> counted)
    {
        Dictionary<long, (LogRecord Record, OracleOutcome Outcome)[]> panes =
            counted.GroupBy(pair => grid.PaneAt(pair.Outcome.Event!.Time).StartMs).ToDictionary(group => group.Key, group => group.ToArray());
        Same(app, "marks", partition,
            Describe(panes.ToDictionary(pane => pane.Key, pane => pane.Value.Max(pair => pair.Record.Offset) + 1)), Describe(cursor.Marks));
        foreach ((long paneMs, (LogRecord Record, OracleOutcome Outcome)[] rows) in panes)
        {
            PaneShard shard = app.Shard(paneMs, partition);
            Accumulator content = shard.Rows(app.Engine.Limits);
            Same(app, $"shard {paneMs} next", partition, cursor.Marks[paneMs], shard.Next);
            Same(app, $"shard {paneMs}", partition, Totals(rows.Select(row => row.Outcome.Event!)), Totals(content));
        }
    }

    private static void DeadLetters(App app, IReadOnlyList<LogRecord> records, NaiveOracle oracle)
    {
        foreach ((LogRecord record, OracleOutcome outcome) in records.Zip(oracle.Outcomes))
        {
            bool rejected = outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank);
            List<RejectedRecord> letters = app.DeadLetters.Letters.GetValueOrDefault((record.Partition, record.Offset), []);
            string expected = rejected ? $"{outcome.Result} {outcome.LateMinute}" : "";
            string actual = string.Join(", ", letters.Select(letter => $"{letter.Reason.Name()} {letter.MissedMinuteMs}").Distinct());
            Same(app, $"dead letter of {record.Offset}", record.Partition, expected, actual);
        }
    }

    private static void Same<T>(App app, string what, int partition, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw app.World.Failure($"p{partition} {what}: expected {expected}, found {actual}", null);
        }
    }

    private static string LastOf(IEnumerable<(LogRecord Record, OracleOutcome Outcome)> applied) => string.Join(' ', applied
        .Where(pair => pair.Outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank))
        .GroupBy(pair => pair.Outcome.Result)
        .Select(group => FormattableString.Invariant($"{group.Key}@{group.Max(pair => pair.Record.Offset)}"))
        .Order(StringComparer.Ordinal));

    private static string LastOf(PartitionState cursor) => string.Join(' ', Enum.GetValues<RecordOutcome>()
        .Where(reason => cursor.LastOffsetOf(reason) is not null)
        .Select(reason => FormattableString.Invariant($"{reason.Name()}@{cursor.LastOffsetOf(reason)}"))
        .Order(StringComparer.Ordinal));

    private static string OutcomesOf(IEnumerable<OracleOutcome> outcomes) => string.Join(' ', outcomes
        .Where(outcome => outcome.Result != OracleOutcome.Blank)
        .GroupBy(outcome => outcome.Result)
        .Select(group => $"{group.Key}={group.Count()}")
        .Order(StringComparer.Ordinal));

    private static string OutcomesOf(PartitionState cursor) => string.Join(' ', Enumerable.Range(0, RecordOutcomeNames.Count)
        .Where(outcome => cursor.CountOf((RecordOutcome)outcome) > 0)
        .Select(outcome => $"{((RecordOutcome)outcome).Name()}={cursor.CountOf((RecordOutcome)outcome)}")
        .Order(StringComparer.Ordinal));

    private static string LateOf(IEnumerable<OracleOutcome> outcomes) => Describe(outcomes
        .Where(outcome => outcome.LateMinute is not null)
        .GroupBy(outcome => outcome.LateMinute!.Value)
        .ToDictionary(group => group.Key, group => (long)group.Count()));

    private static string Describe(IReadOnlyDictionary<long, long> map) =>
        string.Join(' ', map.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}:{pair.Value}"));

    private static string Totals(IEnumerable<OracleEvent> rows)
    {
        OracleEvent[] all = [.. rows];
        long Of(string type) => all.LongCount(row => row.Type == type);
        return Text(all.Length, Of("page_view"), Of("click"), Of("purchase"), all.Sum(row => row.Type == "purchase" ? (Int128)(row.Amount ?? 0) : 0));
    }

    private static string Totals(Accumulator rows) => Text(rows.TotalEvents, rows.PageViews, rows.Clicks, rows.Purchases, rows.RevenueTenThousandths);

    private static string Text(long events, long views, long clicks, long purchases, Int128 revenue) =>
        string.Create(CultureInfo.InvariantCulture, $"events {events} views {views} clicks {clicks} purchases {purchases} revenue {revenue}");

    private static Int128 Sum(this IEnumerable<OracleEvent> rows, Func<OracleEvent, Int128> amount) =>
        rows.Aggregate(Int128.Zero, (sum, row) => sum + amount(row));
}
