using System.Text;
using Tidemark.Cli.Sources;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Tests.Sources;

/// <summary>NUL bytes where lines begin are holes that log rotation or a crash left: skipped and told, wherever blocks are cut.</summary>
public sealed class PaddingTests
{
    private const int Least = EventParser.MinPaddingBytes;

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(3_000_000)]
    public void Run_PaddingAtTheStartWithinAndAtTheEnd_CountsEveryEventAndTellsIt(int padding)
    {
        string[] lines = StateRuns.Lines(Start, 60, 1).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[] hole = new byte[padding];
        byte[] text = [.. hole, .. Text(lines[..20]), .. hole, .. Text(lines[20..40]), .. hole, (byte)'\n', .. Text(lines[40..]), .. hole];
        using TestRun run = new() { Tuning = new(1, 4096) };

        Assert.Equal(0, run.Run(text));

        Assert.Contains("60 read = 60 counted + 0 late + 0 rejected", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{4 * padding:N0} NUL bytes were skipped", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AnyPaddingInAnyBlocks_GivesTheSame()
    {
        Random random = new(2);
        for (int i = 0; i < 25; i++)
        {
            using MemoryStream text = new();
            foreach (string line in StateRuns.Lines(Start, 30, 1).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                text.Write(new byte[random.Next(3) * random.Next(40)]);
                text.Write(Text(line));
            }

            // One byte less than a hole has is a broken line, as it always was.
            text.Write(new byte[Least - 1]);
            text.Write("{}\n"u8);
            using TestRun small = new() { Tuning = new(1, 1 + random.Next(300)), WritesLake = false };
            using TestRun large = new() { WritesLake = false };
            int expected = large.Run(text.ToArray());

            Assert.Equal(expected, small.Run(text.ToArray()));
            Assert.Equal(large.Output.ToArray(), small.Output.ToArray());
            Assert.Equal(
                large.Letters.Select(letter => letter.ToJsonString().Replace(large.Folder, "", StringComparison.Ordinal)),
                small.Letters.Select(letter => letter.ToJsonString().Replace(small.Folder, "", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Run_PaddedFileThatHasGrownAndItsCompressedCopy_AreKnown()
    {
        string text = StateRuns.Lines(Start, 50, 1);
        using StateRuns runs = new();
        string path = Path.Combine(runs.Folder, "events");
        File.WriteAllBytes(path, [.. new byte[100_000], .. Text(text)]);
        Assert.Equal(0, runs.Run(path));
        File.AppendAllText(path, StateRuns.Lines(Start.AddSeconds(50), 10, 1));
        Assert.Equal(0, runs.Run(path));
        Assert.Contains("10 read = 10 counted", runs.Error, StringComparison.Ordinal);

        string copy = Path.Combine(runs.Folder, "copy");
        File.WriteAllBytes(copy, Formats.Packing.Gzip(File.ReadAllBytes(path)));
        Assert.Equal(0, runs.Run(copy));
        Assert.Contains("was counted before", runs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FollowedFileOfNothingButPadding_WaitsForItsText()
    {
        using Tidemark.Support.Fixtures.TempFolder folder = new();
        File.WriteAllBytes(folder.File("log"), new byte[1000]);

        Assert.Null(new FileOpener(new FileMemory(), follows: true).OpenIf(folder.File("log"), null));

        File.AppendAllText(folder.File("log"), "{}\n");
        using TextInput input = new FileOpener(new FileMemory(), follows: true).OpenIf(folder.File("log"), null)!;
        Assert.Equal(0, input.Start);
        Assert.Equal((byte)'{', input.Text.ReadByte());
    }

    private static byte[] Text(params string[] lines) =>
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.EndsWith('\n') ? line : line + "\n")));
}
