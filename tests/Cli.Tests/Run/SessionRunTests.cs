using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.State;
using Tidemark.Cli.Tests.Verify;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Goal: sessions go through the whole command, over the end of a file too, and cost nothing where nobody asks for them.</summary>
public sealed class SessionRunTests
{
    private const string Evening = """
        {"timestamp":"2026-11-22T23:50:00Z","event_type":"page_view","user_id":"u1","page_url":"/a","referrer":"https://x.example/"}
        {"timestamp":"2026-11-22T23:55:00Z","event_type":"click","user_id":"u1","page_url":"/b"}
        {"timestamp":"2026-11-22T23:58:00Z","event_type":"page_view","user_id":"u2","page_url":"/a"}

        """;

    private const string Morning = """
        {"timestamp":"2026-11-23T00:05:00Z","event_type":"purchase","user_id":"u1","page_url":"/paid","metadata":{"amount":"5"}}
        {"timestamp":"2026-11-23T01:00:00Z","event_type":"page_view","user_id":"u1","page_url":"/c"}

        """;

    private static readonly EngineOptions Options = new()
    {
        Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }],
        Input = new InputOptions { Sessions = new SessionOptions { Gap = TimeSpan.FromMinutes(30) } },
    };

    [Fact]
    public void Run_Json_WritesALineForEachSessionAndItsMetrics()
    {
        using TestRun run = new() { Options = Options, WritesLake = false, Arrival = StateRuns.Now };

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(Evening + Morning)));

        JsonObject[] sessions = [.. run.Results.Where(line => line.ContainsKey("session_id"))];
        Assert.Equal(["/a", "/a", "/c"], sessions.Select(session => (string)session["entry_page"]!).Order(StringComparer.Ordinal));
        JsonObject visit = Assert.Single(sessions, session => (bool)session["conversion"]!);
        Assert.Equal(("u1", "/paid", "https://x.example/", 900m, 5m),
            ((string)visit["user_id"]!, (string)visit["exit_page"]!, (string)visit["referrer"]!, (decimal)visit["duration_seconds"]!,
                (decimal)visit["revenue"]!));
        JsonObject ended = Assert.Single(run.Results, line => (string?)line["window_start"] == "2026-11-23T00:35:00Z");
        Assert.Equal((1, 0, 900m, 1m, 1m), ((int)ended["sessions_ended"]!, (int)ended["total_events"]!, (decimal)ended["session_duration_mean"]!,
            (decimal)ended["bounce_rate"]!, (decimal)ended["conversion_rate"]!));
        Assert.Contains("sessions      3 written", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NobodyTakesRows_CountsSessionsAllTheSame()
    {
        using TestRun run = new() { Options = Options, WritesLake = false, Arrival = StateRuns.Now, ListsJson = false };

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(Evening)));

        Assert.Contains("sessions      counted in the windows; a lake, Redis or --json takes the rows", run.Error, StringComparison.Ordinal);
    }

    // 23:50 -- 23:55 | midnight | 00:05                01:00
    // a visit over the end of the first file, which had ended it; and another one
    [Fact]
    public async Task Run_FurtherFile_ContinuesTheSessionsThatTheFirstOneEnded()
    {
        using VerifyRuns lake = new();
        lake.Runs.Options = Options;
        string first = lake.Runs.Write("evening", Evening);
        string second = lake.Runs.Write("morning", Morning);
        Assert.Equal(0, lake.Runs.Run(first));
        Assert.Equal(2, (await RowsAsync(lake.Runs.Lake)).Count);
        Assert.Equal(0, lake.Runs.Run(second));
        Assert.Equal(0, lake.Runs.Run(first)); // once more: nothing new

        List<SessionRow> rows = await RowsAsync(lake.Runs.Lake);
        Assert.Equal(
            ["u1 900 /a /paid", "u1 0 /c /c", "u2 0 /a /a"],
            rows.Select(row => row.Session).OrderBy(session => session.UserId, StringComparer.Ordinal).ThenBy(session => session.StartMs)
                .Select(session => $"{session.UserId} {session.DurationSeconds:0} {session.EntryPage} {session.ExitPage}"));
        Assert.Equal(0, lake.Verify(first, second));
        Assert.Contains("x sessions", lake.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_SessionOfAnotherContent_IsTold()
    {
        using VerifyRuns lake = new();
        lake.Runs.Options = Options;
        string path = lake.Runs.Write("events", Evening + Morning);
        Assert.Equal(0, lake.Runs.Run(path));
        SessionRow row = (await RowsAsync(lake.Runs.Lake))[0];
        LakeSink sink = new(LocalLake.Open(lake.Runs.Lake), Options.Windows);
        await sink.WriteSessionsAsync(
            new EndedSessions(row.EndedMinute, Core.Results.Phase.Corrected, row.Revision + 1, null, [row.Session with { ClickCount = 7 }]), default);

        Assert.Equal(1, lake.Verify(path));

        Assert.Matches("sessions +2026-11-2[0-9 :-]+ +rows +1 sessions, hash [0-9a-f]{8} +1 sessions, hash", lake.Output);
    }

    [Fact]
    public void Run_OtherGap_IsRefusedWithBothValues()
    {
        using StateRuns runs = new() { Options = Options };
        string path = runs.Write("events", Evening);
        Assert.Equal(0, runs.Run(path));
        runs.Options = Options with { Input = new InputOptions { Sessions = new SessionOptions { Gap = TimeSpan.FromMinutes(20) } } };

        Assert.Equal(1, runs.Run(path));

        Assert.Contains("sessions: gap 30min, maxLength 1day, maxOpen 5000000, maxPages 100 in the state, gap 20min, ", runs.Error,
            StringComparison.Ordinal);
    }

    private static async Task<List<SessionRow>> RowsAsync(string lake)
    {
        List<SessionRow> rows = [];
        await foreach (SessionRow row in
            new LakeReader(LocalLake.OpenToRead(lake)).ReadSessionsAsync(new Interval(long.MinValue, long.MaxValue), null, default))
        {
            rows.Add(row);
        }

        return rows;
    }
}
