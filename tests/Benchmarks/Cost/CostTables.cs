using System.Globalization;
using System.Text;

namespace Tidemark.Benchmarks.Cost;

/// <summary>The figures as the tables of docs/COST.md, to the letter: a test holds the page to what a run prints.</summary>
internal static class CostTables
{
    /// <summary>Rates, partitions, partitions of an instance and batch sizes of the arithmetic.</summary>
    private static readonly (int EventsPerSecond, int Partitions, int OfInstance, int Batch)[] Deployments =
    [
        (10_000, 30, 30, 64), (10_000, 30, 30, 2_000), (10_000, 30, 30, 10_000), (10_000, 30, 4, 500),
        (100_000, 30, 30, 30_000), (100_000, 30, 4, 2_000), (100_000, 30, 4, 10_000), (100_000, 30, 1, 2_000),
        (1_000_000, 100, 4, 30_000), (1_000_000, 100, 1, 2_000), (1_000_000, 100, 1, 10_000), (1_000_000, 300, 4, 10_000),
    ];

    /// <summary>For 1,000 events.</summary>
    public static string Ingest(IEnumerable<IngestFigures> rows) => Table(
        ["batch", "partitions", "Apply", "Advance", "signals", "operations", "reads", "KB sent", "KB written", "KB read", "shard", "pane", "cursor"],
        rows.Select(row => new[]
        {
            Whole(row.Batch), Whole(row.Partitions), Rate(row.Per1000(row.Applies)), Rate(row.Per1000(row.Advances)), Rate(row.Per1000(row.Signals)),
            Rate(row.Per1000(row.Operations)), Rate(row.Per1000(row.Reads)),
            Rate(row.Per1000(row.SignalBytes) / 1000), Rate(row.Per1000(row.SavedBytes) / 1000),
            Rate(row.Per1000(row.ReadBytes) / 1000), Whole(row.States.Shard), Whole(row.States.Pane), Whole(row.States.Cursor),
        }));

    /// <summary>How many events a second bring a backend to its limit.</summary>
    public static string Stops(IEnumerable<IngestFigures> rows) => Table(
        ["batch", "partitions", "actions per million events", "events/s of one capacity unit",
            "of three", "requests per 1,000 events", "events/s of one storage account"],
        rows.Select(row => new[]
        {
            Whole(row.Batch), Whole(row.Partitions), Whole(row.Per1000(row.Operations) * 1000), Short(Limits.ActionsOfUnit / Share(row)),
            Short(Limits.ActionsOfUnit * Limits.MaxUnits / Share(row)), Rate(Limits.Requests(row) * 1000 / row.Events),
            Short(Limits.StorageRequests / Limits.Requests(row) * row.Events),
        }));

    /// <summary>The arithmetic for whole deployments.</summary>
    public static string Plans(IReadOnlyCollection<IngestFigures> rows) => Table(
        ["events/s", "partitions", "instances", "batch", "batches/s each", "busy",
            "signals/s", "reads/s", "actions/s", "capacity units", "storage requests/s"],
        Deployments.Where(plan => plan.Batch <= rows.Max(row => row.Batch)).Select(plan =>
        {
            IngestFigures row = rows.Single(row => row.Batch == plan.Batch && row.Partitions == plan.OfInstance);
            double instances = Math.Ceiling(plan.Partitions / (double)plan.OfInstance);
            double batches = plan.EventsPerSecond / instances / plan.Batch;
            double actions = plan.EventsPerSecond * Share(row);
            double units = Math.Ceiling(actions / Limits.ActionsOfUnit);
            double requests = plan.EventsPerSecond * Limits.Requests(row) / row.Events;
            return new[]
            {
                Whole(plan.EventsPerSecond), Whole(plan.Partitions), Whole(instances),
                Whole(plan.Batch), Rate(batches), Busy(batches * row.BatchTime.TotalSeconds),
                Whole(plan.EventsPerSecond * row.Per1000(row.Signals) / 1000),
                Whole(plan.EventsPerSecond * row.Per1000(row.Reads) / 1000), Whole(actions),
                units <= Limits.MaxUnits ? Whole(units) : $"{Whole(units)}: too many",
                requests <= Limits.StorageRequests ? Whole(requests) : $"{Whole(requests)}: too many",
            };
        }));

