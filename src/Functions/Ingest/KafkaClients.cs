using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Ingest;

/// <summary>Our own Kafka clients' settings: those of the trigger.</summary>
internal static class KafkaClients
{
    /// <summary>A consumer that is told which partition to read: it joins no group and commits nothing.</summary>
    public static IConsumer<Ignore, byte[]?> Consumer(FunctionsOptions options, ILogger log)
    {
        ConsumerConfig config = Common(new ConsumerConfig(), options);
        config.GroupId = $"{options.Names.Id}-reader"; // wanted by the library, not used
        config.EnableAutoCommit = false;
        config.EnableAutoOffsetStore = false;
        config.EnablePartitionEof = true;
        config.IsolationLevel = IsolationLevel.ReadCommitted;
        config.AutoOffsetReset = AutoOffsetReset.Error;
        config.FetchWaitMaxMs = 10;
        config.AllowAutoCreateTopics = false;
        return new ConsumerBuilder<Ignore, byte[]?>(config)
            .SetValueDeserializer(Deserializers.ByteArray!)
            .SetErrorHandler((_, error) => log.Kafka(error.Reason))
            .Build();
    }

    /// <summary>A producer that writes each message once, in order, to all replicas.</summary>
    public static IProducer<Null, byte[]> Producer(FunctionsOptions options, ILogger log)
    {
        ProducerConfig config = Common(new ProducerConfig(), options);
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
        config.LingerMs = 5;
        config.CompressionType = CompressionType.Lz4;
        config.MessageMaxBytes = 8 << 20;
        return new ProducerBuilder<Null, byte[]>(config).SetErrorHandler((_, error) => log.Kafka(error.Reason)).Build();
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
