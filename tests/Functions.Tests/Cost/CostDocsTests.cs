using System.Globalization;
using Tidemark.Benchmarks.Cost;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Functions.Tests.Proof;

namespace Tidemark.Functions.Tests.Cost;

/// <summary>
/// docs/COST.md says what a run gives: signals, operations, reads and bytes are the same on every machine. CPU is not, and is not checked.
/// </summary>
public sealed class CostDocsTests
{
    private static readonly string Page = RepositoryFiles.Text(CostPage.Path);

    // The largest batches take most of the time and no other path: they are for `make fuzz`.
    [Fact]
    public void Ingest_EveryBatchSize_CostsWhatThePageSays()
    {
        int maxBatch = Seeds.Factor > 1 ? int.MaxValue : 10_000;
        foreach ((string name, string table) in CostBenchmark.Ingest(maxBatch))
        {
            string[] lines = [.. CostPage.Find(Page, name).Split('\n').Where(line => BatchOf(line, name) is not { } batch || batch <= maxBatch)];
            Assert.True(lines.SequenceEqual(table.Split('\n')), Differs(name, table));
        }

        static int? BatchOf(string line, string name)
        {
            string? cell = line.Split('|', StringSplitOptions.TrimEntries).ElementAtOrDefault(name == "deployments" ? 4 : 1);
            return int.TryParse(cell, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out int batch) ? batch : null;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Closing_SmallTopic_CostsWhatThePageSays(int run)
    {
        (string name, int partitions, int eventsPerSecond, double latePercent) = CostBenchmark.Closings[run];
        RequireOnPage(name, CostTables.Closing(ClosingCost.Run(partitions, eventsPerSecond, latePercent)));
    }

    [Fact]
    public void Idle_ThreeDeployments_CostWhatThePageSays() => Assert.All(CostBenchmark.Idle(), table => RequireOnPage(table.Name, table.Table));

    [Fact]
    public void Idle_SmallDeployment_StaysUnderTwelveRequestsASecond()
    {
        IdleFigures small = IdleCost.Run(new IdleCase(6, Polling.ControlQueues, 1));
        Assert.True(small.Requests < 12, $"{small.Requests:0.0} a second: {small}");
    }

    /// <summary>
    /// As it was measured on a Functions host: 16 control queues, 6 partitions, the state and every cursor read by two timers each second
    /// and by one every ten.
    /// </summary>
    [Fact]
    public void Idle_ArithmeticOfWhatWasMeasured_ComesToThirtyFour()
    {
        IdleFigures measured = new(new IdleCase(6, 16, 1), CloseReads: 7, LiveReads: 7, RescueReads: 0.7, Signals: 7 / 60.0);
        Assert.InRange(measured.Requests, 33.5, 35);
    }

    private static void RequireOnPage(string name, string table) => Assert.True(CostPage.Find(Page, name) == table, Differs(name, table));

    private static string Differs(string name, string table) =>
        $"The table '{name}' of {CostPage.Path} is not what a run gives; "
            + $"`make bench ARGS=\"cost ingest closing idle update\"` writes it anew:\n{table}";
}
