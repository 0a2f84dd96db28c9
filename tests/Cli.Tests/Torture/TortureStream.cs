using Tidemark.Cli.Tests.Generate;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>A stream, and what an undisturbed run over it leads to. Made once for all runs.</summary>
public sealed class TortureStream : IAsyncLifetime, IDisposable
{
    /// <summary>When all events are taken to have arrived.</summary>
    public const string Now = "2026-11-22T12:00:00Z";

    private const int SpanSeconds = 3600;

    /// <summary>What every run takes beside its sources: sessions that end, are cut and are corrected within the stream.</summary>
    public static string[] With(TempFolder folder, RedisServer redis)
    {
        string config = folder.File("config.json");
        File.WriteAllText(config, """{ "sessions": { "gap": "2min", "maxLength": "10min" } }""");
        return ["--config", config, "--lake", "lake", "--redis", redis.Endpoint, "--dead-letters", "dead", "--now", Now];
    }

    private readonly TempFolder _folder = new();

    /// <summary>The stream: disorder, corrections, late events, repeated and broken lines.</summary>
    public byte[] Text { get; private set; } = [];

    /// <summary>Where the lines end; the first entry is 0.</summary>
    public IReadOnlyList<int> LineEnds { get; private set; } = [];

    /// <summary>How many lines there are.</summary>
    public int Lines => LineEnds.Count - 1;

    /// <summary>What the lake, Redis and the dead letters hold in the end.</summary>
    public TortureOutcome Expected { get; private set; } = TortureOutcome.Nothing;

    public async Task InitializeAsync()
    {
        Text = GeneratedStream.Bytes(
            GeneratedStream.Of(TortureSettings.Events) with { EventsPerSecond = TortureSettings.Events / SpanSeconds, Users = 20_000 },
            TortureSettings.Events * 300);
        List<int> ends = [0];
        for (int end = 0; end < Text.Length; ends.Add(end))
        {
            end += Text.AsSpan(end).IndexOf((byte)'\n') + 1;
        }

        LineEnds = ends;
        await File.WriteAllBytesAsync(_folder.File("events"), Text);
        using RedisServer redis = RedisServer.Start();
        using TidemarkProcess run = await TidemarkProcess.RunAsync(
            _folder.Path, ["run", "--source", "events", .. With(_folder, redis)]);
        Assert.Equal(0, await run.ExitAsync());
        Expected = await TortureOutcome.OfAsync(_folder.File("lake"), redis, _folder.File("dead"));
        Assert.NotEmpty(Expected.Lake);
        Assert.NotEmpty(Expected.Sessions);
        Assert.NotEmpty(Expected.Letters);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    /// <summary>The text of some lines.</summary>
    public ReadOnlyMemory<byte> Slice(int firstLine, int endLine) => Text.AsMemory(LineEnds[firstLine]..LineEnds[endLine]);
}
