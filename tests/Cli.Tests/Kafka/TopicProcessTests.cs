using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>
/// Goal: every record of a topic is counted once, whatever happens to the process and to the broker. Method: real processes, and librdkafka's mock
/// cluster in one of its own.
/// </summary>
public sealed class TopicProcessTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    // On one that is busy with other tests a process may be given no processor for so long.
    private static readonly TimeSpan LoadedMachine = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Run_KilledAtRandomMoments_EndsAsUndisturbed()
    {
        const int Partitions = 4;
        const int Events = 12_000;
        using TopicRuns runs = new($"events:{Partitions}", "dead:1");
        await runs.GenerateAsync("events", Events, rate: 40, "batch.num.messages=50");
        for (int partition = 0; partition < Partitions; partition++)
        {
            runs.Produce("events", partition, Start.AddHours(9), 1); // what comes before it closes
        }

        // In small pieces, so that there is something to kill in between.
        runs.Broker.SetDelay(TimeSpan.FromMilliseconds(10));
        string source = runs.Source("events", "group=g&max.partition.fetch.bytes=8192&fetch.wait.max.ms=1");
        Random random = new(Environment.ProcessId);
        long killedAt = 0;
        for (int kill = 0; kill < 2; kill++)
        {
            using TidemarkProcess process = TidemarkProcess.Start(runs.Folder, "run", "--source", source, "--lake", "lake", "--dead-letters", runs.Source("dead"));
            killedAt += random.Next(1, Events / 4);
            await TopicRuns.UntilAsync(() => runs.Saved("lake") >= killedAt, process);
            process.Kill();
            await process.EndAsync();
        }

        runs.Broker.SetDelay(TimeSpan.Zero);
        (SortedDictionary<string, string> expected, SortedSet<string> letters) = await runs.CountFilesAsync("events", Partitions, Start.AddHours(8));
        using TidemarkProcess last = TidemarkProcess.Start(runs.Folder, "run", "--source", source, "--lake", "lake", "--dead-letters", runs.Source("dead"));
        await TopicRuns.UntilAsync(() => runs.Saved("lake") == Events + Partitions && StateRuns.ContentsAsync(runs.File("lake")).Result.SequenceEqual(expected), last);
        await last.SignalAsync("TERM");

        Assert.Equal(0, await last.ExitAsync());
        Assert.Equal(expected, await StateRuns.ContentsAsync(runs.File("lake")));
        Assert.Equal(letters, runs.Letters("dead"));
        Assert.Equal(Events + Partitions, runs.Saved("lake"));
    }

    [Fact]
    public async Task Run_EachCodecWithAGroup_IsReadAndTheGroupFollows()
    {
        CompressionType[] codecs = Enum.GetValues<CompressionType>();
        using TopicRuns runs = new($"events:{codecs.Length}");
        for (int i = 0; i < codecs.Length; i++)
        {
            runs.Produce("events", i, Start, 100 + i, codecs[i]);
        }

        using TidemarkProcess run = await runs.RunAsync("lake", 510, "--source", runs.Source("events", "group=shop"));
        Assert.Contains("records       510 read = 510 counted + 0 late + 0 rejected", run.Error, StringComparison.Ordinal);
        Assert.Equal([100, 101, 102, 103, 104], Committed(runs, "shop", codecs.Length));

        // Another lake begins at the start, whatever the group has committed.
        using TidemarkProcess other = await runs.RunAsync("other", 510, "--source", runs.Source("events", "group=shop"));
        Assert.Contains("510 read = 510 counted", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RecordsThatAreNone_AreNamedAndGoToTheDeadLettersAsTheyCame()
    {
        using TopicRuns runs = new("events:1", "dead:1");
        byte[] large = new byte[5 << 20];
        large.AsSpan().Fill((byte)'x');
        byte[] pretty = Encoding.UTF8.GetBytes("{\n  \"timestamp\": \"2026-11-22T06:00:00Z\",\n  \"event_type\": \"page_view\"\n}");
        byte[] broken = Encoding.UTF8.GetBytes("{\n  \"timestamp\": \n}");
        byte[] framed = [0, 0, 0, 0, 7, 2, 4];
        runs.Produce("events", 0, Start, CompressionType.None, pretty, null, [], "  "u8.ToArray(), broken, framed, [.. "Obj"u8, 1, 4, 20], [0x08, 0x01, 0x12, 0x01, 0xFF]);
        runs.Produce("events", 0, Start, CompressionType.Lz4, large);
        runs.Produce("events", 0, Start, CompressionType.None, "rubbish"u8.ToArray());

        using TidemarkProcess run = await runs.RunAsync("lake", 7, "--source", runs.Source("events"), "--dead-letters", runs.Source("dead"));

        Assert.Contains("records       7 read = 1 counted + 0 late + 6 rejected\n              3 values were null or blank, and are no records\n", run.Error, StringComparison.Ordinal);
        Assert.Matches("rejected      schema_registry 1, avro 1, protobuf 1, too_large 1, malformed_json 2\n", run.Error);
        List<ConsumeResult<byte[], byte[]>> letters = runs.Consume("dead", 1);
        Assert.Equal(["4", "5", "6", "7", "8", "9"], letters.Select(letter => TopicRuns.Header(letter, "source_offset")));
        Assert.Equal(["malformed_json", "malformed_json", "malformed_json", "malformed_json", "too_large", "malformed_json"], letters.Select(letter => TopicRuns.Header(letter, "reason")));
        Assert.Equal([null, "schema_registry", "avro", "protobuf", null, null], letters.Select(letter => TopicRuns.Header(letter, "form")));
        Assert.All(letters, letter => Assert.Equal("events", TopicRuns.Header(letter, "source_topic")));
        Assert.Equal(broken, letters[0].Message.Value);
        Assert.Equal(framed, letters[1].Message.Value);
    }

    [Fact]
    public async Task Run_ActiveKilled_TheStandbyCountsWithinFiveSeconds()
    {
        using TopicRuns runs = new("events:2");
        runs.Produce("events", 0, Start, 300);
        string[] run = ["run", "--source", runs.Source("events"), "--lake", "lake"];
        using TidemarkProcess active = TidemarkProcess.Start(runs.Folder, run);
        await TopicRuns.UntilAsync(() => runs.Saved("lake") == 300, active);
        using TidemarkProcess standby = TidemarkProcess.Start(runs.Folder, run);
        await TopicRuns.UntilAsync(() => standby.Error.Contains($"another process (pid {active.Id}) counts with the state in ", StringComparison.Ordinal), standby);

        active.Kill();
        await active.EndAsync();
        long killed = Stopwatch.GetTimestamp();
        runs.Produce("events", 1, Start, 100);
        await TopicRuns.UntilAsync(() => runs.Saved("lake") == 400, standby);

        Assert.InRange(Stopwatch.GetElapsedTime(killed), TimeSpan.Zero, TimeSpan.FromSeconds(5) + LoadedMachine);
    }

    [Fact]
    public async Task Run_BrokerGone_IsToldOnceAndNothingIsLost()
    {
        using TopicRuns runs = new("events:1");
        runs.Produce("events", 0, Start, 100);
        using TidemarkProcess run = TidemarkProcess.Start(runs.Folder, "run", "--source", runs.Source("events"), "--lake", "lake");
        await TopicRuns.UntilAsync(() => runs.Saved("lake") == 100, run);

        runs.Broker.SetDown();
        await TopicRuns.UntilAsync(() => run.Error.Contains("no broker answers", StringComparison.Ordinal), run);
        runs.Broker.SetUp();
        runs.Produce("events", 0, Start.AddHours(1), 100);
        await TopicRuns.UntilAsync(() => runs.Saved("lake") == 200, run);
        await run.SignalAsync("TERM");

        Assert.Equal(0, await run.ExitAsync());
        Assert.Single(run.Error.Split('\n'), line => line.Contains("no broker answers", StringComparison.Ordinal));
        Assert.Single(run.Error.Split('\n'), line => line.EndsWith("a broker answers again", StringComparison.Ordinal));
    }

    // The broker holds 5 MiB of a partition, and then drops what came first: as retention does.
    [Fact]
    public async Task Run_RetentionPassedWhatWasCounted_StopsUnlessToldToSkip()
    {
        using TopicRuns runs = new("events:1");
        runs.Produce("events", 0, Start, 100);
        using TidemarkProcess first = await runs.RunAsync("lake", 100, "--source", runs.Source("events"));
        byte[] filler = new byte[900_000];
        filler.AsSpan().Fill((byte)' ');
        runs.Produce("events", 0, Start, CompressionType.None, [.. Enumerable.Repeat(filler, 8)]);
        runs.Produce("events", 0, Start, 50);

        using TidemarkProcess refused = await TidemarkProcess.RunAsync(runs.Folder, "run", "--source", runs.Source("events"), "--lake", "lake");
        Assert.Equal(1, await refused.ExitAsync());
        Assert.Matches(
            $"tidemark: partition 0 of {runs.Source("events")} was counted up to offset 100, but its log begins at [0-9]+: retention has deleted [0-9]+ offsets that were never counted. "
            + "With gap=skip in the address it goes on with what is left; or count it into another --lake, with its own state\n",
            refused.Error);
        Assert.Equal(100, runs.Saved("lake"));

        using TidemarkProcess skips = await runs.RunAsync("lake", 150, "--source", runs.Source("events", "gap=skip"));
        Assert.Contains("never counted; it goes on at offset ", skips.Error, StringComparison.Ordinal);
    }

    // The other partition never had a record: it holds the watermark back until the broker has said for a second that there is none.
    [Fact]
    public async Task Run_PartitionWithoutRecords_HoldsNothingBackOnceItIsIdle()
    {
        using TopicRuns runs = new("events:2");
        await File.WriteAllTextAsync(runs.File("c.json"), """{"idleTimeout":"1s"}""");
        runs.Produce("events", 0, Start, 180);
        using TidemarkProcess run = TidemarkProcess.Start(runs.Folder, "run", "--source", runs.Source("events"), "--lake", "lake", "--config", "c.json");

        await TopicRuns.UntilAsync(() => Directory.Exists(runs.File("lake")) && StateRuns.ContentsAsync(runs.File("lake")).Result.ContainsKey("1min 2026-11-22T06:01:00Z 60000"), run);
    }

    private static IEnumerable<long> Committed(TopicRuns runs, string group, int partitions)
    {
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = runs.Broker.Brokers, GroupId = group }).Build();
        IEnumerable<TopicPartition> all = Enumerable.Range(0, partitions).Select(partition => new TopicPartition("events", partition));
        return [.. consumer.Committed(all, TimeSpan.FromSeconds(10)).Select(offset => offset.Offset.Value)];
    }
}
