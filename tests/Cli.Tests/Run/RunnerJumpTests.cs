using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Core;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Oracle;

namespace Tidemark.Cli.Tests.Run;

/// <summary>
/// Clocks that are hours or days fast, in sources that do not tell when a record arrived. In the timelines a letter is an event, the number
/// behind it its hour; <c>(100)</c> is a hundred events of the same hour.
/// </summary>
public sealed class RunnerJumpTests
{
    private const string Rejected = "future_timestamp", Late = "late";

    private static readonly OracleOptions Options = new([new OracleWindow("1min", 60_000), new OracleWindow("1hour", 3_600_000)])
    {
        ArrivalMs = TestRun.Now.ToUnixTimeMilliseconds(),
        MaxJumpMs = 3_600_000,
    };

    // Times by the minute of a day; a number in brackets repeats; "-" is a blank line, "x" one that is no JSON.
    [Theory]
    [InlineData("0 1 2000 2 3", "2:future_timestamp")] // one clock a day fast
    [InlineData("0 1 2000 2001 2 3", "2:future_timestamp 3:future_timestamp")] // two in a row
    [InlineData("2000 0 1 2", "0:future_timestamp")] // the very first
    [InlineData("2000 0 2001 1 2002", "1:late 3:late")] // which is believed unless most that follow speak against it
    [InlineData("2000 0 2001 1 2", "0:future_timestamp 2:future_timestamp")]
    [InlineData("0 60 61 1", "3:late")] // an hour ahead is no jump
    [InlineData("0 61 1 2", "2:late 3:late")] // nor is falling back by an hour
    [InlineData("0 61 0", "1:future_timestamp")] // a minute more is one
    [InlineData("0 1 700 701 702", "")] // a gap, confirmed by the end
    [InlineData("0 1 700[101] 2", "103:late")] // a gap, confirmed by what follows
    [InlineData("0 1 700[100] 2", "100")] // the first of a hundred: all are in doubt, and the one that falls back refutes the first
    [InlineData("0 1 700 -[99] 2", "2:future_timestamp")] // blank lines are lines
    [InlineData("0 1 700 -[100] 2", "103:late")]
    [InlineData("0 1 700 x[100] 2", "103:late")] // and so are those that are rejected
    public void Run_EventFarAhead_CountsWhenTheNextHundredLinesStayThere(string timeline, string expected)
    {
        byte[] text = Text(timeline);
        string[] letters = [.. Letters(text, JobTuning.Default, Options.MaxJumpMs)
            .Where(letter => !letter.EndsWith("malformed_json", StringComparison.Ordinal))];

        if (int.TryParse(expected, out int jumps))
        {
            Assert.Equal(Enumerable.Range(2, jumps).Select(line => $"{line}:{Rejected}"), letters);
        }
        else
        {
            Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), letters);
        }
    }

    [Fact]
    public void Run_JumpsOff_MakesWhatFollowsLate() =>
        Assert.Equal([$"2:{Late}", $"3:{Late}"], Letters(Text("0 2000 1 2"), JobTuning.Default, maxJumpMs: null));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Run_RandomJumps_AreJudgedAsByTheOracleWhateverTheBlocks(int seed)
    {
        var random = new Random(seed);
        byte[] text = RandomText(random);
        OracleOptions options = Options with { MaxJumpMs = random.Next(4) == 0 ? null : 60_000L * random.Next(1, 120) };
        string[] lines = Encoding.UTF8.GetString(text)[..^1].Split('\n');
        var oracle = new NaiveOracle(options, [.. lines.Select(line => (0, Encoding.UTF8.GetBytes(line)))]);
        string[] expected = [.. oracle.Outcomes.Where(outcome => outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank))
            .Select(outcome => $"{outcome.Index}:{outcome.Result}")];
        Assert.NotEmpty(expected);

        foreach (JobTuning tuning in (JobTuning[])[new(1, 1), new(2, 300), new(4, 5000), JobTuning.Default])
        {
            using TestRun run = Run(text, tuning, options.MaxJumpMs);
            Assert.Equal(expected, run.Letters.Select(letter => $"{letter["offset"]}:{letter["reason"]}"));
            Assert.Equal(
                oracle.Publications().Select(result =>
                    $"{result.Window} {TimeText.Format(result.Start)} {result.Revision} {result.Content.TotalEvents}"),
                run.Results.Select(result =>
                    $"{result["window"]} {result["window_start"]} {result["revision"]} {result["total_events"]}"));
        }
    }

    // What the summary says of the events that are counted must not include those that are not.
    [Fact]
    public void Run_ClockThatIsFast_IsNamedInTheSummary()
    {
        using TestRun run = Run(Text("0 1 2 3000 4 5"), JobTuning.Default, Options.MaxJumpMs);

        Assert.Contains("the first future_timestamp is line 4 of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("its time, 2026-11-21T02:00:00Z, is more than 1hour (maxJump) ahead of what stands around it",
            run.Error, StringComparison.Ordinal);
        Assert.Contains("event times   2026-11-19T00:00:00Z to 2026-11-19T00:05:00Z", run.Error, StringComparison.Ordinal);
    }

    // The state stands before what is in doubt: whoever goes on judges it by all that follows.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_StoppedWhileAJumpIsInDoubt_GoesOnLikeOneThatWasNot(int seed)
    {
        var random = new Random(seed);
        byte[] text = RandomText(random);
        using StateRuns whole = new() { Tuning = new JobTuning(2, 200) };
        Assert.Equal(0, whole.Run(whole.Write("events", Encoding.UTF8.GetString(text))));

        using StateRuns cut = new() { Tuning = new JobTuning(2, 200) };
        string path = cut.Write("events", Encoding.UTF8.GetString(text));
        for (int stops = 0; stops < 12; stops++)
        {
            using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(4)));
            cut.Run([path], null, enough.Token);
        }

        Assert.Equal(0, cut.Run(path));
        Assert.Equal(await whole.ContentsAsync(), await cut.ContentsAsync());
        Assert.Equal(Reasons(whole), Reasons(cut));
    }

    [Fact]
    public async Task Run_JumpOnASilentPipe_CountsAfterASecond()
    {
        using var pipe = new RunnerIdleTests.Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false };
        Task<int> running = Task.Run(() => run.Run("-", pipe));
        pipe.Send(Line(0) + "\n" + Line(700) + "\n");
        await pipe.Taken();
        await RunnerIdleTests.Ticks(time);
        Assert.Empty(run.Results);

        // The first event counts, and then the second one, which moves the watermark past the first one's minute.
        time.Advance(TimeSpan.FromSeconds(1));
        await RunnerIdleTests.Until(() => run.Output.Length > 0);
        Assert.Equal("2026-11-19T00:00:00Z", (string)run.Results[0]["window_start"]!);
        pipe.End();
        Assert.Equal(0, await running);
    }

    // Nothing is waited for when a record comes just after its time.
    [Fact]
    public async Task Run_LiveEventsAfterALongNight_CountAtOnce()
    {
        using var pipe = new RunnerIdleTests.Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false, Arrival = null };
        Task<int> running = Task.Run(() => run.Run("-", pipe));
        pipe.Send(Line(TestRun.Now.AddHours(-1)) + "\n");
        await pipe.Taken();
        time.Advance(TimeSpan.FromHours(9));
        pipe.Send(Line(TestRun.Now.AddHours(9)) + "\n");
        await RunnerIdleTests.Until(() => run.Output.Length > 0);
        Assert.Equal("2026-11-22T08:00:00Z", (string)run.Results[0]["window_start"]!);
        pipe.End();
        Assert.Equal(0, await running);
    }

    private static string[] Reasons(StateRuns runs) =>
        [.. File.ReadAllLines(runs.Letters).Select(line => JsonNode.Parse(line)!).Select(letter => $"{letter["offset"]}:{letter["reason"]}")];

    private static string[] Letters(byte[] text, JobTuning tuning, long? maxJumpMs)
    {
        using TestRun run = Run(text, tuning, maxJumpMs);
        return [.. run.Letters.Select(letter => $"{letter["offset"]}:{letter["reason"]}")];
    }

    private static TestRun Run(byte[] text, JobTuning tuning, long? maxJumpMs)
    {
        TestRun run = new()
        {
            WritesLake = false,
            Tuning = tuning,
            Options = new EngineOptions
            {
                Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }, new() { Name = "1hour", Size = TimeSpan.FromHours(1) }],
                MaxJump = maxJumpMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
            },
        };
        Assert.Equal(0, run.Run(text));
        return run;
    }

    /// <summary>A walk with gaps, clocks that are fast for one event or for many, stragglers, blank lines and rubbish.</summary>
    private static byte[] RandomText(Random random)
    {
        StringBuilder text = new();
        int minute = 0;
        for (int line = 0; line < 900; line++)
        {
            minute += random.Next(60) == 0 ? random.Next(1, 300) : random.Next(2);
            int away = random.Next(40) switch { 0 => random.Next(30, 2000), 1 => -random.Next(200), _ => 0 };
            int times = random.Next(30) == 0 ? random.Next(1, 120) : 1;
            for (int i = 0; i < times && line < 900; i++, line++)
            {
                text.Append(random.Next(20) switch { 0 => "", 1 => "rubbish", _ => Line(minute + away) }).Append('\n');
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Text(string timeline)
    {
        StringBuilder text = new();
        foreach (string item in timeline.Split(' '))
        {
            string[] parts = item.Split('[', ']');
            string line = parts[0] switch { "-" => "", "x" => "rubbish", _ => Line(int.Parse(parts[0], CultureInfo.InvariantCulture)) };
            for (int i = 0; i < (parts.Length == 1 ? 1 : int.Parse(parts[1], CultureInfo.InvariantCulture)); i++)
            {
                text.Append(line).Append('\n');
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Line(int minute) => Line(new DateTimeOffset(2026, 11, 19, 0, 0, 0, TimeSpan.Zero).AddMinutes(minute));

    private static string Line(DateTimeOffset time) =>
        $$"""{"timestamp":"{{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}}","event_type":"click","user_id":"u"}""";
}
