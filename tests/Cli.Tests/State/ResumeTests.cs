using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Core;

namespace Tidemark.Cli.Tests.State;

/// <summary>
/// Goal: runs that go on from one another lead to what one run over everything leads to, and whatever cannot go on is refused in plain
/// words and left as it is.
/// </summary>
public sealed class ResumeTests
{
    private static readonly DateTimeOffset Evening = new(2026, 11, 20, 23, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Midnight = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private const int Events = 360;

    private static string Day20 => StateRuns.Lines(Evening, Events, 10);

    private static string Day21 => StateRuns.Lines(Midnight, Events, 10);

    // Two daily files, ten seconds between events: the windows across midnight hold both.
    [Fact]
    public async Task Run_TwoDailyFiles_FillOneLakeAndTheFirstAgainAddsNothing()
    {
        using StateRuns runs = new();
        string first = runs.Write("day20", Day20);
        string second = runs.Write("day21", Day21);
        Assert.Equal(0, runs.Run(first));
        Assert.Equal(0, runs.Run(second));

        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
        Assert.Equal(30, (await runs.EventsAsync("5min"))["2026-11-20T23:58:00Z"]);
        IReadOnlyDictionary<string, string> before = await runs.ContentsAsync();

        Assert.Equal(0, runs.Run(first));
        Assert.Contains($"{first} was counted before, all 360 lines of it: nothing is added", runs.Error, StringComparison.Ordinal);
        Assert.Contains("0 read = 0 counted", runs.Error, StringComparison.Ordinal);
        Assert.Equal(before, await runs.ContentsAsync());
    }

    // Eleven events in the first file; the second begins with a straggler of the hour before.
    [Fact]
    public async Task Run_HourlyFilesWithAStraggler_AddUp()
    {
        using StateRuns runs = new()
        {
            Options = new EngineOptions { Windows = [
                new() { Name = "m", Size = TimeSpan.FromMinutes(1) }, new() { Name = "h", Size = TimeSpan.FromHours(1) }] },
        };
        DateTimeOffset six = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);
        Assert.Equal(0, runs.Run(runs.Write("a", StateRuns.Lines(six, 11, 300))));
        Assert.Equal(0, runs.Run(runs.Write("b", StateRuns.Lines(six.AddMinutes(57), 1, 1) + StateRuns.Lines(six.AddMinutes(60), 3, 300))));

        Assert.Equal(12, (await runs.EventsAsync("h"))["2026-11-22T06:00:00Z"]);
        Assert.Equal(12, (await runs.EventsAsync("m")).Where(minute => minute.Key.StartsWith("2026-11-22T06:", StringComparison.Ordinal)).Sum(
            minute => minute.Value));
        Assert.Equal(3, (await runs.EventsAsync("h"))["2026-11-22T07:00:00Z"]);
    }

