using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Cli.Tests.Sources;
using Tidemark.Core;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Runs that end before their time, or nearly.</summary>
public sealed class RunnerEndTests
{
    private static readonly GeneratorOptions Stream = GeneratedStream.Of(20_000) with
    {
        Start = TestRun.Now - TimeSpan.FromMinutes(40), EventsPerSecond = 10, BadPercent = 2, LatePercent = 0.5,
    };

    private static readonly Lazy<byte[]> Text = new(() => GeneratedStream.Bytes(Stream, 1 << 20));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_GzipCutOff_WritesWhatCameBefore(int threads)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Text.Value);
        }

        using var run = new TestRun { Tuning = new JobTuning(threads, 4096) };
        Assert.Equal(1, run.Run(run.Write("events.gz", packed.ToArray().AsSpan(0, (int)packed.Length * 3 / 4))));

        Assert.StartsWith($"tidemark: cannot read {Path.Combine(run.Folder, "events.gz")} after ", run.Error, StringComparison.Ordinal);
        (long read, long counted, long late, long rejected) = Records(run);
        Assert.InRange(read, 10_000, 20_000);
        Assert.Equal(late + rejected, run.Letters.Count);
        Assert.InRange(run.Results.Count, 20, 200);

        // Every line before the failure was looked at, whichever thread held it.
        using var same = new TestRun { Tuning = new JobTuning(2, 512 * 1024) };
        Assert.Equal(0, same.Run(Lines(Text.Value, read)));
        Assert.Equal((read, counted, late, rejected), Records(same));
        List<JsonObject> closed = [.. same.Results.Where(result => result["watermark"] is not null)];
        Assert.Equal(closed.Select(result => result.ToJsonString()), run.Results.Select(result => result.ToJsonString()));
        Assert.Equal(closed.Select(Name).Distinct().Count(), TempFolder.Files(run.Lake).Count(
            file => !file.Contains("/metrics_breakdown/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_SinkFails_KeepsTheDeadLetters()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("events"), Text.Value);
        using var error = new StringWriter();
        var context = new CommandContext(
            error, () => new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0), TimeProvider.System);

        // One thread and small blocks: the failure comes long before the letters would be written for their number.
        Assert.Equal(1, Runner.Run(
            new RunOptions([folder.File("events")], null, Json: true, folder.File("dead"), TestRun.Now, new JobTuning(1, 4096)),
            new EngineOptions(), context, default));

        Assert.Equal($"tidemark: cannot write results to standard output: No space left on device{Environment.NewLine}", error.ToString());
        Assert.NotEqual(0, new FileInfo(folder.File("dead")).Length);
        Assert.EndsWith("}\n", File.ReadAllText(folder.File("dead")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CancelledWhileTheLastWindowsAreClosed_HasEnded()
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new MemoryStream();
        using ResultPublisher publisher = new(new EngineOptions(), [new JsonLinesSink(output)], cancellation.Token);
        using LineSource source = LineSource.Of(
            "test", PiecewiseStream.Random("""{"timestamp":"2026-11-22T06:00:00Z","event_type":"click"}"""u8.ToArray(), 1, 100),
            TestRun.Silent, TestRun.Now);
        StreamJob job = new(new EngineOptions(), source, new JobOutput(publisher, null), new JobTuning(1, 100), TimeProvider.System);

        // Only the end of the source publishes the event.
        bool ended = job.Run(
            () =>
            {
                if (job.Engine.PublishedEvents > 0)
                {
                    cancellation.Cancel();
                }
            },
            cancellation.Token);

        Assert.True(cancellation.IsCancellationRequested);
        Assert.True(ended);
        Assert.True(publisher.Complete());
        Assert.Equal(7, Encoding.UTF8.GetString(output.ToArray()).Count(character => character == '\n'));
    }

    private static (string, string) Name(JsonObject result) => ((string)result["window"]!, (string)result["window_start"]!);

    private static (long Read, long Counted, long Late, long Rejected) Records(TestRun run)
    {
        var match = System.Text.RegularExpressions.Regex.Match(
            run.Error, @"([0-9,]+) read = ([0-9,]+) counted \+ ([0-9,]+) late \+ ([0-9,]+) rejected");
        long[] numbers = [.. match.Groups.Values.Skip(1).Select(
            group => long.Parse(group.Value, System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>The first lines of a text; none of them is blank.</summary>
    private static byte[] Lines(byte[] text, long count)
    {
        int end = 0;
        for (long i = 0; i < count; i++)
        {
            end += text.AsSpan(end).IndexOf((byte)'\n') + 1;
        }

        return text[..end];
    }
}
