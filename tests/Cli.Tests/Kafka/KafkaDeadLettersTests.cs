using System.Text;
using Confluent.Kafka;
using Moq;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Kafka;
using Tidemark.Core.Parsing;
using Tidemark.Engine;
using Tidemark.Sinks;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>What the mock cluster cannot refuse.</summary>
public sealed class KafkaDeadLettersTests : IDisposable
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero));
    private readonly Mock<IProducer<byte[]?, byte[]>> _producer = new();
    private readonly List<(Message<byte[]?, byte[]> Message, byte[] Value, Action<DeliveryReport<byte[]?, byte[]>> Report)> _sent = [];
    private readonly CancellationTokenSource _stop = new();
    private Func<Message<byte[]?, byte[]>, ErrorCode> _answer = _ => ErrorCode.NoError;

    public KafkaDeadLettersTests()
    {
        _producer.Setup(
            producer => producer.Produce("dead", It.IsAny<Message<byte[]?, byte[]>>(), It.IsAny<Action<DeliveryReport<byte[]?, byte[]>>>()))
            .Callback<string, Message<byte[]?, byte[]>, Action<DeliveryReport<byte[]?, byte[]>>>(
                (_, message, report) => _sent.Add((message, message.Value, report)));
        _producer.Setup(producer => producer.Flush(It.IsAny<TimeSpan>())).Callback(() => Deliver());
    }

    public void Dispose() => _stop.Dispose();

    [Fact]
    public void Write_Letter_HasTheHeadersOfTheFunctionsApp()
    {
        using KafkaDeadLetters letters = Open();
        letters.Write(Letter(RecordOutcome.Late, missedMinuteMs: 60_000), "value"u8, RecordForm.Unknown, "kafka://b:1/events", 42);
        letters.Write(Letter(RecordOutcome.MalformedJson), "x"u8, RecordForm.Avro, "file.ndjson", 7);
        letters.FlushToDisk();

        Assert.Equal("reason=late source_topic=events source_partition=3 source_offset=42 missed_minute_ms=60000", Headers(_sent[0].Message));
        Assert.Equal("value"u8.ToArray(), _sent[0].Value);
        Assert.Equal("reason=malformed_json source=file.ndjson source_partition=3 source_offset=7 form=avro", Headers(_sent[1].Message));
        Assert.Null(letters.Mark());
    }

    [Fact]
    public void FlushToDisk_Letters_WaitsUntilTheyAreDelivered()
    {
        using KafkaDeadLetters letters = Open();
        int flushes = 0;
        _producer.Setup(producer => producer.Flush(It.IsAny<TimeSpan>())).Callback(() =>
        {
            if (++flushes == 3)
            {
                Deliver();
            }
        });
        letters.Write(Letter(RecordOutcome.TooLarge), "x"u8, RecordForm.Unknown, "s", 0);

        letters.FlushToDisk();

        Assert.Equal(3, flushes);
    }

    [Theory]
    [InlineData(RecordOutcome.Late, " cut_from_bytes=1048576")]
    [InlineData(RecordOutcome.TooLarge, "")] // nobody knows here how long it was
    public void Write_RecordThatFillsAMessage_IsCut(RecordOutcome reason, string cut)
    {
        using KafkaDeadLetters letters = Open();
        letters.Write(Letter(reason), new byte[EventParser.MaxRecordBytes], RecordForm.Unknown, "s", 0);
        letters.FlushToDisk();

        Assert.Equal(KafkaDeadLetters.CutBytes, Assert.Single(_sent).Value.Length);
        Assert.EndsWith($"source_offset=0{cut}", Headers(_sent[0].Message), StringComparison.Ordinal);
    }

    [Fact]
    public void FlushToDisk_TopicThatTakesLess_GetsTheRecordCut()
    {
        using KafkaDeadLetters letters = Open();
        _answer = message => message.Value.Length > KafkaDeadLetters.CutBytes ? ErrorCode.MsgSizeTooLarge : ErrorCode.NoError;
        letters.Write(Letter(RecordOutcome.Late), new byte[100_000], RecordForm.Unknown, "s", 0);

        letters.FlushToDisk();

        Assert.Equal([100_000, KafkaDeadLetters.CutBytes], _sent.Select(sent => sent.Value.Length));
        Assert.EndsWith(" cut_from_bytes=100000", Headers(_sent[1].Message), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AfterALetterWasRefused_FailsForGood()
    {
        using KafkaDeadLetters letters = Open();
        _answer = _ => ErrorCode.TopicAuthorizationFailed;
        letters.Write(Letter(RecordOutcome.Late), "x"u8, RecordForm.Unknown, "s", 0);

        SinkException failure = Assert.Throws<SinkException>(letters.FlushToDisk);

        Assert.StartsWith("cannot write dead letters to kafka://b:1/dead: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give the login the right to this topic", failure.Message, StringComparison.Ordinal);
        Assert.Throws<SinkException>(letters.Flush);
        Assert.Throws<SinkException>(() => letters.Write(Letter(RecordOutcome.Late), "x"u8, RecordForm.Unknown, "s", 1));
    }

    [Fact]
    public void FlushToDisk_BrokerGoneAndSomebodyWantsToEnd_GivesUpAfterASecond()
    {
        using KafkaDeadLetters letters = Open();
        letters.Write(Letter(RecordOutcome.Late), "x"u8, RecordForm.Unknown, "s", 0);
        _producer.Setup(producer => producer.Flush(It.IsAny<TimeSpan>())).Callback(() => _time.Advance(TimeSpan.FromMilliseconds(300)));
        _stop.Cancel();

        SinkException failure = Assert.Throws<SinkException>(letters.FlushToDisk);

        Assert.Equal("1 dead letters were not delivered to kafka://b:1/dead: no broker took them. "
            + "What they came from is read again by the next start", failure.Message);
    }

    [Fact]
    public void Write_QueueFull_WaitsForRoom()
    {
        using KafkaDeadLetters letters = Open();
        int tries = 0;
        _producer.Setup(
            producer => producer.Produce("dead", It.IsAny<Message<byte[]?, byte[]>>(), It.IsAny<Action<DeliveryReport<byte[]?, byte[]>>>()))
            .Callback(() =>
            {
                if (++tries < 3)
                {
                    throw new ProduceException<byte[]?, byte[]>(new Error(ErrorCode.Local_QueueFull), null!);
                }
            });

        letters.Write(Letter(RecordOutcome.Late), "x"u8, RecordForm.Unknown, "s", 0);

        Assert.Equal(3, tries);
    }

    private static DeadLetter Letter(RecordOutcome reason, long? missedMinuteMs = null) => new(reason, 3, 42, missedMinuteMs, default);

    private static string Headers(Message<byte[]?, byte[]> message) =>
        string.Join(' ', message.Headers.Select(header => $"{header.Key}={Encoding.UTF8.GetString(header.GetValueBytes())}"));

    private KafkaDeadLetters Open() =>
        new(new TopicProducer("kafka://b:1/dead", "dead", _ => _producer.Object, _ => { }), "kafka://b:1/dead", _time, _stop.Token);

    private void Deliver()
    {
        foreach ((Message<byte[]?, byte[]> message, _, Action<DeliveryReport<byte[]?, byte[]>> report) in _sent.ToList())
        {
            if (report is not null && _delivered.Add(report))
            {
                report(new DeliveryReport<byte[]?, byte[]> { Error = new Error(_answer(message)) });
            }
        }
    }

    private readonly HashSet<object> _delivered = [];
}
