using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Tests.Sources.Formats;

/// <summary>Goal: whatever form the events have, the results are those of plain lines, in one run or in several.</summary>
public sealed class FormRunTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private static readonly string Events = StateRuns.Mixed(1500, Start);

    /// <summary>Where a line ends in the middle of the text.</summary>
    private static readonly int TwoThirds = Events.IndexOf('\n', Events.Length * 2 / 3) + 1;

    private static readonly EngineOptions FewWindows = new() { Windows = [new WindowDefinition { Name = "m", Size = TimeSpan.FromMinutes(5) }] };

    private static readonly Lazy<Task<IReadOnlyDictionary<string, string>>> Uncut = new(async () =>
    {
        using StateRuns runs = new() { Options = FewWindows };
        Assert.Equal(0, runs.Run(runs.Write("uncut", Events)));
        return await runs.ContentsAsync();
    });

    public static TheoryData<string> Forms => [.. Packing.Forms.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Run_AnyForm_GivesTheResultsOfPlainLines(string form)
    {
        byte[] text = Encoding.UTF8.GetBytes(StateRuns.Mixed(2000, Start));
        byte[] packed = Packing.Forms[form](text);
        using TestRun plain = new() { WritesLake = false };
        using TestRun file = new() { WritesLake = false };
        using TestRun pipe = new() { WritesLake = false };

        Assert.Equal(0, plain.Run(text));
        Assert.Equal(0, file.Run(packed));
        Assert.Equal(0, pipe.Run("-", PiecewiseStream.Random(packed, 1, 5000)));

        Assert.Equal(Encoding.UTF8.GetString(plain.Output.ToArray()), Encoding.UTF8.GetString(file.Output.ToArray()));
        Assert.Equal(LastContents(plain), LastContents(pipe));
        Assert.Equal(plain.Letters.Count, file.Letters.Count);
    }

    /// <summary>A run that is stopped in the middle of the file goes on there; the same file again adds nothing; a plain copy neither.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Run_StoppedWithinTheFileAndStartedAgain_CountsEachEventOnce(string form)
    {
        using StateRuns runs = new() { Options = FewWindows };
        string path = Path.Combine(runs.Folder, "events");
        byte[] packed = Packing.Forms[form](Encoding.UTF8.GetBytes(Events));
        File.WriteAllBytes(path, packed.AsSpan(0, form is "UTF-16" or "UTF-16 big-endian" ? 2 + (2 * TwoThirds) : packed.Length * 4 / 5));
        int cut = runs.Run(path);
        string first = runs.Error;
        File.WriteAllBytes(path, packed);
        Assert.Equal(0, runs.Run(path));

        // Lines may end anywhere; all else is known to be cut.
        Assert.Equal(form is "UTF-16" or "UTF-16 big-endian" ? 0 : 1, cut);
        Assert.Contains(" read = ", first, StringComparison.Ordinal);
        StateRuns.RequireSame(await Uncut.Value, await runs.ContentsAsync());

        Assert.Equal(0, runs.Run(path));
        Assert.Contains("was counted before", runs.Error, StringComparison.Ordinal);
        StateRuns.RequireSame(await Uncut.Value, await runs.ContentsAsync());
    }

    [Fact]
    public void Run_CutCompressedFile_CountsTheWholeLinesAndFails()
    {
        byte[] text = Encoding.UTF8.GetBytes(StateRuns.Lines(Start, 100, 1));
        byte[] packed = [.. Packing.Zstd(text[..(text.Length / 2)]), .. Packing.Zstd(text[(text.Length / 2)..])[..^3]];
        using TestRun run = new();

        Assert.Equal(1, run.Run(packed));

        Assert.Contains(" bytes of text: the zstd data are cut off", run.Error, StringComparison.Ordinal);
        Assert.Contains("50 read = 50 counted", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ElementThatIsNoEvent_IsNamedByItsNumber()
    {
        using TestRun run = new();

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(
            "[{\"timestamp\":\"2026-11-22T06:00:00Z\",\"event_type\":\"click\"},\n{\"timestamp\":\"yesterday\",\"event_type\":\"click\"}]")));

        Assert.Contains("the first bad_timestamp is element 2 of ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (int)Assert.Single(run.Letters)["offset"]!);
    }

    [Fact]
    public void Run_UnclosedArray_CountsItsElementsAndFails()
    {
        using TestRun run = new();

        Assert.Equal(1, run.Run("[{\"timestamp\":\"2026-11-22T06:00:00Z\",\"event_type\":\"click\"},\n{\"timestamp\":"u8.ToArray()));

        Assert.Contains("the JSON array has no end", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 read = 1 counted", run.Error, StringComparison.Ordinal);
    }

    private static SortedDictionary<string, string> LastContents(TestRun run) => new(run.Last.ToDictionary(
        result => $"{result["window"]} {result["window_start"]}", Content));

    private static string Content(JsonObject result)
    {
        foreach (string publication in new[] { "phase", "revision", "watermark" })
        {
            result.Remove(publication);
        }

        return result.ToJsonString();
    }
}
