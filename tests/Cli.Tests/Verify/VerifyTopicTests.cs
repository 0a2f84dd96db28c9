using Tidemark.Cli.Tests.Kafka;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Tests.Verify;

/// <summary>A topic is recounted up to where it was counted, and compared: real processes, and librdkafka's mock cluster.</summary>
public sealed class VerifyTopicTests
{
    private const int Events = 6000;
    private const int Windows = 45; // that close before the last event

    // 25 minutes of events; what lies in the last five can still be corrected.
    [Fact]
    public async Task Verify_TopicThatGoesOn_JudgesWhatIsFinal()
    {
        using TopicRuns runs = new("events:3");
        await runs.GenerateAsync("events", Events, rate: 4);
        using (TidemarkProcess run = TidemarkProcess.Start(runs.Folder, "run", "--source", runs.Source("events", "group=g"), "--lake", "lake"))
        {
            await TopicRuns.UntilAsync(() => runs.Saved("lake") == Events && StateRuns.ContentsAsync(runs.File("lake")).Result.Count >= Windows, run);
            await run.SignalAsync("TERM");
            Assert.Equal(0, await run.ExitAsync());
        }

        // Not counted yet, and so not recounted.
        runs.Produce("events", 0, DateTimeOffset.Parse(TopicRuns.Start, System.Globalization.CultureInfo.InvariantCulture).AddHours(2), 5);
        string[] verify = ["verify", "--source", runs.Source("events", "group=g"), "--lake", "lake"];
        using TidemarkProcess equal = await TidemarkProcess.RunAsync(runs.Folder, verify);
        Assert.Equal("", equal.Error);
        Assert.True(await equal.ExitAsync() == 0, equal.Output);
        Assert.Matches("\\Aequal: [0-9]+ windows in [^ ]*lake \\([^)]+\\) as recounted from 6,000 records", equal.Output);

        await TamperAsync(runs.File("lake"));
        using TidemarkProcess different = await TidemarkProcess.RunAsync(runs.Folder, verify);
        Assert.Equal(1, await different.ExitAsync());
        Assert.StartsWith("different: 1 of ", different.Output, StringComparison.Ordinal);
        Assert.Contains("\n1min    2026-11-22 06:05:00  2026-11-22 06:06:00  clicks", different.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_TopicAndAFile_IsWrongUsage()
    {
        using TopicRuns runs = new("events:1");
        using TidemarkProcess verify =
            await TidemarkProcess.RunAsync(runs.Folder, "verify", "--source", runs.Source("events"), "more", "--lake", "lake");

        Assert.Equal(2, await verify.ExitAsync());
        Assert.Contains("--source: expected one topic and nothing else, got 2 sources", verify.Error, StringComparison.Ordinal);
    }

    private static async Task TamperAsync(string lake)
    {
        long startMs = TimeText.TryParse("2026-11-22T06:05:00Z", out DateTimeOffset start) ? start.ToUnixTimeMilliseconds() : 0;
        LakeSink sink = new(LocalLake.Open(lake), new EngineOptions().Windows);
        await foreach (WindowResult result in new LakeReader(LocalLake.OpenToRead(lake))
            .ReadAsync("1min", new Interval(startMs, startMs + 1), default))
        {
            await sink.WriteAsync([result with { Clicks = result.Clicks + 1, Revision = result.Revision + 1 }], default);
        }
    }
}
