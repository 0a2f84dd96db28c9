using System.Text.Json.Nodes;
using System.Text;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Tests.Run;
using Tidemark.Core.Parsing;
using Tidemark.Engine;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.DeadLetters;

public sealed class DeadLetterTests
{
    private const int MiB = 1 << 20;

    private const string Good = """{"timestamp":"2026-11-22T08:00:00Z","event_type":"click"}""";

    [Fact]
    public void Run_EveryReason_IsWrittenWithItsPlaceAndBytes()
    {
        //  line 0 counts and 2 is blank: both take an offset. Line 9 is ten minutes behind line 8.
        string[] lines =
        [
            Good,
            "{\"timestamp\":",
            "  \r",
            "[1]",
            """{"event_type":"click"}""",
            """{"timestamp":"yesterday","event_type":"click"}""",
            """{"timestamp":"2026-11-22T08:00:00Z"}""",
            """{"timestamp":"2026-11-22T09:05:00.001Z","event_type":"click"}""",
            """{"timestamp":"2026-11-22T08:20:00Z","event_type":"click"}""",
            """{"timestamp":"2026-11-22T08:10:59.5Z","event_type":"click"}""",
        ];
        using var run = new TestRun();

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

        Assert.Equal(
            [
                ("malformed_json", 1, lines[1]), ("not_an_object", 3, lines[3]), ("missing_timestamp", 4, lines[4]), ("bad_timestamp", 5, lines[5]),
                ("missing_event_type", 6, lines[6]), ("future_timestamp", 7, lines[7]), ("late", 9, lines[9]),
            ],
            run.Letters.Select(letter => ((string)letter["reason"]!, (int)letter["offset"]!, (string)letter["value"]!)));
        Assert.All(run.Letters, letter => Assert.Equal(Path.Combine(run.Folder, "events.ndjson"), (string)letter["source"]!));
        Assert.All(run.Letters, letter => Assert.Equal(0, (int)letter["partition"]!));
        Assert.Equal("2026-11-22T08:10:00Z", (string)run.Letters[^1]["missed_minute"]!);
        Assert.All(run.Letters.SkipLast(1), letter => Assert.False(letter.ContainsKey("missed_minute")));
        Assert.Contains("9 read = 2 counted + 1 late + 6 rejected", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            "malformed_json 1, not_an_object 1, missing_timestamp 1, bad_timestamp 1, missing_event_type 1, future_timestamp 1",
            run.Error, StringComparison.Ordinal);
        Assert.Contains("late for      2026-11-22T08:10:00Z 1", run.Error, StringComparison.Ordinal);
        Assert.Contains($"dead letters  {run.DeadLetters}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AnyBytes_ComeBackExactly()
    {
        var random = new Random(1);
        List<byte[]> lines =
        [
            [0xFF, 0xFE], [0], [.. "a\0b"u8], [.. "\"quoted\" \\ / \u0001\u001f\u007f \u2028 é 😀"u8],
            [.. "cr at the end\r"u8], [.. "\r\rx"u8], [0xED, 0xA0, 0x80],
            [.. "<script>&'+"u8], [0xC3], [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'],
        ];
        for (int i = 0; i < 300; i++)
        {
            byte[] line = new byte[random.Next(1, 40)];
            random.NextBytes(line);
            line.AsSpan().Replace((byte)'\n', (byte)'x');
            line[0] = (byte)'!';
            lines.Add(line);
        }

        using var run = new TestRun();
        Assert.Equal(0, run.Run([.. Encoding.UTF8.GetBytes(Good), (byte)'\n', .. lines.SelectMany(line => line.Append((byte)'\n'))]));

        Assert.Equal(lines.Select(Convert.ToHexString), run.Letters.Select(letter => Convert.ToHexString(Bytes(letter))));
        Assert.Contains(run.Letters, letter => letter.ContainsKey("value"));
        Assert.Contains(run.Letters, letter => letter.ContainsKey("value_base64"));
        Assert.Contains($"{lines.Count + 1} read = 1 counted + 0 late + {lines.Count} rejected", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MiB, "malformed_json")]
    [InlineData(MiB + 1, "too_large")]
    [InlineData(5 * MiB, "too_large")]
    public void Run_LongLine_KeepsItsFirstBytes(int length, string reason)
    {
        byte[] line = new byte[length];
        Array.Fill(line, (byte)'x');
        using var run = new TestRun();

        Assert.Equal(0, run.Run([.. line, (byte)'\n', .. Encoding.UTF8.GetBytes(Good)]));

        JsonObject letter = Assert.Single(run.Letters);
        Assert.Equal(reason, (string)letter["reason"]!);
        Assert.Equal(line[..Math.Min(length, MiB + 1)], Bytes(letter));
        Assert.Contains("2 read = 1 counted + 0 late + 1 rejected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flush_WhileAnotherThreadFlushes_WritesEachLetterOnce()
    {
        const int Letters = 20_000;
        using TempFolder folder = new();
        using (DeadLetterFile file = DeadLetterFile.Open(folder.File("dead"), [], keeps: false))
        {
            using CancellationTokenSource done = new();
            Task flushing = Task.Run(() =>
            {
                while (!done.IsCancellationRequested)
                {
                    file.Flush();
                }
            });
            for (int i = 0; i < Letters; i++)
            {
                file.Write(new DeadLetter(RecordOutcome.MalformedJson, 0, i, null, "x"u8), "x"u8, RecordForm.Unknown, "source", i);
                file.Flush();
            }

            await done.CancelAsync();
            await flushing;
        }

        string[] lines = await File.ReadAllLinesAsync(folder.File("dead"));
        Assert.Equal(Enumerable.Range(0, Letters), lines.Select(line => (int)JsonNode.Parse(line)!["offset"]!));
    }

    // What is added to has the rights that somebody has given it; what is replaced, or new, is for the owner alone.
    [Theory]
    [InlineData(null, false, "600")]
    [InlineData(null, true, "600")]
    [InlineData("before\n", false, "600")]
    [InlineData("before\n", true, "644")]
    [InlineData("", true, "600")]
    public void Open_File_IsForItsOwnerAloneUnlessItIsAddedTo(string? before, bool keeps, string mode)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TempFolder folder = new();
        string path = folder.File("dead");
        if (before is not null)
        {
            File.WriteAllText(path, before);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("644", 8));
        }

        DeadLetterFile.Open(path, [], keeps).Dispose();

        Assert.Equal(mode, Convert.ToString((int)File.GetUnixFileMode(path), 8));
        Assert.Equal(keeps ? before ?? "" : "", File.ReadAllText(path));
    }

    [Fact]
    public void Run_LongLineCutWithinACharacter_IsBase64()
    {
        byte[] line = [.. new byte[MiB].Select(_ => (byte)'x'), .. "é"u8];
        using var run = new TestRun();

        Assert.Equal(1, run.Run(line));

        Assert.Equal(line[..(MiB + 1)], Convert.FromBase64String((string)Assert.Single(run.Letters)["value_base64"]!));
    }

    private static byte[] Bytes(JsonObject letter) =>
        letter["value"] is { } text ? Encoding.UTF8.GetBytes((string)text!) : Convert.FromBase64String((string)letter["value_base64"]!);
}
