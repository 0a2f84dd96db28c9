using Confluent.Kafka;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>
/// The configuration of the app's own clients, checked as such because the mock cluster supports neither logins nor transactions.
/// </summary>
public sealed class KafkaClientsTests
{
    private const string Secret = "Endpoint=sb://x/;SharedAccessKey=c2VjcmV0";

    [Fact]
    public void Consumer_Any_JoinsNothingCommitsNothingAndReadsOnlyWhatIsCommitted()
    {
        ConsumerConfig config = KafkaClients.ConsumerConfig(Options("Plaintext"));
        Assert.Equal("b:1", config.BootstrapServers);
        Assert.False(config.EnableAutoCommit);
        Assert.False(config.EnableAutoOffsetStore);
        Assert.True(config.EnablePartitionEof);
        // no aborted rows; no silent jump
        Assert.Equal((IsolationLevel.ReadCommitted, AutoOffsetReset.Error), (config.IsolationLevel, config.AutoOffsetReset));
        Assert.False(config.AllowAutoCreateTopics);
        Assert.InRange(config.QueuedMaxMessagesKbytes!.Value * KafkaBroker.MaxCalls, 1, 512 << 10); // at most 512 MiB fetched ahead by all of them
    }

    [Fact]
    public void Producer_Any_IdempotentToAllReplicasAndFailsWithinABatch()
    {
        ProducerConfig config = KafkaClients.ProducerConfig(Options("Plaintext"), TimeSpan.FromSeconds(30));
        Assert.True(config.EnableIdempotence);
        Assert.Equal(Acks.All, config.Acks);
        Assert.Equal(30_000, config.MessageTimeoutMs);
        Assert.True(config.MessageTimeoutMs < new ProtocolTiming().IngestTimeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("Plaintext", SecurityProtocol.Plaintext, false)]
    [InlineData("Ssl", SecurityProtocol.Ssl, false)]
    [InlineData("SaslPlaintext", SecurityProtocol.SaslPlaintext, true)]
    [InlineData("SaslSsl", SecurityProtocol.SaslSsl, true)]
    [InlineData("saslssl", SecurityProtocol.SaslSsl, true)]
    public void Clients_Protocol_LoginOnlyWithSasl(string protocol, SecurityProtocol expected, bool isLogin)
    {
        foreach (ClientConfig config in new ClientConfig[]
            { KafkaClients.ConsumerConfig(Options(protocol)), KafkaClients.ProducerConfig(Options(protocol), TimeSpan.FromSeconds(1)) })
        {
            Assert.Equal(expected, config.SecurityProtocol);
            Assert.Equal(isLogin ? SaslMechanism.Plain : null, config.SaslMechanism);
            Assert.Equal(isLogin ? "$ConnectionString" : null, config.SaslUsername);
            Assert.Equal(isLogin ? Secret : null, config.SaslPassword);
        }
    }

    [Theory]
    [InlineData("SaslPlaintext")]
    [InlineData("SaslSsl")]
    public async Task Broker_LoginFails_PasswordIsNeitherLoggedNorThrown(string protocol)
    {
        using TestTopic topic = new();
        FunctionsOptions options = Options(protocol) with { Brokers = topic.Cluster.Brokers };
        using KafkaBroker broker = new(options, TimeProvider.System, topic.Log.Of<KafkaBroker>()) { CallTimeout = TimeSpan.FromSeconds(2) };
        using DeadLetterProducer producer = new(options, topic.Log.Of<DeadLetterProducer>()) { Timeout = TimeSpan.FromSeconds(2) };
        Exception?[] problems =
        [
            await Record.ExceptionAsync(() => broker.PartitionsAsync(default)),
            await Record.ExceptionAsync(() => broker.ReadAsync(0, 0, 1, 1, default)),
            await Record.ExceptionAsync(
                () => producer.WriteAsync([new RejectedRecord(0, 0, Core.Parsing.RecordOutcome.Late, null, default)], default)),
        ];
        Assert.All(problems, problem => Assert.Contains(topic.Cluster.Brokers, problem!.Message, StringComparison.Ordinal));
        Assert.NotEqual("", topic.Log.All);
        Assert.DoesNotContain("c2VjcmV0", topic.Log.All + string.Concat(problems.Select(problem => problem!.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Options_HidesThePassword() => Assert.DoesNotContain("c2VjcmV0", Options("SaslSsl").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData(ErrorCode.UnknownTopicOrPart, "correct KafkaDeadLetterTopic")]
    [InlineData(ErrorCode.TopicAuthorizationFailed, "KafkaUsername")]
    [InlineData(ErrorCode.SaslAuthenticationFailed, "KafkaPassword")]
    [InlineData(ErrorCode.Local_Ssl, "KafkaProtocol")]
    [InlineData(ErrorCode.OffsetOutOfRange, "no longer holds this offset")]
    [InlineData(ErrorCode.MsgSizeTooLarge, "max.message.bytes")]
    [InlineData(ErrorCode.Local_Transport, "KafkaBrokers")]
    public void Explained_EachKind_SaysWhatToDoAndKeepsCodeAndCause(ErrorCode code, string advice)
    {
        KafkaException cause = new(code);
        KafkaException problem = KafkaClients.Explained(cause, "It failed", "KafkaDeadLetterTopic", Options("Plaintext"));
        Assert.StartsWith("It failed at b:1: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(advice, problem.Message, StringComparison.Ordinal);
        Assert.Equal(code, problem.Error.Code);
        Assert.Equal(cause, problem.InnerException);
    }

    private static FunctionsOptions Options(string protocol) => new()
    {
        Brokers = "b:1",
        Topic = TestTopic.Name,
        DeadLetterTopic = TestTopic.DeadLetters,
        Protocol = protocol,
        Username = "$ConnectionString",
        Password = Secret,
    };
}
