using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.State;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Tests.Verify;

/// <summary>
/// Goal: a lake that holds what its sources say is found equal, and each kind of mistake in it is found and named. Method: real lakes with
/// their state, changed as a person or a bad disk would.
/// </summary>
public sealed class VerifyTests : IDisposable
{
    private static readonly DateTimeOffset Six = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private readonly VerifyRuns _lake = new();

    public void Dispose() => _lake.Dispose();

    private static byte[] EmptySketch()
    {
        byte[] sketch = new byte[HyperLogLog.RedisDenseBytes];
        new HyperLogLog().WriteRedisDense(sketch);
        return sketch;
    }

    // Disorder, corrections, late events and rubbish.
    [Fact]
    public void Verify_AsCounted_IsEqualInOneLine()
    {
        string path = _lake.Runs.Write("events", StateRuns.Mixed(6000, Six));
        Assert.Equal(0, _lake.Runs.Run(path));

        Assert.Equal(0, _lake.Verify(path));

        Assert.Matches(
            "\\Aequal: 15[0-9] windows in [^ ]+/lake \\(3 x 1hour, [0-9]+ x 1min, [0-9]+ x 5min\\) as recounted "
                + "from 6,000 records = 5,[0-9]{3} counted \\+ [1-9][0-9]* late \\+ [1-9][0-9]* rejected\n\\z",
            _lake.Output);
        Assert.Equal("", _lake.Error);
    }

