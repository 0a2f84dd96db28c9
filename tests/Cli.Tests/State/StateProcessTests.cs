using System.Diagnostics;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>
/// Goal: processes that share a lake and its state never count twice, and what is remembered is shown. Method: real processes. How one that
/// is killed goes on is in <see cref="Torture.TortureTests"/>.
/// </summary>
public sealed class StateProcessTests : IDisposable
{
    private const string Now = "2026-12-01T00:00:00Z";

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    // On one that is busy with other tests a process may be given no processor for so long.
    private static readonly TimeSpan LoadedMachine = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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

    /// <summary>Lines of the source that are saved.</summary>
    private int SavedLines() => State() is { } state ? (int)state["engine"]!["read"]! : 0;

    private JsonObject? State() => StateRuns.StateOf(_folder.File("lake/_state"));

    private static async Task KillAsync(TidemarkProcess process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.EndAsync();
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
