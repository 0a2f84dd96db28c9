using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Sessions;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Cli.Tests.Query;

/// <summary>Goal: sessions as a table, CSV and JSON, each once, from a lake and from Redis.</summary>
public sealed class QuerySessionsTests : IDisposable
{
    private const long Start = QueryRun.Start;
    private const long Minute = 60_000;

    private readonly QueryRun _query = new();

    public void Dispose() => _query.Dispose();

    [Fact]
    public async Task Query_Sessions_AreATableWithWhatTheyWereTogether()
    {
        await WriteAsync(_query, Ended(Start + (40 * Minute), 1, Session("ada", Start, 5400), Session("bob", Start + 1500, 3_725_000)),
            Ended(Start + (41 * Minute), 1, Bare("cat", Start + Minute) with { PageViewCount = 1, Revenue = 0 }),
            Ended(Start + (41 * Minute), 2, Bare("cat", Start + Minute) with { PageViewCount = 1, Revenue = 0, PagesVisitedCut = true }));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--sessions"));

        Assert.Equal(
            """
            start (UTC)            duration  events  views  pages  clicks  buys    revenue  country  device  user  entry  exit
            2026-11-22 06:00:00        5.4s       7      3      2       2     1  19.99 NOK  NO       mobile  ada   /home  /cart
            2026-11-22 06:00:01  1h 02m 05s       7      3      2       2     1  19.99 NOK  NO       mobile  bob   /home  /cart
            2026-11-22 06:01:00          0s       7      1     0+       2     0       0.00                   cat

            3 sessions: 2 with a purchase, 33.3 % bounced, mean duration 20m 43s

            """,
            _query.Output);
        Assert.Equal("", _query.Error);
    }

    [Fact]
    public async Task Query_SessionsOnANarrowTerminal_LeaveOutTheLeastImportantColumns()
    {
        using QueryRun narrow = new() { Screen = new Screen { Width = () => 61 } };
        await WriteAsync(narrow, Ended(Start, 1, Session("ada\u001b[2J", Start - Minute) with { Revenue = null, Currency = null }));

        Assert.Equal(0, await narrow.RunAsync("--lake", narrow.Lake, "--sessions"));

        Assert.Equal(
            """
            start (UTC)          duration  events  views  revenue  user
            2026-11-22 05:59:00    5m 00s       7      3    mixed  ada[2J
            (no room for pages, clicks, buys, country, device, entry, exit; --format csv has them)

            1 session: 1 with a purchase, 0.0 % bounced, mean duration 5m 00s

            """,
            narrow.Output);
    }

    [Fact]
    public async Task Query_SessionsAsJson_AreTheRows()
    {
        EndedSessions ended = Ended(Start, 1, Hard(Start - Minute), Session("ada", Start));
        await WriteAsync(_query, ended);

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--sessions", "--format", "json", "--from", "2026-11-01"));

        System.Buffers.ArrayBufferWriter<byte> expected = new();
        SessionJson.WriteLines(ended, expected);
        Assert.Equal(Encoding.UTF8.GetString(expected.WrittenSpan), _query.Output);
    }

    [Fact]
    public async Task Query_SessionsAsCsv_HaveEveryColumnButListsAndNoFormulas()
    {
        await WriteAsync(_query, Ended(Start, 1, Hard(Start - Minute) with { UserId = "=cmd()" }));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--sessions", "--format", "csv"));

        string[] lines = _query.Output.Split("\r\n");
        Assert.Equal(
            "session_id,user_id,start_time,end_time,duration_seconds,event_count,page_view_count,click_count,purchase_count,pages_visited_cut,"
                + "entry_page,exit_page,referrer,device_type,country,conversion,revenue,currency,ended_minute,revision",
            lines[0]);
        Assert.Contains("\"'=cmd()\",2026-11-22T05:59:00Z,2026-11-22T06:04:00Z,300,9223372036854775807,3,2,1,true,\\u001b[31m,\"\",", lines[1],
            StringComparison.Ordinal);
        Assert.EndsWith(",\"'=1+1\",\u202E,true,-99999999999999.9999,NOK,2026-11-22T06:00:00Z,1", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_SessionsOfAUserAndALastFew_AreThose()
    {
        await WriteAsync(_query, Ended(Start, 1, Session("ada", Start - (3 * Minute)), Session("ada", Start - (2 * Minute)),
            Session("bob", Start - Minute), Session("cat", Start - Minute)));

        Assert.Equal(0, await _query.RunAsync(
            "--lake", _query.Lake, "--sessions", "--user", "ada", "--last", "1", "--quiet", "--zone", "Europe/Stockholm"));
        Assert.StartsWith("2026-11-22 06:58:00  5m 00s", _query.Output, StringComparison.Ordinal);
        Assert.Single(_query.Output, '\n');
        using QueryRun last = new();
        await WriteAsync(last, Ended(Start, 1, Session("bob", Start - Minute), Session("cat", Start - Minute)));
        Assert.Equal(0, await last.RunAsync("--lake", last.Lake, "--sessions", "--last", "1", "--quiet"));
        Assert.Single(last.Output, '\n');
    }

    [Fact]
    public async Task Query_NoSessions_SaysSoAndHasTheHeadingOfCsv()
    {
        await _query.WriteAsync(QueryRun.Result("1min", 0, 100));

        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--sessions", "--user", "ada"));
        Assert.Equal($"tidemark: no sessions of that user in that range of {_query.Lake}\n", _query.Error);
        Assert.Equal("", _query.Output);
        Assert.Equal(0, await _query.RunAsync("--lake", _query.Lake, "--sessions", "--format", "csv", "--quiet"));
        Assert.StartsWith("session_id,", _query.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_SessionsInRedis_AreRead()
    {
        using RedisServer server = RedisServer.Start();
        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        IResultSink sink = await RedisSink.OpenAsync(connection, [], default);
        await sink.WriteSessionsAsync(Ended(Start, 1, Session("ada", Start - Minute)), default);

        Assert.Equal(0, await _query.RunAsync("--redis", server.Endpoint, "--sessions", "--quiet"));

        Assert.StartsWith("2026-11-22 05:59:00  5m 00s  7", _query.Output, StringComparison.Ordinal);
    }

    private static async Task WriteAsync(QueryRun query, params EndedSessions[] minutes)
    {
        LakeSink sink = new(LocalLake.Open(query.Lake), []);
        foreach (EndedSessions ended in minutes)
        {
            await sink.WriteSessionsAsync(ended, default);
        }
    }
}
