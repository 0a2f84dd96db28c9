using System.Globalization;
using System.Text;
using Tidemark.Cli.State;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>
/// Counts a stream while the command is killed at random moments, now and then asked to stop, and started again; then compares.
/// </summary>
internal sealed class TortureRun : IDisposable
{
    /// <summary>The exit code when the signal came before the command listened to it.</summary>
    public const int KilledBySigterm = 143;

    private static readonly int MaxKills = TortureSettings.IsStrict ? 5 : 2;

    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RedisServer.Start();
    private readonly TortureStream _stream;
    private readonly Random _random;
    private readonly TortureSource _source;
    private readonly StringBuilder _log = new();

    public TortureRun(TortureStream stream, Func<TempFolder, TortureStream, Random, TortureSource> source, int seed)
    {
        _stream = stream;
        _random = new Random(seed);
        _source = source(_folder, stream, _random);
    }

    /// <summary>What happened so far, for whoever has to understand a failure.</summary>
    public string Log => _log.ToString();

    /// <summary>Records that are saved in the state of a folder's lake.</summary>
    public static long SavedLines(TempFolder folder)
    {
        if (StateStore.Peek(Path.Combine(folder.Path, "lake/_state")) is not { } found)
        {
            return 0;
        }

        found.Log.Dispose();
        return found.Head.Summary.Read;
    }

    /// <summary>Runs to the end.</summary>
    public async Task RunAsync()
    {
        await _source.PrepareAsync();
        for (int kills = _random.Next(1, MaxKills + 1); kills > 0; kills--)
        {
            await DisturbAsync();
        }

        using (TidemarkProcess last = Start([.. _source.Arguments]))
        {
            await _source.FinishAsync(last, Start);
            _log.AppendLine("done").AppendLine(last.Error);
        }

        _stream.Expected.Require(await TortureOutcome.OfAsync(_folder.File("lake"), _redis, _folder.File("dead")));
    }

    public void Dispose()
    {
        _source.Dispose();
        _redis.Dispose();
        _folder.Dispose();
    }

    private TidemarkProcess Start(string[] source) => TidemarkProcess.Start(
        _folder.Path, ["run", .. source, .. TortureStream.With(_folder, _redis)]);

    private async Task DisturbAsync()
    {
        using TidemarkProcess process = Start([.. _source.Arguments]);
        Task feeding = _source.FeedAsync(process);
        await MomentAsync(process);
        bool isAsked = _random.Next(4) == 0 && !process.HasExited;
        if (isAsked)
        {
            await process.TrySignalAsync("TERM");
            int code = await process.ExitAsync();
            Assert.True(code == 0 || (code == KilledBySigterm && process.Error.Length == 0), $"SIGTERM ended it with {code}: {process.Error}");
        }
        else
        {
            process.TryKill();
            await process.EndAsync();
        }

        await feeding;
        _log.AppendLine(CultureInfo.InvariantCulture,
            $"{(isAsked ? "stopped" : "killed")} with {SavedLines(_folder):N0} of {_stream.Lines:N0} saved").AppendLine(process.Error);
    }

    /// <summary>A random moment: some time after the start, or once some more is saved.</summary>
    private async Task MomentAsync(TidemarkProcess process)
    {
        if (_random.Next(3) == 0)
        {
            await Task.Delay(_random.Next(1500));
            return;
        }

        long saved = SavedLines(_folder);
        long more = _random.NextInt64(Math.Max(1, _stream.Lines - saved));
        for (int waits = 0; !process.HasExited && SavedLines(_folder) < saved + (more / 2) && waits < 250; waits++)
        {
            await Task.Delay(20);
        }
    }
}
