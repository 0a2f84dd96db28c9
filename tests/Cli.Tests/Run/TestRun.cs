using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Run;
using Tidemark.Cli.Terminal;
using Tidemark.Core;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Runs <see cref="Runner"/> into a folder of its own and keeps what it wrote.</summary>
internal sealed class TestRun : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();

    /// <summary>A context for what says nothing and has no stdin.</summary>
    public static CommandContext Silent { get; } = new(TextWriter.Null, () => Stream.Null,
        TimeProvider.System) { OpenStandardInput = () => throw new InvalidOperationException("stdin is not wanted") };

    public JobTuning Tuning { get; init; } = JobTuning.Default;

    public EngineOptions Options { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What <c>--now</c> says, or null when it is not given.</summary>
    public DateTimeOffset? Arrival { get; init; } = Now;

    /// <summary>What <c>--max-rejected</c> says, or null when it is not given.</summary>
    public double? MaxRejected { get; init; }

    public bool WritesLake { get; init; } = true;

    /// <summary>What <c>--json</c> says.</summary>
    public bool ListsJson { get; init; } = true;

    /// <summary>Where results are published, or null.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>The terminal that stderr is, or null.</summary>
    public Screen? Terminal { get; init; }

    /// <summary>What stdout is.</summary>
    public Screen OutputScreen { get; init; } = new();

    /// <summary>Whether the command is started without stdin.</summary>
    public bool StandardInputIsClosed { get; init; }

    /// <summary>What <c>--quiet</c> says.</summary>
    public bool IsQuiet { get; init; }

    public string Folder => _folder.Path;

    public string Lake => _folder.File("lake");

    public string DeadLetters => _folder.File("dead.ndjson");

    /// <summary>What the run printed for people.</summary>
    public string Error => _error.ToString();

    /// <summary>What the run wrote on stdout.</summary>
    public MemoryStream Output { get; } = new();

    public IReadOnlyList<JsonObject> Results => Parse(Output.ToArray());

    /// <summary>The last revision of every window.</summary>
    public IReadOnlyList<JsonObject> Last =>
        [.. Results.GroupBy(result => ((string)result["window"]!, (string)result["window_start"]!)).Select(group => group.Last())];

    public IReadOnlyList<JsonObject> Letters => Parse(File.ReadAllBytes(DeadLetters));

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
        Output.Dispose();
    }

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = _folder.File(name);
        using FileStream file = File.Create(path);
        file.Write(bytes);
        return path;
    }

    public int Run(byte[] text) => Run(Write("events.ndjson", text));

    public int Run(string source, Stream? input = null, CancellationToken cancellation = default)
    {
        StatusLine? status = Terminal is null ? null : new StatusLine(_error, Terminal);
        var context = new CommandContext(status ?? (TextWriter)_error, () => Output, Time)
        {
            OpenStandardInput = () => input ?? Stream.Null, IsStandardInputClosed = () => StandardInputIsClosed,
            Status = status, Output = OutputScreen,
        };
        var run = new RunOptions([source], WritesLake ? Lake : null, ListsJson,
            DeadLetters, Arrival, Tuning) { Redis = Redis, MaxRejected = MaxRejected, IsQuiet = IsQuiet };
        return Runner.Run(run, Options, context, cancellation);
    }

    private static List<JsonObject> Parse(byte[] lines)
    {
        string text = Encoding.UTF8.GetString(lines);
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "the last line has no end");
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
