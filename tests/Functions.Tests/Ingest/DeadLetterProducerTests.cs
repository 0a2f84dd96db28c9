using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Ingest;
using Xunit.Abstractions;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>Writing dead letters through real sockets.</summary>
public sealed class DeadLetterProducerTests(ITestOutputHelper output)
{
    private const short Produce = 0;
    private const short InitProducerId = 22;

    [Fact]
    public async Task Write_RejectedAndLate_ValuesAndHeadersAsTheyCame()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        await producer.WriteAsync(
            [
                new RejectedRecord(3, 17, RecordOutcome.MalformedJson, null, TestTopic.Bytes("{nope")),
                new RejectedRecord(1, long.MaxValue, RecordOutcome.Late, 1_795_305_600_000, new byte[] { 0, 255, 10 }),
                new RejectedRecord(0, 0, RecordOutcome.NotAnObject, null, default),
            ],
            default);
        List<ConsumeResult<Ignore, byte[]>> letters = topic.ReadDeadLetters(3);
        Assert.Equal(
            [
                "reason=malformed_json source_topic=clicks source_partition=3 source_offset=17",
                "reason=late source_topic=clicks source_partition=1 source_offset=9223372036854775807 missed_minute_ms=1795305600000",
                "reason=not_an_object source_topic=clicks source_partition=0 source_offset=0",
            ],
            letters.Select(HeadersOf));
        Assert.Equal([TestTopic.Bytes("{nope"), [0, 255, 10], []], letters.Select(letter => letter.Message.Value));
    }

    [Theory]
    [InlineData(EventParser.MaxRecordBytes - 4096, EventParser.MaxRecordBytes - 4096, false)]
    [InlineData(EventParser.MaxRecordBytes - 4095, DeadLetterProducer.CutBytes, true)]
    [InlineData(5 << 20, DeadLetterProducer.CutBytes, true)]
    public async Task Write_LargeRecord_WholeOrCutAndSaysSo(int length, int expected, bool isCut)
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        byte[] value = new byte[length];
        new Random(1).NextBytes(value);
        await producer.WriteAsync([new RejectedRecord(0, 1, RecordOutcome.TooLarge, null, value)], default);
        ConsumeResult<Ignore, byte[]> letter = Assert.Single(topic.ReadDeadLetters(1));
        Assert.True(letter.Message.Value.AsSpan().SequenceEqual(value.AsSpan(0, expected)));
        Assert.Equal(isCut ? length.ToString(CultureInfo.InvariantCulture) : null, HeaderOf(letter, "cut_from_bytes"));
    }

    [Fact]
    public async Task Write_TopicTakesLessThanOthers_RecordIsCutAndNotTriedForEver()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        topic.Cluster.FailNext(Produce, ErrorCode.MsgSizeTooLarge);
        await producer.WriteAsync([new RejectedRecord(0, 1, RecordOutcome.BadTimestamp, null, new byte[300_000])], default);
        ConsumeResult<Ignore, byte[]> letter = Assert.Single(topic.ReadDeadLetters(1));
        Assert.Equal(DeadLetterProducer.CutBytes, letter.Message.Value.Length);
        Assert.Equal("300000", HeaderOf(letter, "cut_from_bytes"));
    }

    [Fact]
    public async Task Write_ReturnsOnlyWhenTheBrokerHasIt()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        await producer.WriteAsync([Letter(0)], default);
        topic.Cluster.SetRoundTrip(TimeSpan.FromSeconds(1));
        long started = Stopwatch.GetTimestamp();
        await producer.WriteAsync([Letter(1)], default);
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(0.9));
        topic.Cluster.SetRoundTrip(TimeSpan.Zero);
        Assert.Equal(2, topic.ReadDeadLetters(2).Count);
    }

    [Fact]
    public async Task Write_BrokerAway_ThrowsNamingTopicAndBrokersAndWorksWhenItIsBack()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer(seconds: 3);
        topic.Cluster.SetDown();
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => producer.WriteAsync([Letter(1), Letter(2)], default));
        Assert.Contains(
            $"Dead letters could not be written to topic 'clicks_dlq' at {topic.Cluster.Brokers}", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Check that the brokers of KafkaBrokers run", problem.Message, StringComparison.Ordinal);
        topic.Cluster.SetUp();
        await EventuallyAsync(producer, Letter(1), Letter(2));
        Assert.Superset(new HashSet<string>(["1", "2"]), topic.ReadDeadLetters(2).Select(letter => HeaderOf(letter, "source_offset")!).ToHashSet());
    }

    [Fact]
    public async Task Write_TopicThatMayNotBeWritten_ThrowsWhatToDo()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        topic.Cluster.FailNext(Produce, ErrorCode.TopicAuthorizationFailed);
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => producer.WriteAsync([Letter(0)], default));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, problem.Error.Code);
        Assert.Contains("Give the login of KafkaUsername the right to it", problem.Message, StringComparison.Ordinal);
        await producer.WriteAsync([Letter(0)], default);
        Assert.Single(topic.ReadDeadLetters(1));
    }

    [Fact]
    public async Task Write_AfterAFatalError_BeginsWithANewClient()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer(seconds: 10);
        topic.Cluster.FailNext(InitProducerId, ErrorCode.ClusterAuthorizationFailed);
        await Assert.ThrowsAsync<KafkaException>(() => producer.WriteAsync([Letter(0), Letter(1)], default));
        await producer.WriteAsync([Letter(0), Letter(1)], default);
        Assert.Equal(["0", "1"], topic.ReadDeadLetters(2).Select(letter => HeaderOf(letter, "source_offset")));
    }

    [Fact]
    public async Task Write_BrokerRefusesSome_InOrderAndEachOnce()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        topic.Cluster.FailNext(Produce, ErrorCode.NotLeaderForPartition, ErrorCode.RequestTimedOut, ErrorCode.NoError, ErrorCode.NotEnoughReplicas);
        await producer.WriteAsync([.. Enumerable.Range(0, 3000).Select(i => Letter(i))], default);
        Assert.Equal(
            Enumerable.Range(0, 3000).Select(i => i.ToString(CultureInfo.InvariantCulture)),
            topic.ReadDeadLetters(3000).Select(letter => HeaderOf(letter, "source_offset")));
    }

    [Fact]
    public async Task Write_Cancelled_Throws()
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        topic.Cluster.SetDown();
        using CancellationTokenSource source = new();
        Task write = producer.WriteAsync([Letter(0)], source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task Dispose_WhileALetterIsOnItsWay_ItIsStillWritten()
    {
        using TestTopic topic = new();
        DeadLetterProducer producer = topic.Producer();
        topic.Cluster.SetRoundTrip(TimeSpan.FromMilliseconds(300));
        Task write = producer.WriteAsync([Letter(7)], default);
        producer.Dispose();
        producer.Dispose();
        await write.WaitAsync(TimeSpan.FromSeconds(60));
        topic.Cluster.SetRoundTrip(TimeSpan.Zero);
        Assert.Equal("7", HeaderOf(Assert.Single(topic.ReadDeadLetters(1)), "source_offset"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => producer.WriteAsync([Letter(8)], default));
    }

    [Theory]
    [InlineData(50_000, 0)] // a figure of what it can do
    [InlineData(40_000, 200)] // the client's own queue would be full before the broker has answered
    public async Task Write_MoreThanTheClientsQueueTakes_AllWritten(int each, int roundTripMs)
    {
        using TestTopic topic = new();
        using DeadLetterProducer producer = topic.Producer();
        topic.Cluster.SetRoundTrip(TimeSpan.FromMilliseconds(roundTripMs));
        const int Writers = 3;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers)
            .Select(_ => producer.WriteAsync([.. Enumerable.Range(0, each).Select(i => Letter(i))], default)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"{Writers * each / elapsed.TotalSeconds:N0} dead letters/s");
        using KafkaBroker reader = new(topic.Options with { Topic = TestTopic.DeadLetters }, TimeProvider.System, topic.Log.Of<KafkaBroker>());
        Assert.Equal(Writers * each, (await reader.BoundsAsync(0, default)).End);
    }

    private static RejectedRecord Letter(long offset) => new(0, offset, RecordOutcome.MalformedJson, null, TestTopic.Bytes("{"));

    private static string HeadersOf(ConsumeResult<Ignore, byte[]> letter) =>
        string.Join(' ', letter.Message.Headers.Select(header => $"{header.Key}={Encoding.UTF8.GetString(header.GetValueBytes())}"));

    private static string? HeaderOf(ConsumeResult<Ignore, byte[]> letter, string name) =>
        letter.Message.Headers.TryGetLastBytes(name, out byte[] value) ? Encoding.UTF8.GetString(value) : null;

    private static async Task EventuallyAsync(DeadLetterProducer producer, params RejectedRecord[] records)
    {
        long until = Environment.TickCount64 + 60_000;
        while (true)
        {
            try
            {
                await producer.WriteAsync(records, default);
                return;
            }
            catch (KafkaException) when (Environment.TickCount64 < until)
            {
                // Not back yet; the call itself has waited.
            }
        }
    }
}