    [Fact]
    public async Task Run_FileThatHasGrown_AddsWhatIsNew()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20);
        Assert.Equal(0, runs.Run(path));
        File.AppendAllText(path, Day21);
        Assert.Equal(0, runs.Run(path));

        Assert.Contains("360 read = 360 counted", runs.Error, StringComparison.Ordinal);
        Assert.Contains("with before   720 read = 720 counted", runs.Error, StringComparison.Ordinal);
        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
    }

    // Known by what it says: under another name, compressed, or both.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_SameTextElsewhere_AddsNothing(bool compressed)
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20);
        Assert.Equal(0, runs.Run(path));
        IReadOnlyDictionary<string, string> before = await runs.ContentsAsync();
        string copy = runs.Write("copy", Day20);
        if (compressed)
        {
            using FileStream packed = File.Create(copy);
            using GZipStream zip = new(packed, CompressionLevel.Fastest);
            zip.Write(Encoding.UTF8.GetBytes(Day20));
        }

        Assert.Equal(0, runs.Run(copy));

        Assert.Contains("was counted before", runs.Error, StringComparison.Ordinal);
        Assert.Equal(before, await runs.ContentsAsync());
    }

    [Fact]
    public async Task Run_CompressedFileThatHasGrown_AddsWhatIsNew()
    {
        using StateRuns runs = new();
        string path = runs.Write("events.gz", "");
        AppendMember(path, Day20);
        Assert.Equal(0, runs.Run(path));
        AppendMember(path, Day21);
        Assert.Equal(0, runs.Run(path));

        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
    }

    [Fact]
    public async Task Run_LastLineWithoutAnEnd_IsCountedOnceThoughItGetsOne()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20.TrimEnd('\n'));
        Assert.Equal(0, runs.Run(path));
        Assert.Contains("360 read = 360 counted", runs.Error, StringComparison.Ordinal);
        File.AppendAllText(path, "\n" + Day21);
        Assert.Equal(0, runs.Run(path));

        Assert.Contains("360 read = 360 counted", runs.Error, StringComparison.Ordinal);
        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
    }

    [Fact]
    public async Task Run_LineThatIsTooLong_IsRejectedOnceThoughARunStopsBehindIt()
    {
        using StateRuns runs = new();
        string huge = new('x', (1 << 20) + 500_000);
        string path = runs.Write("events", Day20 + huge);
        Assert.Equal(0, runs.Run(path));
        File.AppendAllText(path, "more of it\n" + Day21);
        Assert.Equal(0, runs.Run(path));

        Assert.Contains("with before   721 read = 720 counted + 0 late + 1 rejected", runs.Error, StringComparison.Ordinal);
        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
        Assert.Single(File.ReadLines(runs.Letters));
    }

    [Fact]
    public async Task Run_SeveralSourcesInOrder_AreOneStream()
    {
        using StateRuns runs = new();
        Directory.CreateDirectory(Path.Combine(runs.Folder, "days"));
        runs.Write("days/b", Day21);
        runs.Write("days/a", Day20);
        Assert.Equal(0, runs.Run(Path.Combine(runs.Folder, "days"), Path.Combine(runs.Folder, "days", "*")));

        Assert.Contains("720 read = 720 counted", runs.Error, StringComparison.Ordinal);
        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
    }

    // One stream cut by server: one after the other, half of it would be late.
    [Fact]
    public async Task Run_Merged_CountsWhatIsOneStreamCutByServer()
    {
        string[] lines = (Day20 + Day21).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using StateRuns runs = new() { Merges = true };
        string one = runs.Write("one", string.Concat(lines.Where((_, i) => i % 2 == 0).Select(line => line + "\n")));
        string two = runs.Write("two", string.Concat(lines.Where((_, i) => i % 2 == 1).Select(line => line + "\n")));
        Assert.Equal(0, runs.Run(one, two));
        Assert.Contains("720 read = 720 counted + 0 late", runs.Error, StringComparison.Ordinal);
        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());

        // The next day's files go on where those ended.
        DateTimeOffset next = Midnight.AddHours(1);
        Assert.Equal(0, runs.Run(runs.Write("three", StateRuns.Lines(next, 100, 10, "v")), runs.Write("four", StateRuns.Lines(next, 100, 10, "w"))));
        Assert.True(runs.Error.Contains("200 read = 200 counted + 0 late", StringComparison.Ordinal), runs.Error);
    }

    [Fact]
    public async Task Run_PipeStoppedAndStartedAgain_GoesOnWithItsWindows()
    {
        string[] lines = (Day20 + "rubbish\n" + Day21).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line + "\n").ToArray();
        using StateRuns runs = new();
        for (int start = 0; start < lines.Length; start += 250)
        {
            using CancellationTokenSource stop = new();
            string part = string.Concat(lines.Skip(start).Take(250));
            bool isLast = start + 250 >= lines.Length;
            using PipeOf input = new(part, isLast ? null : stop);

            Assert.Equal(0, runs.Run(["-"], input, stop.Token));
            Assert.Equal(!isLast, runs.Error.Contains("stopped: the state is saved in ", StringComparison.Ordinal));
        }

        Assert.Equal(await UncutAsync(Day20 + Day21), await runs.ContentsAsync());
        JsonObject letter = JsonNode.Parse(Assert.Single(File.ReadLines(runs.Letters)))!.AsObject();
        Assert.Equal(Events, (int)letter["offset"]!);
    }

    [Fact]
    public void Run_FileThatWasCut_IsRefusedAndNothingChanges()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20);
        Assert.Equal(0, runs.Run(path));
        byte[] before = File.ReadAllBytes(StateFile(runs));
        runs.Write("events", Day20[..1000]);

        Assert.Equal(1, runs.Run(path));

        Assert.Contains($"cannot go on with {path}: it ends before byte {Day20.Length} of its text, up to where it was counted (line 360)",
            runs.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", runs.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("delete", runs.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(StateFile(runs)));
    }

    [Fact]
    public void Run_FileThatWasChangedBeforeItsPosition_IsRefused()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20 + Day21 + Day21 + Day21);
        Assert.Equal(0, runs.Run(path));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^30] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Equal(1, runs.Run(path));

        Assert.Contains("is not what it was: it was changed", runs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherConfiguration_IsRefusedWithTheDifferencesAndTheWayOut()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20);
        Assert.Equal(0, runs.Run(path));
        runs.Options = new EngineOptions { AllowedLateness = TimeSpan.FromMinutes(10), IdleTimeout = TimeSpan.FromSeconds(5) };

        Assert.Equal(1, runs.Run(path));

        Assert.Contains(
            "was made under another configuration: allowedLateness: 5min in the state, 10min now. ", runs.Error, StringComparison.Ordinal);
        Assert.Contains("tidemark state shows it", runs.Error, StringComparison.Ordinal);
        runs.Options = new EngineOptions { IdleTimeout = TimeSpan.FromSeconds(5) };
        Assert.Equal(0, runs.Run(path));
    }

    [Fact]
    public void Run_DamagedState_IsRefusedAndLeftAsItIs()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", Day20);
        Assert.Equal(0, runs.Run(path));
        byte[] bytes = File.ReadAllBytes(StateFile(runs));
        bytes[bytes.Length / 3] ^= 4;
        File.WriteAllBytes(StateFile(runs), bytes);

        Assert.Equal(1, runs.Run(path));

        Assert.Matches("tidemark: [^\n]*/_state/state-000001.log is damaged at byte [0-9]+: [^\n]*this lake stays as it is", runs.Error);
        Assert.Equal(bytes, File.ReadAllBytes(StateFile(runs)));
    }

    [Fact]
    public void Run_UnfinishedFileAndAnotherOne_GoesOnWithEachWhenItIsGiven()
    {
        using StateRuns runs = new() { Tuning = new JobTuning(1, 1) };
        string path = runs.Write("events", Day20);
        using (CancellationTokenSource stop = new())
        {
            stop.Cancel();
            Assert.Equal(0, runs.Run([path], null, stop.Token));
        }

        Assert.Equal(0, runs.Run(runs.Write("other", Day21)));
        Assert.Equal(0, runs.Run(path));
        Assert.Contains("with before   720 read = ", runs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DeadLettersOfARunThatWasCutOff_AreWrittenOnce()
    {
        using StateRuns runs = new();
        string path = runs.Write("events", "rubbish\n" + Day20 + "more rubbish\n");
        Assert.Equal(0, runs.Run(path));
        Assert.Equal(2, File.ReadLines(runs.Letters).Count());

        // Others' lines stay: the run ended cleanly, so whatever is behind its letters is not its own.
        File.AppendAllText(runs.Letters, "{\"somebody\":\"else\"}\n");
        File.AppendAllText(path, "again rubbish\n");
        Assert.Equal(0, runs.Run(path));
        Assert.Equal(4, File.ReadLines(runs.Letters).Count());
    }

    private static string StateFile(StateRuns runs) => Path.Combine(Runner.StateOf(runs.Lake), "state-000001.log");

    private static void AppendMember(string path, string text)
    {
        using FileStream file = new(path, FileMode.Append);
        using GZipStream zip = new(file, CompressionLevel.Fastest);
        zip.Write(Encoding.UTF8.GetBytes(text));
    }

    private static async Task<IReadOnlyDictionary<string, string>> UncutAsync(string text)
    {
        using StateRuns uncut = new();
        Assert.Equal(0, uncut.Run(uncut.Write("uncut", text)));
        return await uncut.ContentsAsync();
    }

    /// <summary>A pipe that is interrupted once everything in it was asked for.</summary>
    private sealed class PipeOf(string text, CancellationTokenSource? stop) : ForwardStream
    {
        private readonly MemoryStream _text = new(Encoding.UTF8.GetBytes(text));

        public override int Read(Span<byte> buffer)
        {
            int read = _text.Read(buffer);
            if (read == 0 && stop is not null)
            {
                // At the same instant: the end of the pipe, and Ctrl-C.
                stop.CancelAfter(TimeSpan.FromMilliseconds(20));
            }

            return read;
        }
    }
}
