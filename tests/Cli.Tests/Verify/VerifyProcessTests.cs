using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Verify;

/// <summary>The command as people type it.</summary>
public sealed class VerifyProcessTests : IDisposable
{
    private static readonly DateTimeOffset Evening = new(2026, 11, 20, 23, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Yesterday's and today's file, one after the other into one lake, then yesterday's again.
    [Fact]
    public async Task Verify_DailyFilesInOneLake_AreEqual()
    {
        File.WriteAllText(_folder.File("day20.ndjson"), StateRuns.Lines(Evening, 360, 10));
        File.WriteAllText(_folder.File("day21.ndjson"), StateRuns.Lines(Evening.AddHours(1), 360, 10));
        foreach (string day in new[] { "day20.ndjson", "day21.ndjson", "day20.ndjson" })
        {
            using TidemarkProcess run = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", day, "--lake", "lake");
            Assert.Equal(0, await run.ExitAsync());
        }

        using TidemarkProcess verify =
            await TidemarkProcess.RunAsync(_folder.Path, "verify", "--source", "day20.ndjson", "day21.ndjson", "--lake", "lake");
        Assert.Equal(0, await verify.ExitAsync());
        Assert.StartsWith("equal: 246 windows in ", verify.Output, StringComparison.Ordinal);
        using TidemarkProcess json = await TidemarkProcess.RunAsync(
            _folder.Path, "verify", "--source", "day2*.ndjson", "--lake", "lake", "--json", "--from", "2026-11-21");
        Assert.Equal(0, await json.ExitAsync());
        Assert.Contains("\"whole\": true", json.Output, StringComparison.Ordinal);
    }

    // The second begins with a straggler of the hour before.
    [Fact]
    public async Task Verify_HourlyFilesInOneLake_AddUp()
    {
        File.WriteAllText(_folder.File("c.json"), """{"windows":[{"name":"m","size":"1min"},{"name":"h","size":"1h"}]}""");
        File.WriteAllText(_folder.File("a.ndjson"), StateRuns.Lines(Evening, 11, 300));
        File.WriteAllText(_folder.File("b.ndjson"), StateRuns.Lines(Evening.AddMinutes(57), 1, 1) + StateRuns.Lines(Evening.AddMinutes(60), 3, 300));
        foreach (string hour in new[] { "a.ndjson", "b.ndjson" })
        {
            using TidemarkProcess run = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", hour, "--config", "c.json", "--lake", "lake");
            Assert.Equal(0, await run.ExitAsync());
        }

        using TidemarkProcess hours = await TidemarkProcess.RunAsync(_folder.Path, "query", "--lake", "lake", "--window", "h", "--format", "csv");
        Assert.Equal(["12", "3"], hours.Output.Split("\r\n").Skip(1).SkipLast(1).Select(line => line.Split(',')[3]));
        using TidemarkProcess verify = await TidemarkProcess.RunAsync(_folder.Path, "verify", "--source", "a.ndjson", "b.ndjson", "--lake", "lake");
        Assert.Equal(0, await verify.ExitAsync());
        Assert.StartsWith("equal: 17 windows in ", verify.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WrongUsage_SaysAllOfIt()
    {
        using TidemarkProcess verify =
            await TidemarkProcess.RunAsync(_folder.Path, "verify", "--redis", "nowhere", "--from", "soon", "--now", "then");

        Assert.Equal(2, await verify.ExitAsync());
        foreach (string mistake in new[] { "--source: expected PATH|DIR|GLOB|-|kafka://HOST:PORT/TOPIC, got nothing",
            "--lake: expected DIR, got nothing", "--redis: expected host:port", "--from: expected a time", "--now: expected a time" })
        {
            Assert.Contains($"tidemark: {mistake}", verify.Error, StringComparison.Ordinal);
        }
    }
}
