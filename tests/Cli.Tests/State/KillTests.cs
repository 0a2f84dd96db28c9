using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.Torture;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>
/// Goal: a process that is killed at any moment and started again leads to the lake, the Redis and the dead letters of one that was never
/// disturbed. Method: real processes, kill -9 at random moments, and the whole content compared.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const string Now = "2026-12-01T00:00:00Z";

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    // On one that is busy with other tests a process may be given no processor for so long.
    private static readonly TimeSpan LoadedMachine = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly Random _random = new(Environment.ProcessId);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FileKilledAtRandomMoments_EndsAsUndisturbed()
    {
        string events = Events(6000);
        await File.WriteAllTextAsync(_folder.File("events"), events);
        using RedisServer redis = RedisServer.Start();
        string[] run = ["run", "--source", "events", "--lake", "lake", "--redis", redis.Endpoint, "--dead-letters", "dead", "--now", Now];
        for (int kill = 0; kill < 4; kill++)
        {
            using TidemarkProcess process = TidemarkProcess.Start(_folder.Path, run);
            long bytes = StateBytes() + _random.Next(200_000);
            await UntilAsync(() => process.HasExited || StateBytes() > bytes);
            await KillAsync(process);
        }

        using TidemarkProcess last = await TidemarkProcess.RunAsync(_folder.Path, run);
        Assert.Equal(0, await last.ExitAsync());
        await RequireAsUndisturbedAsync(events, redis);
    }

    // Whoever feeds the pipe goes on at the line that tidemark state tells.
    [Fact]
    public async Task Run_PipeKilledAtRandomMoments_EndsAsUndisturbedWhenItsFeederGoesOn()
    {
        string events = Events(6000);
        string[] lines = events.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using RedisServer redis = RedisServer.Start();
        string[] run = ["run", "--source", "-", "--lake", "lake", "--redis", redis.Endpoint, "--dead-letters", "dead", "--now", Now];
        int fed = 0;
        for (int kill = 0; kill < 3; kill++)
        {
            using TidemarkProcess process = TidemarkProcess.Start(_folder.Path, run);
            int until = fed + _random.Next(500, 1900);
            await FeedAsync(process, lines, fed, until);
            int least = _random.Next(fed, until);
            await UntilAsync(() => SavedLines() >= least);
            await KillAsync(process);
            fed = SavedLines();
        }

        using TidemarkProcess last = TidemarkProcess.Start(_folder.Path, run);
        await FeedAsync(last, lines, fed, lines.Length);
        last.Input.Close();
        Assert.Equal(0, await last.ExitAsync());
        await RequireAsUndisturbedAsync(events, redis);
    }

    [Fact]
    public async Task Run_FollowedAndRotatedFileKilledAtRandomMoments_EndsAsUndisturbed()
    {
        string events = Events(6000);
        string[] lines = events.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string log = _folder.File("access.log");
        using RedisServer redis = RedisServer.Start();
        string[] run =
            ["run", "--source", "access.log", "--follow", "--lake", "lake", "--redis", redis.Endpoint, "--dead-letters", "dead", "--now", Now];
        int written = 0;
        for (int kill = 0; kill < 3; kill++)
        {
            using TidemarkProcess process = TidemarkProcess.Start(_folder.Path, run);
            for (int part = 0; part < 4; part++)
            {
                int end = written + _random.Next(100, 500);
                File.AppendAllText(log, string.Concat(lines[written..end].Select(line => line + "\n")));
                written = end;

                // A first start reads what lies at the path, and nothing that was renamed before.
                await UntilAsync(() => SavedLines() > 0);
                if (_random.Next(3) == 0)
                {
                    Rotate(log);
                }
            }

            int least = _random.Next(1, written);
            await UntilAsync(() => SavedLines() >= least);
            await KillAsync(process);
            Rotate(log);
        }

        using TidemarkProcess last = TidemarkProcess.Start(_folder.Path, run);
        File.AppendAllText(log, string.Concat(lines[written..].Select(line => line + "\n")));
        await UntilAsync(() => SavedLines() >= lines.Length);
        await last.SignalAsync("TERM");
        Assert.Equal(0, await last.ExitAsync());

        // What is still open closes with the end of a source.
        using TidemarkProcess closing = await TidemarkProcess.RunAsync(_folder.Path, [.. run.Where(argument => argument != "--follow")]);
        Assert.Equal(0, await closing.ExitAsync());
        await RequireAsUndisturbedAsync(events, redis);
    }

    [Fact]
    public async Task Run_ActiveKilled_TheStandbyGoesOnWithinFiveSeconds()
    {
        string[] run = ["run", "--source", "access.log", "--follow", "--lake", "lake", "--now", Now];
        string events = Events(600);
        File.WriteAllText(_folder.File("access.log"), events);
        using TidemarkProcess active = TidemarkProcess.Start(_folder.Path, run);
        await UntilAsync(() => SavedLines() >= 600);
        using TidemarkProcess standby = TidemarkProcess.Start(_folder.Path, run);
        await UntilAsync(() => standby.Error.Contains($"another process (pid {active.Id}) counts with the state in ", StringComparison.Ordinal));
        File.AppendAllText(_folder.File("access.log"), Events(300, Start.AddHours(2)));
        await UntilAsync(() => SavedLines() >= 900);

        await KillAsync(active);
        long killed = Stopwatch.GetTimestamp();
        File.AppendAllText(_folder.File("access.log"), Events(100, Start.AddHours(3)));
        await UntilAsync(() => SavedLines() >= 1000);

        Assert.InRange(Stopwatch.GetElapsedTime(killed), TimeSpan.Zero, TimeSpan.FromSeconds(5) + LoadedMachine);
        await standby.SignalAsync("TERM");
        Assert.Equal(0, await standby.ExitAsync());
        Assert.Contains("with before   1,000 read = ", standby.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LakeOfAnotherWriterWithItsOwnState_IsRefusedWithTheProcessAndTheWayOut()
    {
        File.WriteAllText(_folder.File("access.log"), Events(100));
        using TidemarkProcess writer =
            TidemarkProcess.Start(_folder.Path, "run", "--source", "access.log", "--follow", "--lake", "lake", "--state", "elsewhere");
        await UntilAsync(() => File.Exists(_folder.File("lake/_state/lock")));

        using TidemarkProcess second = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "access.log", "--lake", "lake");
        Assert.Equal(1, await second.ExitAsync());
        using TidemarkProcess off = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "access.log", "--lake", "lake", "--state", "off");
        Assert.Equal(1, await off.ExitAsync());

        string elsewhere = Path.GetFullPath(_folder.File("elsewhere"));
        string expected = $"tidemark: another process (pid {writer.Id}) writes to {_folder.File("lake")}, "
            + $"with the state in {elsewhere}: a lake has one writer at a time. "
            + $"Wait until it has ended; or write to another --lake; or stand by for it with --state {elsewhere}\n";
        Assert.Equal(expected, second.Error);
        Assert.Equal(expected, off.Error);
    }

    [Fact]
    public async Task Run_DeadLettersThroughALink_IsRefused()
    {
        File.WriteAllText(_folder.File("events"), "rubbish\n");
        File.WriteAllText(_folder.File("precious"), "before");
        File.CreateSymbolicLink(_folder.File("dead"), "precious");
        using TidemarkProcess run = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "events", "--dead-letters", "dead", "--json");

        Assert.Equal(1, await run.ExitAsync());
        Assert.Equal("tidemark: cannot write dead letters to dead: it is a symbolic link to precious; give the file itself\n", run.Error);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder.File("precious")));
    }

    [Fact]
    public async Task State_WhatIsRemembered_IsShownToPeopleAndPrograms()
    {
        File.WriteAllText(_folder.File("events"), Events(100));
        using TidemarkProcess none = await TidemarkProcess.RunAsync(_folder.Path, "state", "--lake", "lake");
        Assert.Equal(1, await none.ExitAsync());
        Assert.Equal($"tidemark: there is no state in {_folder.File("lake")}/_state: nothing was counted with one yet\n", none.Error);
        using TidemarkProcess run = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "events", "--lake", "lake", "--now", Now);
        Assert.Equal(0, await run.ExitAsync());

        using TidemarkProcess shown = await TidemarkProcess.RunAsync(_folder.Path, "state", "--lake", "lake");
        Assert.Equal(0, await shown.ExitAsync());
        Assert.Contains("; the last run ended with it\n", shown.Output, StringComparison.Ordinal);
        Assert.Matches("records       100 read = [0-9]+ counted \\+ [0-9]+ late \\+ [0-9]+ rejected\n", shown.Output);
        Assert.Contains($"sources       {_folder.File("events")}: 100 lines, ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("configuration allowedLateness: 5min\n", shown.Output, StringComparison.Ordinal);

        JsonObject json = State()!;
        Assert.Equal(100, (int)json["sources"]!["files"]![0]!["lines"]!);
        Assert.Equal(100, (int)json["engine"]!["read"]!);
        Assert.True((bool)json["clean"]!);
    }

    private async Task RequireAsUndisturbedAsync(string events, RedisServer? redis)
    {
        await File.WriteAllTextAsync(_folder.File("undisturbed"), events);
        using RedisServer? other = redis is null ? null : RedisServer.Start();
        string[] run = ["run", "--source", "undisturbed", "--lake", "expected", "--dead-letters", "expected.dead", "--now", Now];
        using TidemarkProcess process = await TidemarkProcess.RunAsync(_folder.Path, other is null ? run : [.. run, "--redis", other.Endpoint]);
        Assert.Equal(0, await process.ExitAsync());

        StateRuns.RequireSame(await StateRuns.ContentsAsync(_folder.File("expected")), await StateRuns.ContentsAsync(_folder.File("lake")));
        Assert.Equal(TortureOutcome.Read(_folder.File("expected.dead")), TortureOutcome.Read(_folder.File("dead")));
        if (redis is not null)
        {
            StateRuns.RequireSame(await TortureOutcome.ContentsAsync(other!), await TortureOutcome.ContentsAsync(redis));
        }
    }

    private long StateBytes() =>
        File.Exists(_folder.File("lake/_state/state-000001.log")) ? new FileInfo(_folder.File("lake/_state/state-000001.log")).Length : 0;

    /// <summary>Lines of the source that are saved.</summary>
    private int SavedLines() => State() is { } state ? (int)state["engine"]!["read"]! : 0;

    private JsonObject? State() => StateRuns.StateOf(_folder.File("lake/_state"));

    private static async Task FeedAsync(TidemarkProcess process, string[] lines, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            await process.Input.WriteAsync(lines[i] + "\n");
        }

        await process.Input.FlushAsync();
    }

    private static async Task KillAsync(TidemarkProcess process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.EndAsync();
    }

    private void Rotate(string log)
    {
        if (!File.Exists(log))
        {
            return;
        }

        // Names that grow, so that the order of the files is that of their times.
        int next = Directory.GetFiles(_folder.Path).Count(file => file.Contains("access.log.", StringComparison.Ordinal));
        File.Move(log, string.Create(CultureInfo.InvariantCulture, $"{log}.{next:000}"));
    }

    private async Task UntilAsync(Func<bool> happened)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(180));
        while (!happened())
        {
            Assert.False(patience.IsCancellationRequested, "what was waited for did not happen; "
                + $"the state is {State()?["engine"]}; the folder has {string.Join(' ', Directory.GetFiles(_folder.Path))}");
            await Task.Delay(5);
        }
    }

    private static string Events(int count) => StateRuns.Mixed(count, Start);

    private static string Events(int count, DateTimeOffset start) => StateRuns.Mixed(count, start);
}
