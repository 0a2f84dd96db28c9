using System.Text;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Cli.Tests.Sources;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Sinks;
using Tidemark.Support.Samples;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Results with as many and as long keys as there can be.</summary>
public sealed class JsonLinesSinkTests
{
    private const int Keys = 10_000;

    [Fact]
    public async Task Write_ManyLongKeys_NeedsLittleMemoryAndWritesEveryByte()
    {
        // Every byte of such a key is written as six.
        Breakdown hostile = new([.. Enumerable.Repeat(new KeyCount(new string('\u0001', 512), 1), Keys)], 0);
        WindowResult result = ResultOf(hostile);
        var stream = new CountingStream();
        var sink = new JsonLinesSink(stream);
        await sink.WriteAsync([ResultOf(new Breakdown([], 0))], CancellationToken.None);
        long before = GC.GetAllocatedBytesForCurrentThread();

        // Not awaited: the sink writes on this thread, whose allocations are counted.
        Task written = sink.WriteAsync([result, result], CancellationToken.None);

        Assert.True(written.IsCompletedSuccessfully);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.InRange(stream.Total, 2L * 3 * Keys * 512 * 6, 2L * 3 * Keys * 520 * 6);
        Assert.InRange(stream.Longest, 1, 1 << 20);
        Assert.Equal(3, stream.Lines);
        Assert.True(stream.IsFlushed);
    }

    [Fact]
    public async Task Write_ResultsInPieces_AreTheSameBytesAsInOnePiece()
    {
        Breakdown counts = new([.. Enumerable.Range(0, 3000).Select(i => new KeyCount($"/päge/\"{i}\"/{new string('é', i % 250)}", i))], 0);
        using var expected = new MemoryStream();
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        ResultJson.Write(ResultOf(counts), buffer);
        using var actual = new MemoryStream();

        await new JsonLinesSink(actual).WriteAsync([ResultOf(counts), ResultOf(counts)], CancellationToken.None);

        string line = Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
        Assert.Equal(line + line, Encoding.UTF8.GetString(actual.ToArray()));
    }

    [Fact]
    public async Task WriteSessions_Minutes_AreALineForEachSession()
    {
        using var output = new MemoryStream();
        var sink = new JsonLinesSink(output);

        await sink.WriteSessionsAsync(SessionSamples.Ended(60_000, 1, SessionSamples.Session("ada", 0), SessionSamples.Session("bob", 5)), default);
        await sink.WriteSessionsAsync(SessionSamples.Ended(60_000, 2), default);

        string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.All(lines[..2], line => Assert.StartsWith("{\"session_id\":", line, StringComparison.Ordinal));
        Assert.Equal("{\"ended_minute\":\"1970-01-01T00:01:00Z\",\"revision\":2}", lines[2]);
    }

    [Fact]
    public void Publisher_ManyKeys_WritesInSmallBatches()
    {
        const int devices = 7000, minutes = 12;
        StringBuilder text = new();
        for (int i = 0; i < devices * minutes; i++)
        {
            int minute = i / devices;
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $$$"""{"timestamp":"2026-11-22T06:{{{minute:00}}}:00Z","event_type":"click","device":{"type":"d{{{i % devices}}}"}}""").Append('\n');
        }

        using var read = new ManualResetEventSlim();
        var sink = new RecordingSink(read);
        var options = new Core.EngineOptions { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }] };
        using ResultPublisher publisher = new(options, [sink], CancellationToken.None);
        using LineSource source =
            LineSource.Of("test", PiecewiseStream.Random(Encoding.UTF8.GetBytes(text.ToString()), 1, 1 << 20), TestRun.Silent, TestRun.Now);
        StreamJob job = new(options, source, new JobOutput(publisher, null), new JobTuning(1, 1 << 20), TimeProvider.System);

        Assert.True(job.Run(() => { }, CancellationToken.None));
        read.Set();
        Assert.True(publisher.Complete());

        Assert.Equal(minutes, sink.Batches.Sum(batch => batch.Results));
        Assert.Contains(sink.Batches, batch => batch.Results > 1);
        Assert.All(sink.Batches, batch => Assert.InRange(batch.Keys, 1, 20_000 + devices + 1));
    }

    private static WindowResult ResultOf(Breakdown counts) => new()
    {
        Window = "1min", StartMs = 0, EndMs = 60_000, Phase = Phase.OnTime, Revision = 1,
        WatermarkMs = null, TotalEvents = 1, UniqueUsers = 1, UniqueUsersExact = true,
        UsersSketch = default, PageViews = 0, Clicks = 0, Purchases = 0, Revenue = 0,
        RevenueOverflow = false, InvalidAmounts = 0, TopPages = new Breakdown([], 0),
        Devices = counts, Countries = counts, EventTypes = counts, Averages = null,
    };

    /// <summary>Waits before the first batch until it may go on, so that everything is queued by then.</summary>
    private sealed class RecordingSink(ManualResetEventSlim mayGoOn) : IResultSink
    {
        public List<(int Results, int Keys)> Batches { get; } = [];

        public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
        {
            mayGoOn.Wait(cancellationToken);
            Batches.Add((results.Count, results.Sum(result => result.Devices.Counts.Count)));
            return Task.CompletedTask;
        }

        public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class CountingStream : MemoryStream
    {
        public long Total { get; private set; }

        public int Longest { get; private set; }

        public int Lines { get; private set; }

        public bool IsFlushed { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            IsFlushed = false;
            Total += buffer.Length;
            Longest = Math.Max(Longest, buffer.Length);
            Lines += buffer.Count((byte)'\n');
        }

        public override void Flush() => IsFlushed = true;
    }
}
