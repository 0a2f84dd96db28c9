using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Run;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Cli.Tests.Sources;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>The same lines give the same bytes: on stdout, in the dead letters and in the lake.</summary>
public sealed partial class RunnerDeterminismTests
{
    private static readonly GeneratorOptions Stream = GeneratedStream.Of(40_000) with
    {
        Start = TestRun.Now - TimeSpan.FromMinutes(17), EventsPerSecond = 40,
        LatePercent = 0.1, BadPercent = 2, DuplicatePercent = 1, DisorderMs = 8000,
    };

    private static readonly Lazy<byte[]> Text = new(() => GeneratedStream.Bytes(Stream, 1 << 20));
    private static readonly Lazy<Written> Expected = new(() => RunWith(1, 512 * 1024, null));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(2, 100)]
    [InlineData(8, 4096)]
    [InlineData(2, 512 * 1024)]
    [InlineData(4, 512 * 1024)]
    [InlineData(3, 4 * 1024 * 1024)]
    public void Run_ThreadsAndBlocks_ChangeNothing(int threads, int blockBytes) => Expected.Value.AssertSame(RunWith(threads, blockBytes, null));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(3000)]
    [InlineData(1_000_000)]
    public void Run_StandardInputInPieces_ChangesNothing(int maxBytes) =>
        Expected.Value.AssertSame(RunWith(4, 64 * 1024, () => PiecewiseStream.Random(Text.Value, maxBytes, maxBytes)));

    [Fact]
    public void Run_Gzip_ChangesNothing()
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Text.Value);
        }

        Expected.Value.AssertSame(RunWith(2, 512 * 1024, () => PiecewiseStream.Random(packed.ToArray(), 1, 5000)));
        using var run = new TestRun();
        Assert.Equal(0, run.Run(run.Write("events.ndjson.gz", packed.ToArray())));
        Expected.Value.AssertSame(Written.By(run, "events.ndjson.gz"));
    }

    [Fact]
    public void Run_Stream_HasEverythingThatCouldChange()
    {
        using var run = new TestRun();
        Assert.Equal(0, run.Run(Text.Value));

        Assert.Contains(run.Results, result => (string)result["phase"]! == "corrected");
        string[] reasons = [.. run.Letters.Select(letter => (string)letter["reason"]!).Distinct()];
        Assert.Contains("late", reasons);
        Assert.Contains("malformed_json", reasons);
        Assert.Contains("future_timestamp", reasons);
        Assert.Contains(Expected.Value.Lake.Keys, path => path.Contains("hour-", StringComparison.Ordinal));
        Assert.Contains(Expected.Value.Lake.Keys, path => !path.Contains("hour-", StringComparison.Ordinal));
    }

    private static Written RunWith(int threads, int blockBytes, Func<Stream>? input)
    {
        using var run = new TestRun { Tuning = new JobTuning(threads, blockBytes) };
        Assert.Equal(0, input is null ? run.Run(Text.Value) : run.Run("-", input()));
        return Written.By(run, input is null ? "events.ndjson" : "stdin");
    }

    private sealed record Written(string Output, string DeadLetters, string Summary, SortedDictionary<string, string> Lake)
    {
        public static Written By(TestRun run, string source)
        {
            string path = source == "stdin" ? source : Path.Combine(run.Folder, source);

            // The name of the source stands in every letter; the time taken and the folder in the summary.
            string letters = File.ReadAllText(run.DeadLetters).Replace($"\"source\":\"{path}\"", "\"source\":\"\"", StringComparison.Ordinal);
            string summary = SourceLine()
                .Replace(run.Error.Replace(path, "", StringComparison.Ordinal).Replace(run.Folder, "", StringComparison.Ordinal), "");
            return new Written(Hash(run.Output.ToArray()), letters, summary, TempFolder.Contents(run.Lake));
        }

        public void AssertSame(Written other)
        {
            Assert.Equal(Summary, other.Summary);
            Assert.Equal(Output, other.Output);
            Assert.Equal(DeadLetters, other.DeadLetters);
            Assert.Equal(Lake, other.Lake);
        }

        private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
    }

    [GeneratedRegex(@"^(source |tidemark: [0-9,]+ events).*\n", RegexOptions.Multiline)]
    private static partial Regex SourceLine();
}
