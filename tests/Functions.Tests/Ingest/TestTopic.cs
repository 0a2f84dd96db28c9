using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Support.Fixtures;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>A mock cluster with one topic and a topic for dead letters, written and read by clients that are not the app's.</summary>
internal sealed class TestTopic : IDisposable
{
    public const string Name = "clicks";
    public const string DeadLetters = "clicks_dlq";

    public TestTopic(int partitions = 1)
    {
        Cluster.CreateTopic(Name, partitions);
        Cluster.CreateTopic(DeadLetters, 1);
        Options = new FunctionsOptions { Brokers = Cluster.Brokers, Topic = Name, DeadLetterTopic = DeadLetters };
    }

    public MockKafka Cluster { get; } = new();

    public FunctionsOptions Options { get; }

    public Lines Log { get; } = new();

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The app's reader; tests of silence shorten its patience.</summary>
    public KafkaBroker Broker(double seconds = 10) =>
        new(Options, TimeProvider.System, Log.Of<KafkaBroker>()) { CallTimeout = TimeSpan.FromSeconds(seconds) };

    /// <summary>The app's producer.</summary>
    public DeadLetterProducer Producer(double seconds = 30) => new(Options, Log.Of<DeadLetterProducer>()) { Timeout = TimeSpan.FromSeconds(seconds) };

    /// <summary>Appends records and waits until the broker has them.</summary>
    public async Task AppendAsync(int partition, IEnumerable<byte[]?> values, CompressionType compression = CompressionType.None)
    {
        ProducerConfig config = new()
        {
            BootstrapServers = Cluster.Brokers,
            CompressionType = compression,
            LingerMs = 20,
            MessageMaxBytes = 8 << 20,
        };
        using IProducer<Null, byte[]?> producer = new ProducerBuilder<Null, byte[]?>(config)
            .SetValueSerializer(Serializers.ByteArray!).SetLogHandler((_, _) => { }).Build();
        await Task.WhenAll(
            values.Select(value => producer.ProduceAsync(new TopicPartition(Name, partition), new Message<Null, byte[]?> { Value = value })));
    }

    public Task AppendAsync(int partition, int count) =>
        AppendAsync(partition, Enumerable.Range(0, count).Select(i => Bytes(i.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Everything in the topic of dead letters, waiting until there is so much.</summary>
    public List<ConsumeResult<Ignore, byte[]>> ReadDeadLetters(int count, TimeSpan? within = null)
    {
        ConsumerConfig config = new() { BootstrapServers = Cluster.Brokers, GroupId = "test", EnableAutoCommit = false,
            FetchWaitMaxMs = 10, AutoOffsetReset = AutoOffsetReset.Earliest, EnablePartitionEof = true };
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(new TopicPartitionOffset(DeadLetters, 0, Offset.Beginning));
        List<ConsumeResult<Ignore, byte[]>> read = [];
        long until = Environment.TickCount64 + (long)(within ?? TimeSpan.FromSeconds(30)).TotalMilliseconds;
        while (Environment.TickCount64 < until)
        {
            ConsumeResult<Ignore, byte[]>? result = consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (result is { IsPartitionEOF: false })
            {
                read.Add(result);
            }
            else if (result is not null && read.Count >= count)
            {
                return read;
            }
        }

        throw new TimeoutException($"Expected {count} dead letters, found {read.Count}.");
    }

    public void Dispose() => Cluster.Dispose();
}
