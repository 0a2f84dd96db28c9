using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Goal: what a configuration adds is in the lake, and files that were written under different configurations are one table.</summary>
public sealed class AddedColumnsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => _folder.File("lake");

    private string Files => DuckDb.Quote(Root + "/metrics_1min/**/*.parquet");

    public void Dispose() => _folder.Dispose();

    /// <summary>The same windows whether each has its own file or, after compaction, all are in one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_WindowsUnderDifferentConfigurations_EachHasItsOwnColumns(bool compact)
    {
        LakeSink sink = await WriteAllAsync(compact);
        List<WindowResult> read = await ReadAllAsync(LocalLake.Open(Root), "1min");

        Assert.Equal(compact ? 2 : 0, sink.Compaction.Hours); // of windows and of breakdowns
        Assert.Equal(Windows.Length, read.Count);
        Assert.All(Windows.Zip(read), pair => ResultJsonTests.AssertSame(pair.First, pair.Second));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DuckDb_WindowsUnderDifferentConfigurations_AreOneTableByName(bool compact)
    {
        await WriteAllAsync(compact);
        string table = $"read_parquet({Files}, hive_partitioning = false, union_by_name = true)";

        IReadOnlyDictionary<string, string> types = await DuckDb.TypesAsync($"SELECT * FROM {table}");
        DuckDbResult rows = await DuckDb.QueryAsync($"""
            SELECT signups, variant, variant['B'] AS b, variant_max_error AS error, host IS NULL AS no_host, revenue,
                revenue_by_currency['EUR'] AS eur, revenue_by_currency IS NULL AS no_currency FROM {table} ORDER BY window_start
            """);

        Assert.Equal(
            ("BIGINT", "MAP(VARCHAR, BIGINT)", "BIGINT", "MAP(VARCHAR, DECIMAL(18,4))", "DECIMAL(18,4)"),
            (types["signups"], types["variant"], types["variant_max_error"], types["revenue_by_currency"], types["revenue"]));
        Assert.Equal(["null", "12", "13", "null", "null"], Enumerable.Range(0, 5).Select(row => rows[row, "signups"]));
        Assert.Equal(["null", "3", "null", "null", "null"], Enumerable.Range(0, 5).Select(row => rows[row, "b"]));
        Assert.Equal(["null", "{\"B\":3,\"A\":1}", "{}", "null", "null"], Enumerable.Range(0, 5).Select(row => rows[row, "variant"]));
        Assert.Equal(["null", "2", "0", "null", "null"], Enumerable.Range(0, 5).Select(row => rows[row, "error"]));
        Assert.Equal(["true", "true", "true", "false", "true"], Enumerable.Range(0, 5).Select(row => rows[row, "no_host"]));
        Assert.Equal(["true", "true", "true", "false", "false"], Enumerable.Range(0, 5).Select(row => rows[row, "no_currency"]));
        Assert.Equal(["12.5000", "null"], [rows[3, "eur"], rows[4, "eur"]]);
        Assert.Equal(["null", "0.0000"], [rows[3, "revenue"], rows[4, "revenue"]]);
    }

    [Fact]
    public async Task Read_ExtremeValuesAndAnyText_AreReadBack()
    {
        await new LakeSink(LocalLake.Open(Root), Families).WriteAsync([ResultSamples.ExtremeAdded], default);

        ResultJsonTests.AssertSame(ResultSamples.ExtremeAdded, Assert.Single(await ReadAllAsync(LocalLake.Open(Root), "1min")));
    }

    [Fact]
    public async Task Breakdown_AddedOne_IsADimensionOfItsOwn()
    {
        await WriteAllAsync(compact: true);

        DuckDbResult rows = await DuckDb.QueryAsync($"""
            SELECT dimension, value, events FROM read_parquet({DuckDb.Quote(Root + "/metrics_breakdown/**/*.parquet")}, hive_partitioning = false)
            WHERE dimension IN ('variant', 'host') ORDER BY dimension, events DESC
            """);

        Assert.Equal(
            ["host a.example 5", "variant B 3", "variant A 1"],
            rows.Rows.Select(row => $"{row["dimension"]} {row["value"]} {row["events"]}"));
    }

    [Fact]
    public async Task Write_SameRevisionUnderAnotherConfiguration_IsNoOtherResult()
    {
        LocalLake lake = LocalLake.Open(Root);
        await new LakeSink(lake, Families).WriteAsync([Windows[1]], default);

        LakeSink sink = new(lake, Families);
        await sink.WriteAsync([Windows[1] with { Counters = [new("other", 7)] }], default);
        SinkException error = await Assert.ThrowsAsync<SinkException>(
            () => new LakeSink(lake, Families).WriteAsync([Windows[1] with { Counters = [new("signups", 99)] }], default));

        Assert.Equal(1, sink.Unchanged);
        Assert.Contains("holds another result", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Minutes before anything was added; under one configuration twice; under another; and of one currency.</summary>
    private static WindowResult[] Windows =>
    [
        Result(OneMinute, Start),
        Result(OneMinute, Start + Minute) with
        {
            Counters = [new("signups", 12)], Breakdowns = [new("variant", new Breakdown([new("B", 3), new("A", 1)], 2))],
        },
        Result(OneMinute, Start + (2 * Minute)) with { Counters = [new("signups", 13)], Breakdowns = [new("variant", Breakdown.Empty)] },
        Result(OneMinute, Start + (3 * Minute)) with
        {
            Breakdowns = [new("host", new Breakdown([new KeyCount("a.example", 5)], 0))],
            Revenue = null,
            RevenueByCurrency = [new("EUR", 12.5m), new("USD", -3m)],
        },
        Result(OneMinute, Start + (4 * Minute)) with { Revenue = 0, RevenueByCurrency = [] },
    ];

    private async Task<LakeSink> WriteAllAsync(bool compact)
    {
        LakeSink sink = new(LocalLake.Open(Root), Families);
        await sink.WriteAsync(Windows, default);
        if (compact)
        {
            await sink.MarkFinalAsync("1min", Start + Hour, default);
            await sink.FinishAsync(default);
        }

        return sink;
    }
}
