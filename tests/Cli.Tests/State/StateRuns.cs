using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Run;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>Several runs, one after the other, into one lake with its state.</summary>
internal sealed class StateRuns : IDisposable
{
    private readonly TempFolder _folder = new();
    private StringWriter _error = new();

    public static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    public EngineOptions Options { get; set; } = new();

    public DateTimeOffset? Arrival { get; set; } = Now;

    public bool Merges { get; set; }

    /// <summary>Threads and block size: small blocks, so that checkpoints fall between them.</summary>
    public JobTuning Tuning { get; set; } = new(2, 4096);

    /// <summary>Where results are listed as JSON, or null for nowhere.</summary>
    public Stream? Output { get; set; }

    public string Folder => _folder.Path;

    public string Lake => _folder.File("lake");

    public string Letters => _folder.File("dead.ndjson");

    /// <summary>What the last run printed for people.</summary>
    public string Error => _error.ToString();

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
    }

    public string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }

    public int Run(params string[] sources) => Run(sources, null, default);

    public int Run(IReadOnlyList<string> sources, Stream? input, CancellationToken cancellation)
    {
        _error.Dispose();
        _error = new StringWriter();
        CommandContext context = new(_error, () => Output ?? Stream.Null, TimeProvider.System) { OpenStandardInput = () => input ?? Stream.Null };
        RunOptions run = new(sources, Lake, Json: Output is not null, Letters, Arrival, Tuning) { State = Runner.StateOf(Lake), Merges = Merges };
        return Runner.Run(run, Options, context, cancellation);
    }

    public Task<IReadOnlyDictionary<string, string>> ContentsAsync() => ContentsAsync(Lake);

    /// <summary>The content of every window of a lake: what its events decide, and not when it was published.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ContentsAsync(string lake)
    {
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        LakeReader reader = new(LocalLake.OpenToRead(lake));
        foreach (string family in await reader.ListFamiliesAsync(default))
        {
            await foreach (WindowResult result in reader.ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
            {
                contents.Add($"{family} {TimeText.Format(result.StartMs)} {result.EndMs - result.StartMs}", ContentOf(result));
            }
        }

        return contents;
    }

    /// <summary>The content of every session of a lake, each once.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> SessionsAsync(string lake)
    {
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        await foreach (SessionRow row in
            new LakeReader(LocalLake.OpenToRead(lake)).ReadSessionsAsync(new Interval(long.MinValue, long.MaxValue), null, default))
        {
            System.Buffers.ArrayBufferWriter<byte> text = new();
            SessionJson.Write(row with { Revision = 0, Session = row.Session with { Replaces = [] } }, text);
            contents.Add(row.Session.SessionId, System.Text.Encoding.UTF8.GetString(text.WrittenSpan));
        }

        return contents;
    }

    /// <summary>Fails with the windows that differ, and both contents of the first of them.</summary>
    public static void RequireSame(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual)
    {
        List<string> differing = [.. expected.Keys.Union(actual.Keys)
            .Where(key => expected.GetValueOrDefault(key) != actual.GetValueOrDefault(key)).Order(StringComparer.Ordinal)];
        Assert.True(
            differing.Count == 0,
            differing.Count == 0 ? "" : $"{differing.Count} of {expected.Count} windows differ: "
                + $"{string.Join(", ", differing.Take(10))}\nexpected {expected.GetValueOrDefault(differing[0], "none")}\nfound "
                + $"   {actual.GetValueOrDefault(differing[0], "none")}");
    }

    /// <summary>Events of the windows of a family, by start.</summary>
    public async Task<IReadOnlyDictionary<string, long>> EventsAsync(string family)
    {
        Dictionary<string, long> events = [];
        await foreach (WindowResult result in new LakeReader(LocalLake.OpenToRead(Lake))
            .ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
        {
            events.Add(TimeText.Format(result.StartMs), result.TotalEvents);
        }

        return events;
    }

    /// <summary>What <c>tidemark state --json</c> says of a directory; null while it holds no checkpoint.</summary>
    public static JsonObject? StateOf(string directory)
    {
        using MemoryStream output = new();
        Cli.State.StateLog? log = null;
        try
        {
            if (Cli.State.StateStore.Peek(directory) is not { } found)
            {
                return null;
            }

            log = found.Log;
            new Cli.State.StateReport("", found.Head, log, null, found.Head.Written).WriteJson(output);
            return JsonNode.Parse(output.ToArray())!.AsObject();
        }
        finally
        {
            log?.Dispose();
        }
    }

    public static string ContentOf(WindowResult result)
    {
        ArrayBufferWriter<byte> buffer = new();
        ResultJson.Write(result, buffer);
        JsonObject json = JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
        foreach (string publication in new[] { "phase", "revision", "watermark", "emitted_at" })
        {
            json.Remove(publication);
        }

        return json.ToJsonString();
    }

    /// <summary>Events a few seconds apart, one line each.</summary>
    public static string Lines(DateTimeOffset start, int count, int secondsApart, string user = "u")
    {
        StringBuilder text = new();
        for (int i = 0; i < count; i++)
        {
            DateTimeOffset time = start.AddSeconds(i * secondsApart);
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $$"""{"timestamp":"{{time:yyyy-MM-dd'T'HH:mm:ss'Z'}}","event_type":"page_view","user_id":"{{user}}"""
                    + $$"""{{i % 7}}","page_url":"/{{i % 5}}"}""")
                .Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Events 0.7 s apart with some disorder, some late ones, and some lines that are none.</summary>
    public static string Mixed(int count, DateTimeOffset start, int seed = 7)
    {
        Random random = new(seed);
        StringBuilder text = new();
        for (int i = 0; i < count; i++)
        {
            DateTimeOffset time = start.AddMilliseconds((i * 700) - (random.Next(100) == 0 ? random.Next(600_000) : random.Next(8000)));
            text.Append(random.Next(60) == 0
                ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rubbish {i}")
                : $$$"""{"timestamp":"{{{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}}","event_type":"{{{Type(random)}}}","user_id":"u"""
                    + $$$"""{{{random.Next(300)}}}","page_url":"/p/{{{random.Next(40)}}}","metadata":{"amount":"{{{random.Next(100)}}}.25"}}""")
                .Append('\n');
        }

        return text.ToString();
    }

    private static string Type(Random random) => random.Next(3) == 0 ? "purchase" : "page_view";
}