    /// <summary>The most that a message or call of the backend takes, in the runs about latency.</summary>
    public static IReadOnlyList<TimeSpan> Latencies { get; } =
        [TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)];

    /// <summary>One deployment with backends of different speed.</summary>
    public static string Latency(IReadOnlyList<IngestFigures> rows) => Table(
        ["a message takes, ms", "a batch takes, s", "reads", "most events/s of an instance"],
        rows.Select((row, i) => new[]
        {
            Whole(Latencies[i].TotalMilliseconds / 2), Rate(row.BatchTime.TotalSeconds),
            Rate(row.Per1000(row.Reads)), Short(row.Batch / row.BatchTime.TotalSeconds),
        }));

    /// <summary>In a minute, by the part of the app.</summary>
    public static string Closing(ClosingFigures figures) => Table(
        ["part", "reads", "KB read", "signals", "KB sent", "starts", "activities", "actions", "storage requests"],
        figures.Parts.Select(part => new[]
        {
            part.Part, Whole(part.Reads), Whole(part.ReadBytes / 1000), Whole(part.Signals),
            Whole(part.SignalBytes / 1000), Whole(part.Starts), Whole(part.Activities),
            Whole(part.Actions), Whole(part.Requests),
        }).Append(
        [
            "all", Whole(figures.Parts.Sum(part => part.Reads)),
            Whole(figures.Parts.Sum(part => part.ReadBytes) / 1000), Whole(figures.Parts.Sum(part => part.Signals)),
            Whole(figures.Parts.Sum(part => part.SignalBytes) / 1000),
            Whole(figures.Parts.Sum(part => part.Starts)), Whole(figures.Parts.Sum(part => part.Activities)),
            Whole(figures.Parts.Sum(part => part.Actions)), Whole(figures.Parts.Sum(part => part.Requests)),
        ]));

    /// <summary>Requests a second while nothing comes.</summary>
    public static string Idle(IReadOnlyList<IdleFigures> runs) => Table(
        ["requests a second", .. runs.Select(run => $"{run.Case.Partitions} partitions, {run.Case.Queues} control queues, "
            + $"{run.Case.Instances} {(run.Case.Instances == 1 ? "instance" : "instances")}")],
        new (string Name, Func<IdleFigures, double> Figure)[]
        {
            ("looks into control queues", run => run.ControlQueues),
            ("looks into the work-item queue", run => run.WorkItemQueue), ("the table of partitions", run => run.PartitionTable),
            ("the app's lease", run => run.AppLease), ("the Functions host's own leases", _ => Polling.OfHost),
            ("close tick, reads", run => run.CloseReads), ("live, reads", run => run.LiveReads),
            ("rescue, reads", run => run.RescueReads), ("signals to idle partitions", run => run.SignalRequests), ("all", run => run.Requests),
        }.Select(row => (string[])[row.Name, .. runs.Select(run => Rate(row.Figure(run)))]));

    /// <summary>Looks that find nothing, a second, into the control queues of a hub and its work-item queue, by the messages that come.</summary>
    public static string Looks() => Table(
        ["messages a second", .. HubSizes.Select(queues => $"{queues} control queues")],
        MessageRates.Select(rate => (string[])[Whole(rate), .. HubSizes.Select(queues => Rate(queues * Polling.EmptyPerSecond(rate / queues)))]));

    private static readonly int[] HubSizes = [4, 8, 16];
    private static readonly double[] MessageRates = [0, 1, 5, 20, 100, 500];

    /// <summary>For one event.</summary>
    public static string Cpu(IEnumerable<CpuFigures> rows) => Table(
        ["batch", "partitions", "ingest ns", "x local engine", "bytes allocated", "JSON ns", "entities ns", "in all, events/s of a core"],
        rows.Select(row => new[]
        {
            Whole(row.Batch), Whole(row.Partitions), Whole(row.IngestNs), Rate(row.Ratio),
            Whole(row.IngestBytes), Whole(row.JsonNs), Whole(row.EntityNs),
            Short(1e9 / (row.IngestNs + row.JsonNs + row.EntityNs)),
        }));

    private static double Share(IngestFigures row) => row.Operations / (double)row.Events;

    private static string Table(string[] head, IEnumerable<string[]> rows)
    {
        StringBuilder text = new();
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").AppendJoin("", head.Select(_ => "---|")).Append('\n');
        foreach (string[] row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Whole(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double number) => number.ToString(number < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Busy(double share) =>
        share <= 1 ? share.ToString("0 %", CultureInfo.InvariantCulture) : $"{share.ToString("0 %", CultureInfo.InvariantCulture)}: too slow";

    /// <summary>Two digits that mean something: limits are not known better.</summary>
    private static string Short(double number)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(number)) - 1);
        return Whole(Math.Floor(number / unit) * unit);
    }
}
