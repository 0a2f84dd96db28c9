using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Tidemark.Cli.Tests.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Core;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>A folder and a broker of one test: what is written to its topics, and what processes make of it.</summary>
internal sealed class TopicRuns(params string[] topics) : IDisposable
{
    public const string Start = "2026-11-22T06:00:00Z";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();

    public MockKafkaProcess Broker { get; } = new(topics);

    public string Folder => _folder.Path;

    public string File(string name) => _folder.File(name);

    /// <summary>An address of a topic. The broker holds an idle fetch for the whole of its time.</summary>
    public string Source(string topic, string more = "") => $"kafka://{Broker.Brokers}/{topic}{(more.Length > 0 ? "?" + more : "")}";

    public void Dispose()
    {
        Broker.Dispose();
        _folder.Dispose();
    }

    /// <summary>Writes made-up events of a shop, with late, repeated and broken ones, by the command itself.</summary>
    public async Task GenerateAsync(string topic, int events, int rate, string more = "")
    {
        using TidemarkProcess generate = await TidemarkProcess.RunAsync(
            Folder, "generate", "--events", $"{events}", "--rate", $"{rate}", "--start", Start, "--bad-percent", "1", "--late-percent", "1", "--out", Source(topic, more));
        Assert.Equal(0, await generate.ExitAsync());
    }

    /// <summary>Writes values, each with the time as its timestamp.</summary>
    public void Produce(string topic, int partition, DateTimeOffset time, CompressionType codec, params byte[]?[] values)
    {
        ProducerConfig config = new() { BootstrapServers = Broker.Brokers, CompressionType = codec, MessageMaxBytes = 10 << 20, LingerMs = 20 };
        using IProducer<Null, byte[]?> producer = new ProducerBuilder<Null, byte[]?>(config).SetValueSerializer(Serializers.ByteArray!).Build();
        List<Error> failures = [];
        foreach (byte[]? value in values)
        {
            producer.Produce(
                new TopicPartition(topic, partition),
                new Message<Null, byte[]?> { Value = value, Timestamp = new Timestamp(time) },
                report =>
                {
                    if (report.Error.IsError)
                    {
                        failures.Add(report.Error);
                    }
                });
        }

        producer.Flush(Patience);
        Assert.Empty(failures);
    }

    /// <summary>Events, one a second.</summary>
    public void Produce(string topic, int partition, DateTimeOffset start, int count, CompressionType codec = CompressionType.None) =>
        Produce(topic, partition, start.AddHours(1), codec, [.. StateRuns.Lines(start, count, 1).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)]);

    /// <summary>All messages of a topic by now, in the order of each partition.</summary>
    public List<ConsumeResult<byte[], byte[]>> Consume(string topic, int partitions)
    {
        ConsumerConfig config = new() { BootstrapServers = Broker.Brokers, GroupId = "test", EnablePartitionEof = true, FetchWaitMaxMs = 5 };
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        List<ConsumeResult<byte[], byte[]>> all = [];
        for (int ended = 0; ended < partitions;)
        {
            ConsumeResult<byte[], byte[]> next = consumer.Consume(Patience) ?? throw new TimeoutException($"Expected the end of {topic}.");
            if (next.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                all.Add(next);
            }
        }

        consumer.Close();
        return all;
    }

    /// <summary>Why and where, each once: a letter may come again after a crash.</summary>
    public SortedSet<string> Letters(string topic) =>
        new(Consume(topic, 1).Select(letter => $"{Header(letter, "reason")} {Header(letter, "source_topic")} {Header(letter, "source_partition")} {Header(letter, "source_offset")}"), StringComparer.Ordinal);

    public static string? Header(ConsumeResult<byte[], byte[]> message, string name) =>
        message.Message.Headers.TryGetLastBytes(name, out byte[] value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>What is remembered in a lake; null while nothing is.</summary>
    public JsonObject? State(string lake) => StateRuns.StateOf(File($"{lake}/_state"));

    /// <summary>Records that are counted durably.</summary>
    public long Saved(string lake) => State(lake) is { } state ? (long)state["engine"]!["read"]! : 0;

    public static async Task UntilAsync(Func<bool> happened, TidemarkProcess? process = null)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!happened())
        {
            Assert.False(patience.IsCancellationRequested, $"what was waited for did not happen; the process said {process?.Error}");
            Assert.False(process is { HasExited: true }, $"the process ended before what was waited for: {process?.Error}");
            await Task.Delay(10);
        }
    }

    /// <summary>
    /// The same records as files, a partition each, counted by a run that nobody disturbs: the windows that end before a time, and why and where
    /// records entered none.
    /// </summary>
    public async Task<(SortedDictionary<string, string> Windows, SortedSet<string> Letters)> CountFilesAsync(string topic, int partitions, DateTimeOffset end)
    {
        List<string> arguments = ["run", "--merge", "--lake", "expected", "--dead-letters", "expected.dead", "--now", TimeText.Format(end.AddDays(1).ToUnixTimeMilliseconds())];
        foreach (IGrouping<int, ConsumeResult<byte[], byte[]>> partition in Consume(topic, partitions).GroupBy(message => message.Partition.Value).OrderBy(group => group.Key))
        {
            await System.IO.File.WriteAllLinesAsync(File($"{partition.Key}"), partition.Select(message => Encoding.Latin1.GetString(message.Message.Value)), Encoding.Latin1);
            arguments.AddRange(["--source", $"{partition.Key}"]);
        }

        using TidemarkProcess run = await TidemarkProcess.RunAsync(Folder, [.. arguments]);
        Assert.Equal(0, await run.ExitAsync());
        long endMs = end.ToUnixTimeMilliseconds();
        return (
            new SortedDictionary<string, string>(
                (await StateRuns.ContentsAsync(File("expected"))).Where(window => string.CompareOrdinal(window.Key.Split(' ')[1], TimeText.Format(endMs)) < 0).ToDictionary(), StringComparer.Ordinal),
            new SortedSet<string>(
                System.IO.File.ReadLines(File("expected.dead")).Select(line => JsonNode.Parse(line)!).Select(letter => $"{letter["reason"]} {topic} {letter["partition"]} {letter["offset"]}"),
                StringComparer.Ordinal));
    }

    /// <summary>Runs until so many records are counted, then stops it.</summary>
    public async Task<TidemarkProcess> RunAsync(string lake, long records, params string[] arguments)
    {
        TidemarkProcess run = TidemarkProcess.Start(Folder, ["run", "--lake", lake, .. arguments]);
        await UntilAsync(() => Saved(lake) >= records, run);
        await run.SignalAsync("TERM");
        Assert.Equal(0, await run.ExitAsync());
        return run;
    }
}
