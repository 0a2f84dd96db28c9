using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>
/// The process ends before and after every single operation on the lake; a reader sees every window once at that moment, and the next run
/// ends as if nothing had been.
/// </summary>
public sealed class LakeCrashTests : IDisposable
{
    private static readonly LakeOptions Options = new() { Grace = TimeSpan.Zero, MaxConcurrentWrites = 1 };

    // Each waits for the disk most of the time.
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = 8 };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_AtAnyOperation_LeavesEveryWindowOnceAndIsRepaired(bool after)
    {
        FaultyLake whole = new(LocalLake.Open(_folder.File("whole")));
        await RunAsync(whole);
        SortedDictionary<string, string> expected = TempFolder.Contents(_folder.File("whole"));
        Assert.Equal(10, expected.Count);
        Assert.InRange(whole.Operations, 50, 400);

        await Parallel.ForEachAsync(Enumerable.Range(0, whole.Operations), Parallelism, async (operation, _) =>
        {
            string root = _folder.File($"lake-{operation}");
            LocalLake lake = LocalLake.Open(root);
            FaultyLake faulty = new(lake);
            faulty.CrashAt(operation, after);
            await Assert.ThrowsAsync<CrashException>(() => RunAsync(faulty));

            // What was written before the crash is there, once and whole.
            List<WindowResult> seen = await ReadAllAsync(lake, "1min");
            Assert.Equal(seen.Count, seen.Select(result => result.StartMs).Distinct().Count());
            Assert.True(
                seen.All(result => result.Revision == 1 || result.StartMs == Start)
                && faulty.Changes.Count(change => change.StartsWith("write metrics_1min/", StringComparison.Ordinal)
                    && !change.Contains("hour-", StringComparison.Ordinal)) is var written
                && seen.Count >= Math.Min(written, Source().Select(result => result.StartMs).Distinct().Count()) - 1,
                $"operation {operation}: {seen.Count} windows after {string.Join(", ", faulty.Changes)}");

            await RunAsync(new FaultyLake(lake));

            Assert.Equal(expected, TempFolder.Contents(root));
            Directory.Delete(root, recursive: true);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_InCompaction_LosesNoWindowAtAnyMoment(bool after)
    {
        List<WindowResult> source = [.. HourOf(OneMinute, Start, count: 4)];
        FaultyLake counting = new(LocalLake.Open(_folder.File("count")));
        int before = await WriteAndCompactAsync(counting, source, crashAt: null, after);
        int operations = counting.Operations - before;

        await Parallel.ForEachAsync(Enumerable.Range(0, operations), Parallelism, async (operation, _) =>
        {
            LocalLake lake = LocalLake.Open(_folder.File($"lake-{operation}"));
            FaultyLake faulty = new(lake);
            await Assert.ThrowsAsync<CrashException>(() => WriteAndCompactAsync(faulty, source, operation, after));

            Assert.Equal(Texts(source), Texts(await ReadAllAsync(lake, "1min")));

            // The next process hears what is final again, and has nothing to write.
            LakeSink next = new(lake, Families, Options, TimeProvider.System);
            await next.MarkFinalAsync("1min", Start + Day, default);
            await next.MarkFinalAsync("1min", Start + Day + 1, default);
            Assert.Equal(["metrics_1min/date=2026-11-22/hour=06/hour-1795327200.parquet"], Paths(lake.Root, "metrics_1min"));
            Assert.Single(Paths(lake.Root, "metrics_1min_daily"));
            Assert.Equal(Texts(source), Texts(await ReadAllAsync(lake, "1min")));
        });
    }

    /// <summary>Minutes over an hour's end, a correction, and the end of the day.</summary>
    private static IEnumerable<WindowResult> Source() =>
        [.. HourOf(OneMinute, Start, count: 3), Result(OneMinute, Start, 2), Result(OneMinute, Start + Hour), Result(OneHour, Start)];

    private static async Task RunAsync(LakeFiles lake)
    {
        LakeSink sink = new(lake, Families, Options, TimeProvider.System);
        foreach (WindowResult result in Source())
        {
            await sink.WriteAsync([result], default);
            await sink.MarkFinalAsync("1min", result.StartMs, default);
        }

        await sink.MarkFinalAsync("1min", Start + Day, default);
        await sink.MarkFinalAsync("1hour", Start + Day, default);
        await sink.FinishAsync(default);
    }

    private static async Task<int> WriteAndCompactAsync(FaultyLake lake, IReadOnlyList<WindowResult> source, int? crashAt, bool after)
    {
        LakeSink sink = new(lake, Families, Options, TimeProvider.System);
        await sink.WriteAsync(source, default);
        int before = lake.Operations;
        if (crashAt is { } operation)
        {
            lake.CrashAt(operation, after);
        }

        await sink.MarkFinalAsync("1min", Start + Day, default);
        return before;
    }
}