    [Fact]
    public void Verify_SeveralRunsOverFilesThatGrew_IsEqualToOneRecount()
    {
        string[] lines = StateRuns.Mixed(3000, Six).Split('\n');
        string first = _lake.Runs.Write("a", string.Join('\n', lines[..1000]) + "\n");
        Assert.Equal(0, _lake.Runs.Run(first));
        File.AppendAllText(first, string.Join('\n', lines[1000..1500]) + "\n");
        Assert.Equal(0, _lake.Runs.Run(first));
        string second = _lake.Runs.Write("b", string.Join('\n', lines[1500..]));
        string empty = _lake.Runs.Write("c", "");
        Assert.Equal(0, _lake.Runs.Run(second, empty));

        Assert.Equal(0, _lake.Verify(first, second, empty));
        Assert.DoesNotContain("not judged", _lake.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_SameTextCompressed_IsEqual()
    {
        string text = StateRuns.Lines(Six, 500, 10);
        Assert.Equal(0, _lake.Runs.Run(_lake.Runs.Write("events", text)));
        string packed = Path.Combine(_lake.Runs.Folder, "events.gz");
        using (GZipStream zip = new(File.Create(packed), CompressionLevel.Fastest))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal(0, _lake.Verify(packed));
        Assert.DoesNotContain("not judged", _lake.Output, StringComparison.Ordinal);
    }

    // Server b is ten minutes behind: one after the other its events are late.
    [Fact]
    public void Verify_SideBySide_IsEqualToARunSideBySideOnly()
    {
        string a = _lake.Runs.Write("a", StateRuns.Lines(Six, 400, 5, "a"));
        string b = _lake.Runs.Write("b", StateRuns.Lines(Six, 400, 5, "b"));
        _lake.Runs.Merges = true;
        Assert.Equal(0, _lake.Runs.Run(a, b));

        Assert.Equal(0, _lake.Verify(_lake.Options(a, b) with { Merges = true }));
        Assert.Equal(1, _lake.Verify(a, b));
        Assert.Contains("the state counted 800 records = 800 counted + 0 late + 0 rejected\n", _lake.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("total_events", "7", "6")]
    [InlineData("revenue", "0.0001", "0")]
    [InlineData("unique_users_exact", "false", "true")]
    [InlineData("top_pages", "/other 99", "/1 2")]
    [InlineData("users_sketch", "hash ", "hash ")]
    public async Task Verify_AValueChanged_IsShownWithBoth(string column, string stored, string recounted)
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        await _lake.TamperAsync("1min", result => result.StartMs != Six.AddMinutes(31).ToUnixTimeMilliseconds() ? null : column switch
        {
            "total_events" => result with { TotalEvents = 7 },
            "revenue" => result with { Revenue = 0.0001m },
            "unique_users_exact" => result with { UniqueUsersExact = false },
            "top_pages" =>
                result with { TopPages = result.TopPages with { Counts = [new KeyCount("/other", 99), .. result.TopPages.Counts.Skip(1)] } },
            _ => result with { UsersSketch = EmptySketch() },
        });

        Assert.Equal(1, _lake.Verify(path));

        string[] lines = _lake.Output.Split('\n');
        Assert.StartsWith("different: 1 of 125 windows in ", lines[0], StringComparison.Ordinal);
        Assert.Matches("\\Awindow +start \\(UTC\\) +end \\(UTC\\) +column +stored +recounted\\z", lines[1]);
        Assert.Matches($"\\A1min    2026-11-22 06:31:00  2026-11-22 06:32:00  {column} +{stored}[^ ]*  {recounted}[^ ]*\\z", lines[2]);
        Assert.StartsWith("recounted from 360 records", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WindowsMissing_AreAllNamed()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 720, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        Directory.Delete(Path.Combine(_lake.Runs.Lake, "metrics_1hour/date=2026-11-22/hour=06"), recursive: true);

        Assert.Equal(1, _lake.Verify(path));
        Assert.Contains("\n1hour   2026-11-22 06:00:00  2026-11-22 07:00:00  window  missing  360 events\n", _lake.Output, StringComparison.Ordinal);
        Assert.StartsWith("different: 1 of ", _lake.Output, StringComparison.Ordinal);
    }

    // One in a gap of the sources, one before them and one behind them.
    [Theory]
    [InlineData(90)]
    [InlineData(-600)]
    [InlineData(6000)]
    public async Task Verify_AWindowTooMany_IsNamed(int minute)
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10) + StateRuns.Lines(Six.AddHours(2), 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        long startMs = Six.AddMinutes(minute).ToUnixTimeMilliseconds();
        await _lake.TamperAsync("1min",
            result => result.StartMs == Six.ToUnixTimeMilliseconds() ? result with { StartMs = startMs, EndMs = startMs + 60_000 } : null);

        Assert.Equal(1, _lake.Verify(path));
        Assert.StartsWith("different: 1 of ", _lake.Output, StringComparison.Ordinal);
        Assert.Contains($"\n1min    {TimeText.Format(startMs).Replace('T', ' ').TrimEnd('Z')}", _lake.Output, StringComparison.Ordinal);
        Assert.Contains("  window  6 events  missing\n", _lake.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ManyDifferences_AreBoundedAndCounted()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 720, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        await _lake.TamperAsync("5min", result => result with { Clicks = 1, Searches = 1 });

        Assert.Equal(1, _lake.Verify(path));
        Assert.Equal(30, _lake.Output.Split('\n').Count(line => line.StartsWith("5min ", StringComparison.Ordinal)));
        Assert.Contains("\nand 218 more\n", _lake.Output, StringComparison.Ordinal);

        Assert.Equal(1, _lake.Verify(_lake.Options(path) with { Json = true }));
        JsonObject lake = _lake.Json["stores"]![0]!.AsObject();
        Assert.Equal(124, (int)lake["differentWindows"]!);
        Assert.Equal(248, lake["differences"]!.AsArray().Count);
    }

    // day20 | day21: whoever has one of them can judge what lies within it.
    [Fact]
    public async Task Verify_APartOfWhatWasCounted_JudgesWhatOnlyThisPartCanHaveFilled()
    {
        string first = _lake.Runs.Write("day20", StateRuns.Lines(Six, 360, 10));
        string second = _lake.Runs.Write("day21", StateRuns.Lines(Six.AddHours(1), 360, 10));
        Assert.Equal(0, _lake.Runs.Run(first));
        Assert.Equal(0, _lake.Runs.Run(second));

        Assert.Equal(0, _lake.Verify(first));
        Assert.Contains("; 33 windows at the ends of the sources are not judged\n", _lake.Output, StringComparison.Ordinal);
        Assert.Equal(0, _lake.Verify(second));

        // At 07:50 the first has no say, and the second has.
        await _lake.TamperAsync(
            "1min", result => result.StartMs == Six.AddMinutes(110).ToUnixTimeMilliseconds() ? result with { TotalEvents = 1 } : null);
        Assert.Equal(0, _lake.Verify(first));
        Assert.Equal(1, _lake.Verify(second));
        Assert.Contains("\n1min    2026-11-22 07:50:00  ", _lake.Output, StringComparison.Ordinal);
    }

    // What lies behind the position of the state is not counted yet, and no difference.
    [Fact]
    public void Verify_AFileThatHasGrownSince_JudgesWhatIsFinalInTheState()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        File.AppendAllText(path, StateRuns.Lines(Six.AddHours(1), 360, 10));

        Assert.Equal(0, _lake.Verify(path));
        Assert.Contains(" windows at the ends of the sources are not judged\n", _lake.Output, StringComparison.Ordinal);
        Assert.Matches("\\(5[0-9] x 1min", _lake.Output);
    }

    [Fact]
    public void Verify_AFileThatWasNotCounted_IsTold()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        string other = _lake.Runs.Write("other", StateRuns.Lines(Six.AddHours(1), 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));

        Assert.Equal(0, _lake.Verify(path, other));
        Assert.Equal($"tidemark: {other} was not counted into this lake, as its state says\n", _lake.Error);
    }

    // An event from the far future was rejected when it arrived; by now it would count.
    [Fact]
    public void Verify_LongAfter_TakesTheEventsToHaveArrivedWhenTheRunDid()
    {
        _lake.Runs.Options = new EngineOptions { MaxJump = null };
        string path = _lake.Runs.Write("events",
            StateRuns.Lines(Six, 360, 10) + StateRuns.Lines(StateRuns.Now.AddHours(1), 1, 1) + StateRuns.Lines(Six.AddHours(1), 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));

        Assert.Equal(0, _lake.Verify(path));
        Assert.Contains("721 records = 720 counted + 0 late + 1 rejected\n", _lake.Output, StringComparison.Ordinal);
        Assert.Equal(1, _lake.Verify(_lake.Options(path) with { Now = StateRuns.Now.AddHours(2) }));
    }

    [Fact]
    public void Verify_OtherConfiguration_GoesByTheStatesAndSaysSo()
    {
        _lake.Runs.Options =
            new EngineOptions { Windows = [new() { Name = "m", Size = TimeSpan.FromMinutes(1) }], AllowedLateness = TimeSpan.FromMinutes(1) };
        string path = _lake.Runs.Write("events", StateRuns.Mixed(2000, Six));
        Assert.Equal(0, _lake.Runs.Run(path));
        _lake.Runs.Options = new EngineOptions { Windows = _lake.Runs.Options.Windows };

        Assert.Equal(0, _lake.Verify(_lake.Options(path) with { HasConfiguration = true }));
        Assert.Equal("tidemark: --config is not what the lake was counted under, "
            + "and is passed over: allowedLateness: 1min in the state, 5min now\n", _lake.Error);
        Assert.Contains(" x m)", _lake.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WithoutAState_JudgesByTheConfigurationAllButTheEnds()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 720, 10));
        Assert.Equal(0, _lake.Runs.Run(path));

        Assert.Equal(0, _lake.Verify(_lake.Options(path) with { State = null }));
        Assert.Matches("\\Aequal: 2[0-9]{2} windows in .*; [0-9]+ windows at the ends of the sources are not judged\n\\z", _lake.Output);
    }

