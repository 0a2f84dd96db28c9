using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Tidemark.Cli.Sources;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>A pipe that stays open and silent: the clock closes windows.</summary>
public sealed class RunnerIdleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Run_SilentPipe_ClosesByTheClockAndCorrectsLater()
    {
        //  06:00     06:01     06:02
        //    |--a--b---|----b2---|        silent from here: a minute by the clock, and the minute of a and b closes
        //    |-----c---|                  comes after that: a correction
        //                          d      takes the watermark to 06:05
        using var pipe = new Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false };
        Task<int> running = Task.Run(() => run.Run("-", pipe));

        pipe.Send(Event("06:00:30", "a"), Event("06:00:50", "b"));
        await pipe.Taken();
        time.Advance(TimeSpan.FromSeconds(59));
        await Ticks(time);
        Assert.Empty(run.Results);

        time.Advance(TimeSpan.FromSeconds(1));
        await Until(() => run.Output.Length > 0);
        JsonObject first = run.Results[0];
        Assert.Equal(("1min", "2026-11-22T06:00:00Z", 2, 1L), Of(first));
        Assert.Equal("on_time", (string)first["phase"]!);

        // Greatest event time + a minute of silence - 10 s of disorder.
        Assert.Equal("2026-11-22T06:01:40Z", (string)first["watermark"]!);

        pipe.Send(Event("06:00:40", "c"));
        await pipe.Taken();
        pipe.Send(Event("06:05:20", "d"));
        await Until(() => run.Results.Any(result => (long)result["revision"]! == 2));
        pipe.End();
        Assert.Equal(0, await running.WaitAsync(Patience));

        JsonObject corrected = run.Results.First(result => Of(result) == ("1min", "2026-11-22T06:00:00Z", 3, 2L));
        Assert.Equal("corrected", (string)corrected["phase"]!);
        string[] watermarks = [.. run.Results.Select(result => (string?)result["watermark"]).OfType<string>()];
        Assert.Equal(watermarks.Order(StringComparer.Ordinal), watermarks);
        Assert.Contains("4 read = 4 counted + 0 late + 0 rejected", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 2, 1)]
    [InlineData(true, 1, 2)]
    public async Task Run_PipeOpenForHours_JudgesTheFutureByTheClockUnlessNowIsGiven(bool givesNow, int counted, int rejected)
    {
        using var pipe = new Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false, Arrival = givesNow ? TestRun.Now : null };
        Task<int> running = Task.Run(() => run.Run("-", pipe));
        pipe.Send(Event("09:00:30", "a"));
        await pipe.Taken();
        time.Advance(TimeSpan.FromHours(3));

        // Three hours after the start one is on time, and one is too far in the future even now.
        pipe.Send(Event("12:04:59", "b"), Event("12:05:01", "c"));
        await pipe.Taken();
        pipe.End();

        Assert.Equal(0, await running.WaitAsync(Patience));
        Assert.Contains($"3 read = {counted} counted + 0 late + {rejected} rejected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FileWithoutNow_HasArrivedAtTheStart()
    {
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false, Arrival = null, Tuning = new(1, 1) };

        Assert.Equal(0, run.Run(System.Text.Encoding.UTF8.GetBytes(Event("09:04:59", "a") + Event("09:05:01", "b"))));

        Assert.Contains("2 read = 1 counted + 0 late + 1 rejected", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("{\"heartbeat\":1}\n")]
    public async Task Run_PipeWithLinesThatAreNoEvents_IsIdleSinceTheLastEvent(string line)
    {
        using var pipe = new Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false };
        Task<int> running = Task.Run(() => run.Run("-", pipe));
        pipe.Send(Event("06:00:50", "a"));
        await pipe.Taken();

        // Half a minute after half a minute: never a whole one without a line.
        for (int i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            pipe.Send(line);
            await pipe.Taken();
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await Until(() => run.Output.Length > 0);
        Assert.Equal(("1min", "2026-11-22T06:00:00Z", 1, 1L), Of(run.Results[0]));
        pipe.End();
        Assert.Equal(0, await running.WaitAsync(Patience));
    }

    [Fact]
    public async Task Run_SilentPipeWithoutEvents_ClosesNothing()
    {
        using var pipe = new Pipe();
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time, WritesLake = false };
        Task<int> running = Task.Run(() => run.Run("-", pipe));
        pipe.Send("rubbish\n");
        await pipe.Taken();
        time.Advance(TimeSpan.FromHours(2));

        // What could not be counted is on the disk although nothing else comes.
        await Until(() => File.Exists(run.DeadLetters) && new FileInfo(run.DeadLetters).Length > 0);
        pipe.End();

        Assert.Equal(1, await running.WaitAsync(Patience));
        Assert.Empty(run.Results);
    }

    [Fact]
    public async Task Run_CancelledWhileThePipeIsSilent_EndsAndIsNotDisturbedByWhatComesAfter()
    {
        using var pipe = new Pipe();
        using var cancellation = new CancellationTokenSource();
        using var run = new TestRun { Tuning = new(4, 100) };
        Task<int> running = Task.Run(() => run.Run("-", pipe, cancellation.Token));
        pipe.Send(Event("06:00:30", "a"), "rubbish\n");

        // The letter is written after the event was applied.
        await Until(() => File.Exists(run.DeadLetters) && new FileInfo(run.DeadLetters).Length > 0);
        await cancellation.CancelAsync();
        Assert.Equal(130, await running.WaitAsync(Patience));

        Assert.Contains("2 read = 1 counted + 0 late + 1 rejected", run.Error, StringComparison.Ordinal);
        Assert.Contains("tidemark: interrupted: 7 windows could still change, and those of them that were not closed yet are not written",
            run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Results);
        pipe.Send(Event("06:10:30", "b"));
        pipe.End();
    }

    [Fact]
    public async Task Run_SinkFailsWhileThePipeIsSilent_EndsWithTheReason()
    {
        using var pipe = new Pipe();
        using var error = new StringWriter();
        var context = new CommandContext(
            error, () => new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0), TimeProvider.System)
        {
            OpenStandardInput = () => pipe,
        };
        Task<int> running = Task.Run(() => Cli.Run.Runner.Run(
            new Cli.Run.RunOptions(["-"], null, Json: true, null, TestRun.Now, new(3, 100)), new(), context, CancellationToken.None));
        pipe.Send(Event("06:00:30", "a"), Event("06:05:30", "b"));

        Assert.Equal(1, await running.WaitAsync(Patience));
        Assert.Equal($"tidemark: cannot write results to standard output: No space left on device{Environment.NewLine}", error.ToString());
        pipe.End();
    }

    private static string Event(string time, string user) =>
        $$"""{"timestamp":"2026-11-22T{{time}}Z","event_type":"click","user_id":"{{user}}"}""" + "\n";

    private static (string, string, int, long) Of(JsonObject result) =>
        ((string)result["window"]!, (string)result["window_start"]!, (int)result["total_events"]!, (long)result["revision"]!);

    /// <summary>Waits until the run has looked at the clock a few times.</summary>
    internal static Task Ticks(ManualTime time)
    {
        long before = time.Looks;
        return Until(() => time.Looks > before + 6);
    }

    internal static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>A pipe whose writer can wait until the reader has taken everything and wants more.</summary>
    internal sealed class Pipe : ForwardStream
    {
        private readonly BlockingCollection<byte[]> _pieces = [];
        private ReadOnlyMemory<byte> _piece;
        private int _wanted;
        private int _sent;

        public void Send(params string[] lines)
        {
            _sent++;
            _pieces.Add(System.Text.Encoding.UTF8.GetBytes(string.Concat(lines)));
        }

        public void End() => _pieces.CompleteAdding();

        public Task Taken() => Until(() => Volatile.Read(ref _wanted) > _sent);

        public override int Read(Span<byte> buffer)
        {
            if (_piece.IsEmpty)
            {
                Interlocked.Increment(ref _wanted);
                _piece = _pieces.TryTake(out byte[]? piece, Timeout.Infinite) ? piece : default;
            }

            int read = Math.Min(buffer.Length, _piece.Length);
            _piece.Span[..read].CopyTo(buffer);
            _piece = _piece[read..];
            return read;
        }
    }
}
