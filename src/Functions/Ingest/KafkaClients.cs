using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>The configuration of the app's own Kafka clients, equal to that of the trigger.</summary>
internal static class KafkaClients
{
    /// <summary>The configuration of a consumer with assigned partitions: it joins no group and commits nothing.</summary>
    public static ConsumerConfig ConsumerConfig(FunctionsOptions options)
    {
        ConsumerConfig config = Common(new ConsumerConfig(), options);
        config.GroupId = $"{options.Names.Id}-reader"; // required by the library, not used
        config.EnableAutoCommit = false;
        config.EnableAutoOffsetStore = false;
        config.EnablePartitionEof = true;
        config.IsolationLevel = IsolationLevel.ReadCommitted;
        config.AutoOffsetReset = AutoOffsetReset.Error;
        config.FetchWaitMaxMs = 10;
        config.QueuedMaxMessagesKbytes = 16 << 10; // what it fetches ahead, in memory
        config.AllowAutoCreateTopics = false;
        return config;
    }

    /// <summary>The configuration of an idempotent producer that waits for all replicas.</summary>
    /// <param name="options">The options.</param>
    /// <param name="timeout">The time limit for a message. The library's default of 5 minutes exceeds that of a batch.</param>
    public static ProducerConfig ProducerConfig(FunctionsOptions options, TimeSpan timeout)
    {
        ProducerConfig config = Common(new ProducerConfig(), options);
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
        config.LingerMs = 5;
        config.CompressionType = CompressionType.Lz4;
        config.MessageMaxBytes = 8 << 20;
        config.BatchSize = 128 << 10; // a batch must not exceed the topic's maximum message size
        config.MessageTimeoutMs = (int)timeout.TotalMilliseconds;
        return config;
    }

    /// <summary>Creates a consumer.</summary>
    public static IConsumer<Ignore, byte[]?> Consumer(FunctionsOptions options, ILogger log) =>
        new ConsumerBuilder<Ignore, byte[]?>(ConsumerConfig(options))
        .SetValueDeserializer(Deserializers.ByteArray!)
        .SetErrorHandler((_, error) => log.Kafka(error.Reason))
        .SetLogHandler((_, message) => log.KafkaClient(message.Message))
        .Build();

    /// <summary>Creates a producer.</summary>
    public static IProducer<Null, byte[]> Producer(FunctionsOptions options, TimeSpan timeout, ILogger log) =>
        new ProducerBuilder<Null, byte[]>(ProducerConfig(options, timeout))
            .SetErrorHandler((_, error) => log.Kafka(error.Reason))
            .SetLogHandler((_, message) => log.KafkaClient(message.Message))
            .Build();

    /// <summary>Adds the operation, the brokers and advice to a failure.</summary>
    /// <param name="problem">The exception of the library, which has a short message.</param>
    /// <param name="what">What failed, as the start of a sentence: <c>Partition 3 of topic t could not be read from offset 5</c>.</param>
    /// <param name="topic">The setting that names the topic.</param>
    /// <param name="options">The options.</param>
    public static KafkaException Explained(KafkaException problem, string what, string topic, FunctionsOptions options)
    {
        string advice = problem.Error.Code switch
        {
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
                $"Create the topic, or correct {topic}.",
            ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.GroupAuthorizationFailed =>
                "Give the login of KafkaUsername the right to it.",
            ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Authentication or ErrorCode.Local_Ssl =>
                "Check KafkaProtocol, KafkaUsername and KafkaPassword.",
            ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset =>
                "The log no longer holds this offset: it was truncated, created again or shortened by retention.",
            ErrorCode.MsgSizeTooLarge => $"Raise max.message.bytes of the topic, or set {topic} to another one.",
            _ => "Check that the brokers of KafkaBrokers run and can be reached from here, "
                + "and KafkaProtocol and the login; the log has the messages of the client. It will be retried.",
        };
        return new KafkaException(
            new Error(problem.Error.Code, $"{what} at {options.Brokers}: {problem.Error.Reason}. {advice}", problem.Error.IsFatal), problem);
    }

    private static T Common<T>(T config, FunctionsOptions options)
        where T : ClientConfig
    {
        config.BootstrapServers = options.Brokers;
        config.SecurityProtocol = Enum.Parse<SecurityProtocol>(options.Protocol, ignoreCase: true);
        if (options.Protocol.StartsWith("Sasl", StringComparison.OrdinalIgnoreCase))
        {
            config.SaslMechanism = SaslMechanism.Plain;
            config.SaslUsername = options.Username;
            config.SaslPassword = options.Password;
        }

        return config;
    }
}
