using System.Diagnostics;
using System.Globalization;
using Tidemark.Cli.State;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;
using Xunit.Abstractions;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>
/// Goal: of one that counts and two that stand by, any may die at any time: another counts within five seconds, and everything ends as
/// undisturbed. Method: real processes on one state, killed and started again at random, and the time measured from each kill of the one
/// that counts until more is saved.
/// </summary>
public sealed class StandbyTests(TortureStream stream, ITestOutputHelper output) : IClassFixture<TortureStream>, IDisposable
{
    private const string Log = "access.log";
    private static readonly TimeSpan MaxTakeover = TimeSpan.FromSeconds(5);

    // On a machine that is busy with other tests a process may be given no processor for so long.
    private static readonly TimeSpan LoadedMachine = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RedisServer.Start();
    private readonly Random _random = new((int)TortureSettings.Seed);
    private readonly List<TidemarkProcess> _processes = [];
    private int _written;

    private string State => _folder.File("lake/_state");

    public void Dispose()
    {
        foreach (TidemarkProcess process in _processes)
        {
            process.Dispose();
        }

        _redis.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_OneCountsAndTwoStandBy_AnotherGoesOnAfterEachKill()
    {
        int rounds = TortureSettings.IsStrict ? Math.Max(3, TortureSettings.Runs / 4) : 3;
        List<TimeSpan> takeovers = [];
        Append(rounds);
        for (int i = 0; i < 3; i++)
        {
            _processes.Add(Start("--source", Log, "--follow"));
        }

        for (int round = 0; round < rounds; round++)
        {
            await UntilSavedAsync(_written);
            if (await KillOneAsync(rounds) is { } takeover)
            {
                takeovers.Add(takeover);
            }
        }

        await FinishAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {TortureSettings.Seed}: {rounds} kills; "
            + $"another process counted after {string.Join(", ", takeovers.Select(time => $"{time.TotalSeconds:0.0} s"))}"));
        stream.Expected.Require(await TortureOutcome.OfAsync(_folder.File("lake"), _redis, _folder.File("dead")));
        Assert.All(takeovers, time => Assert.InRange(time, TimeSpan.Zero, MaxTakeover + (TortureSettings.IsStrict ? TimeSpan.Zero : LoadedMachine)));
    }

    /// <summary>Kills one of the three, while more comes in, and starts it again.</summary>
    /// <returns>How long nobody counted; null when it was one that stood by.</returns>
    private async Task<TimeSpan?> KillOneAsync(int rounds)
    {
        string holder = StateStore.HolderOf(State) ?? "";
        int counting = _processes.FindIndex(process => process.Id.ToString(CultureInfo.InvariantCulture) == holder);
        Assert.NotEqual(-1, counting);
        int victim = _random.Next(3) > 0 ? counting : _random.Next(3);
        _processes[victim].TryKill();
        long killed = Stopwatch.GetTimestamp();
        await _processes[victim].EndAsync();
        long before = TortureRun.SavedLines(_folder);
        Append(rounds);
        TimeSpan? takeover = null;
        if (victim == counting)
        {
            await UntilSavedAsync(before + 1);
            takeover = Stopwatch.GetElapsedTime(killed);
        }

        _processes[victim].Dispose();
        _processes[victim] = Start("--source", Log, "--follow");
        return takeover;
    }

    private async Task FinishAsync()
    {
        await UntilSavedAsync(stream.Lines);
        foreach (TidemarkProcess process in _processes)
        {
            await process.TrySignalAsync("TERM");
        }

        foreach (TidemarkProcess process in _processes)
        {
            int code = await process.ExitAsync();
            Assert.True(code == 0 || (code == TortureRun.KilledBySigterm
                && process.Error.Length == 0), $"SIGTERM ended it with {code}: {process.Error}");
        }

        // What is still open closes with the end of a source.
        using TidemarkProcess closing = Start("--source", Log);
        closing.Input.Close();
        Assert.Equal(0, await closing.ExitAsync());
    }

    private TidemarkProcess Start(params string[] source) => TidemarkProcess.Start(
        _folder.Path, ["run", .. source, .. TortureStream.With(_folder, _redis)]);

    /// <summary>A part of the stream for each round; the last one is the rest.</summary>
    private void Append(int rounds)
    {
        int end = stream.Lines - _written < 2 * stream.Lines / (rounds + 1) ? stream.Lines : _written + (stream.Lines / (rounds + 1));
        using FileStream log = new(_folder.File(Log), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        log.Write(stream.Slice(_written, end).Span);
        _written = end;
    }

    private async Task UntilSavedAsync(long lines)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(180));
        while (TortureRun.SavedLines(_folder) < lines)
        {
            Assert.False(patience.IsCancellationRequested, $"{TortureRun.SavedLines(_folder)} of {lines} lines are saved: "
                + $"{string.Join('\n', _processes.Select(process => process.Error))}");
            await Task.Delay(20);
        }
    }
}
