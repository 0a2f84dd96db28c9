using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.Torture;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>
/// Goal: a disk that is full, a directory that cannot be written, a Redis that has lost everything end in a clear message, and the same
/// command goes on from there when that is mended. Method: real processes and real failures; the content compared with that of an
/// undisturbed run.
/// </summary>
public sealed class OutageTests : IDisposable
{
    private const string Now = "2026-12-01T00:00:00Z";

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A limit on the size of files stands in for a full disk.
    [Fact]
    public async Task Run_DiskFullWhileTheStateIsSaved_FailsAndGoesOnWhereItWas()
    {
        string events = Events(6000);
        await File.WriteAllTextAsync(_folder.File("events"), events);
        string run = $"$T run --source events --lake lake --dead-letters dead --now {Now}";
        using TidemarkProcess full =
            TidemarkProcess.StartShell(_folder.Path, $"trap '' XFSZ; ulimit -f 100; exec env DOTNET_EnableWriteXorExecute=0 {run}");
        Assert.Equal(1, await full.ExitAsync());
        Assert.Matches("tidemark: cannot save the state in [^\n]*/lake/_state: File too large. "
            + "What was saved before is still there: run the same command again when that is mended.\n\\z", full.Error);

        using TidemarkProcess again = TidemarkProcess.StartShell(_folder.Path, run);
        Assert.Equal(0, await again.ExitAsync());
        await RequireAsUndisturbedAsync(events);
    }

    [Fact]
    public async Task Run_StateThatCannotBeWritten_IsRefusedWithTheWayOut()
    {
        File.WriteAllText(_folder.File("events"), Events(10));
        File.WriteAllText(_folder.File("file"), "");
        using TidemarkProcess run =
            await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "events", "--lake", "lake", "--state", "file/state");

