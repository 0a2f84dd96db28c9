using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

public sealed class LakeConcurrencyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => _folder.File("lake");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reader_WhileHoursAreCompactedAndFilesGo_SeesEachWindowExactlyOnce()
    {
        const int hours = 8;
        LocalLake lake = LocalLake.Open(Root);
        LakeSink sink = new(lake, Families, new LakeOptions { Grace = TimeSpan.FromMilliseconds(30) });
        List<WindowResult> all = [.. Enumerable.Range(0, hours).SelectMany(hour => HourOf(OneMinute, Start + (hour * Hour), count: 12))];
        await sink.WriteAsync(all, default);
        List<string> expected = Texts(all);

        int reads = 0;
        using CancellationTokenSource over = new();
        Task compaction = Task.Run(async () =>
        {
            for (int hour = 1; hour <= hours; hour++)
            {
                await sink.MarkFinalAsync("1min", Start + (hour * Hour), default);
                await Task.Delay(30);
                while (Volatile.Read(ref reads) < hour)
                {
                    await Task.Delay(5, over.Token);
                }
            }

            await sink.FinishAsync(default);
        });
        try
        {
            do
            {
                Assert.Equal(expected, Texts(await ReadAllAsync(lake, "1min")));
                Interlocked.Increment(ref reads);
            }
            while (!compaction.IsCompleted);
        }
        finally
        {
            await over.CancelAsync();
        }

        await compaction;
        Assert.Equal(hours, Paths(Root, "metrics_1min").Count);
    }

    /// <summary>
    /// DuckDB reads between any two changes: between the appearance of an hour's file and the deletions, and between any two of these.
    /// </summary>
    [Fact]
    public async Task DocumentedQuery_BetweenAnyTwoChanges_SeesEachWindowExactlyOnce()
    {
        List<WindowResult> all = HourOf(OneMinute, Start, count: 4);
        List<string> states = [];
        FaultyLake lake = new(LocalLake.Open(Root))
        {
            Before = (name, path) =>
            {
                if (name is "write" or "delete" && states.Count > 0)
                {
                    Copy(states);
                }
            },
        };
        LakeSink sink = new(lake, Families, new LakeOptions { Grace = TimeSpan.Zero });
        await sink.WriteAsync(all, default);
        Copy(states);
        await sink.MarkFinalAsync("1min", Start + Day, default);
        Copy(states);

        DuckDbResult seen = await DuckDb.QueryAsync(string.Join(" UNION ALL ", states.Select(state => $"""
            SELECT count(*) AS rows, count(DISTINCT window_start) AS windows, sum(total_events)::BIGINT AS events
            FROM {Deduplicated(state, "metrics_1min")}
            UNION ALL SELECT 4, count(DISTINCT (window_start, dimension, value)), sum(CASE WHEN dimension = 'device' THEN events END)::BIGINT
            FROM (SELECT * FROM read_parquet({DuckDb.Quote(state + "/metrics_breakdown/**/*.parquet")})
                QUALIFY rank() OVER (PARTITION BY family, window_start, window_end ORDER BY revision DESC) = 1
                AND row_number() OVER (PARTITION BY family, window_start, window_end, dimension, value ORDER BY revision DESC) = 1)
            """)));

        Assert.True(states.Count > 10);
        Assert.All(seen.Rows.Where((_, i) => i % 2 == 0), row => Assert.Equal("""{"rows":4,"windows":4,"events":400}""", row.ToJsonString()));
        Assert.All(seen.Rows.Where((_, i) => i % 2 == 1), row => Assert.Equal("""{"rows":4,"windows":44,"events":400}""", row.ToJsonString()));
    }

    [Fact]
    public async Task TwoProcesses_WithDifferentRevisions_EndWithTheHigherWhateverTheOrder()
    {
        for (int round = 0; round < 10; round++)
        {
            string root = _folder.File($"lake-{round}");
            LakeSink[] sinks = [.. Enumerable.Range(0, 4).Select(_ => new LakeSink(LocalLake.Open(root), Families))];

            await Task.WhenAll(sinks.Select((sink, i) => Task.Run(async () =>
            {
                await sink.WriteAsync([Result(OneMinute, Start, 1 + i)], default);
                await sink.MarkFinalAsync("1min", Start + Day, default);
            })));
            LakeSink last = new(LocalLake.Open(root), Families);
            await last.WriteAsync([Result(OneMinute, Start, 4)], default);

            Assert.Equal([Json(Result(OneMinute, Start, 4))], (await ReadAllAsync(LocalLake.Open(root), "1min")).Select(Json));
        }
    }

    private void Copy(List<string> states)
    {
        string copy = _folder.File($"state-{states.Count}");
        foreach (string file in TempFolder.Files(Root).Where(file => !Path.GetFileName(file).StartsWith('_')))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        states.Add(copy);
    }
}