    [Fact]
    public void Verify_NothingToCompare_FailsAndSaysWhy()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        long laterMs = Six.AddDays(7).ToUnixTimeMilliseconds();

        Assert.Equal(1, _lake.Verify(_lake.Options(path) with { Range = new Interval(laterMs, long.MaxValue) }));
        Assert.Equal("tidemark: nothing was compared: no window lies in that range\n", _lake.Error);
        Assert.Equal("", _lake.Output);

        Assert.Equal(1, _lake.Verify(_lake.Options(_lake.Runs.Write("rubbish", "rubbish\n")) with { State = null }));
        Assert.Equal("tidemark: nothing was compared: no event of the sources could be counted\n", _lake.Error);

        Assert.Equal(1, _lake.Verify(_lake.Options(_lake.Runs.Write("few", StateRuns.Lines(Six, 3, 1))) with { State = null }));
        Assert.StartsWith("tidemark: nothing was compared: all windows lie at the ends of the sources", _lake.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ARange_ComparesOnlyItsWindows()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 720, 10));
        Assert.Equal(0, _lake.Runs.Run(path));
        Interval range = new(Six.AddMinutes(10).ToUnixTimeMilliseconds(), Six.AddMinutes(20).ToUnixTimeMilliseconds());

        Assert.Equal(0, _lake.Verify(_lake.Options(path) with { Range = range }));
        Assert.Contains(": 20 windows in ", _lake.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_StateThatIsNotThere_IsRefusedWithTheWayOut()
    {
        string path = _lake.Runs.Write("events", StateRuns.Lines(Six, 360, 10));
        Assert.Equal(0, _lake.Runs.Run(path));

        Assert.Equal(1, _lake.Verify(_lake.Options(path) with { State = Path.Combine(_lake.Runs.Folder, "nowhere") }));
        Assert.Matches("\\Atidemark: there is no state in [^ ]+/nowhere: "
            + "give the one of the runs that wrote the lake, or --state off to go by --config\n\\z", _lake.Error);
    }
}
