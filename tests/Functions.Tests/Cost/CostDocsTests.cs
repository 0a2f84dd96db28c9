using Tidemark.Benchmarks.Cost;
using Tidemark.Functions.Tests.Hosting;

namespace Tidemark.Functions.Tests.Cost;

/// <summary>docs/COST.md says what a run gives: signals, operations, reads and bytes are the same on every machine. CPU is not, and is not checked.</summary>
public sealed class CostDocsTests
{
    private static readonly string Page = RepositoryFiles.Text(CostPage.Path);

    [Fact]
    public void Ingest_EveryBatchSize_CostsWhatThePageSays() => Assert.All(CostBenchmark.Ingest(), table => RequireOnPage(table.Name, table.Table));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Closing_SmallTopic_CostsWhatThePageSays(int run)
    {
        (string name, int partitions, int eventsPerSecond, double latePercent) = CostBenchmark.Closings[run];
        RequireOnPage(name, CostTables.Closing(ClosingCost.Run(partitions, eventsPerSecond, latePercent)));
    }

    private static void RequireOnPage(string name, string table) => Assert.True(
        CostPage.Find(Page, name) == table,
        $"The table '{name}' of {CostPage.Path} is not what a run gives; `make bench ARGS=\"cost ingest closing update\"` writes it anew:\n{table}");
}