        Assert.Equal(1, await run.ExitAsync());
        Assert.Matches("\\Atidemark: cannot keep the state in [^\n]*/file/state: [^\n]+. "
            + "Choose a directory that can be written with --state DIR, or --state off to remember nothing\n\\z", run.Error);
    }

    [Fact]
    public async Task Run_DeadLettersFull_FailsWithoutForgettingWhatTheySay()
    {
        File.WriteAllText(_folder.File("events"), Events(3000));
        using TidemarkProcess full = await TidemarkProcess.RunAsync(
            _folder.Path, "run", "--source", "events", "--lake", "lake", "--dead-letters", "/dev/full", "--now", Now);
        Assert.Equal(1, await full.ExitAsync());
        Assert.EndsWith("tidemark: cannot write dead letters to /dev/full: No space left on device\n", full.Error, StringComparison.Ordinal);

        using TidemarkProcess again = await TidemarkProcess.RunAsync(
            _folder.Path, "run", "--source", "events", "--lake", "lake", "--dead-letters", "dead", "--now", Now);
        Assert.Equal(0, await again.ExitAsync());
        await RequireAsUndisturbedAsync(Events(3000));
    }

    // The files of minutes are a little larger than the limit, the few events of the state are not.
    [Fact]
    public async Task Run_DiskFullWhileALakeFileIsWritten_FailsAndGoesOnWhereItWas()
    {
        await File.WriteAllTextAsync(_folder.File("events"), Events(30));
        string run = $"$T run --source events --lake lake --dead-letters dead --now {Now}";
        using TidemarkProcess full =
            TidemarkProcess.StartShell(_folder.Path, $"trap '' XFSZ; ulimit -f 6; exec env DOTNET_EnableWriteXorExecute=0 {run}");
        Assert.Equal(1, await full.ExitAsync());
        Assert.Matches("\\Atidemark: cannot write [^\n]*/lake/metrics_[^\n]*.parquet: File too large\n\\z", full.Error);

        using TidemarkProcess again = TidemarkProcess.StartShell(_folder.Path, run);
        Assert.Equal(0, await again.ExitAsync());
        await RequireAsUndisturbedAsync(Events(30));
    }

    // Where nobody can make files, not even root.
    [Fact]
    public async Task Run_DirectoryOfTheLakeThatCannotBeWritten_FailsAndGoesOnWhereItWas()
    {
        await File.WriteAllTextAsync(_folder.File("events"), Events(3000));
        Directory.CreateDirectory(_folder.File("lake/metrics_1min"));
        string day = _folder.File("lake/metrics_1min/date=2026-11-22");
        File.CreateSymbolicLink(day, "/sys/kernel");
        string[] run = ["run", "--source", "events", "--lake", "lake", "--dead-letters", "dead", "--now", Now];
        using TidemarkProcess closed = await TidemarkProcess.RunAsync(_folder.Path, run);
        Assert.Equal(1, await closed.ExitAsync());
        Assert.Matches("\\Atidemark: cannot write [^\n]*/lake/metrics_1min/date=2026-11-22/[^\n]*.parquet: "
            + "(Permission denied|Operation not permitted|Read-only file system)\n\\z", closed.Error);

        File.Delete(day);
        using TidemarkProcess again = await TidemarkProcess.RunAsync(_folder.Path, run);
        Assert.Equal(0, await again.ExitAsync());
        await RequireAsUndisturbedAsync(Events(3000));
    }

    // The retention goes by the clock, so the events are of now.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_RedisWasEmptied_HasAllOfTheRetentionAgain(bool stopsCleanly)
    {
        using RedisServer redis = RedisServer.Start();
        DateTimeOffset halfAnHourAgo = TimeProvider.System.GetUtcNow().AddMinutes(-30);
        File.WriteAllText(_folder.File("access.log"), StateRuns.Lines(halfAnHourAgo, 140, 10));
        string[] run = ["run", "--source", "access.log", "--lake", "lake", "--redis", redis.Endpoint];
        using (TidemarkProcess first = TidemarkProcess.Start(_folder.Path, [.. run, "--follow"]))
        {
            await first.UntilAsync(() => TortureRun.SavedLines(_folder) == 140 && Directory.Exists(_folder.File("lake/metrics_5min")));
            if (stopsCleanly)
            {
                await first.SignalAsync("TERM");
                Assert.Equal(0, await first.ExitAsync());
            }
            else
            {
                first.Kill();
                await first.EndAsync();
            }
        }

        await FlushAsync(redis);
        File.AppendAllText(_folder.File("access.log"), StateRuns.Lines(halfAnHourAgo.AddSeconds(1400), 30, 10));
        using TidemarkProcess second = await TidemarkProcess.RunAsync(_folder.Path, run);
        Assert.Equal(0, await second.ExitAsync());

        IReadOnlyDictionary<string, string> lake = await StateRuns.ContentsAsync(_folder.File("lake"));
        IReadOnlyDictionary<string, string> published = await TortureOutcome.ContentsAsync(redis);
        Assert.Equal(lake.Values.Order(StringComparer.Ordinal), published.Values.Order(StringComparer.Ordinal));
    }

    private static async Task FlushAsync(RedisServer redis)
    {
        using System.Net.Sockets.TcpClient client = new("127.0.0.1", redis.Port);
        await client.GetStream().WriteAsync("FLUSHALL\r\n"u8.ToArray());
        Assert.Equal((byte)'+', client.GetStream().ReadByte());
    }

    private async Task RequireAsUndisturbedAsync(string events)
    {
        await File.WriteAllTextAsync(_folder.File("undisturbed"), events);
        using TidemarkProcess process = await TidemarkProcess.RunAsync(
            _folder.Path, "run", "--source", "undisturbed", "--lake", "expected", "--dead-letters", "expected.dead", "--now", Now);
        Assert.Equal(0, await process.ExitAsync());

        StateRuns.RequireSame(await StateRuns.ContentsAsync(_folder.File("expected")), await StateRuns.ContentsAsync(_folder.File("lake")));
        Assert.Equal(TortureOutcome.Read(_folder.File("expected.dead")), TortureOutcome.Read(_folder.File("dead")));
    }

    private static string Events(int count) => StateRuns.Mixed(count, Start);
}
