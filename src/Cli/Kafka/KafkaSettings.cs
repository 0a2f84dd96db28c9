using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// A topic and everything that a client of it is told: the address, <c>kafka</c> of the configuration, the password of the environment.
/// </summary>
/// <param name="Address">The topic.</param>
/// <param name="Properties">Properties of librdkafka, those of the address before those of the configuration. They hold secrets: never shown.</param>
internal sealed record KafkaSettings(KafkaAddress Address, IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>Where the password is looked for.</summary>
    public const string PasswordVariable = "TIDEMARK_KAFKA_PASSWORD";

    // Set last, it is what a client refuses when everything before it is fine: so nothing is started to find that out.
    private const string Sentinel = "tidemark.checked";

    private static readonly Dictionary<string, string> Taken = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "the brokers stand in the address",
        ["metadata.broker.list"] = "the brokers stand in the address",
        ["group.id"] = "the group stands in the address, as ?group=",
        ["group.instance.id"] = "no group is joined: the state's lock says who reads",
        ["auto.offset.reset"] = "use ?start=earliest or latest in the address; an offset that is not there any more stops the run",
        ["enable.auto.commit"] = "positions are kept in the state, and a group only follows",
        ["auto.commit.enable"] = "positions are kept in the state, and a group only follows",
        ["enable.auto.offset.store"] = "positions are kept in the state, and a group only follows",
        ["enable.partition.eof"] = "it is what tells that a partition is idle",
        ["enable.idempotence"] = "every producer here is idempotent",
        ["acks"] = "every producer here is idempotent",
        ["request.required.acks"] = "every producer here is idempotent",
        ["transactional.id"] = "no transactions are used",
    };

    /// <summary>Completes an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="configured"><c>kafka</c> of the configuration.</param>
    /// <param name="context">Reads the environment.</param>
    public static KafkaSettings Of(KafkaAddress address, IReadOnlyDictionary<string, string> configured, CommandContext context)
    {
        Dictionary<string, string> properties = new(configured, StringComparer.Ordinal);
        foreach ((string key, string value) in address.Properties)
        {
            properties[key] = value;
        }

        if (context.Environment(PasswordVariable) is { Length: > 0 } password)
        {
            properties["sasl.password"] = password;
        }

        return new KafkaSettings(address, properties);
    }

    /// <summary>Whether a property is nobody's business.</summary>
    public static bool IsSecret(string property) =>
        property.Contains("password", StringComparison.OrdinalIgnoreCase)
        || property.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || property is "ssl.key.pem";

    /// <summary>What is wrong with all properties together; null for nothing.</summary>
    public string? MistakeTogether() => Properties.Count == 0 ? null : Refusal(Properties);

    /// <summary>What is wrong with properties, each by its name; values of secrets are not repeated.</summary>
    public static IEnumerable<string> Mistakes(IReadOnlyDictionary<string, string> properties)
    {
        List<string> mistakes = [];
        foreach ((string key, string value) in properties)
        {
            if (Taken.TryGetValue(key, out string? reason) || key.StartsWith("dotnet.", StringComparison.Ordinal))
            {
                mistakes.Add($"{key}: cannot be set: {reason ?? "it belongs to the client library"}");
            }
            else if (Refusal([KeyValuePair.Create(key, value), KeyValuePair.Create(Sentinel, "")]) is { } refusal
                && !refusal.Contains(Sentinel, StringComparison.Ordinal))
            {
                mistakes.Add(refusal.StartsWith("No such", StringComparison.Ordinal)
                    ? $"{key}: unknown; expected a property of librdkafka"
                    : $"{key}: {(IsSecret(key) ? "cannot be used" : refusal)}");
            }
        }

        return mistakes;
    }

    /// <summary>A consumer's settings: it joins no group, reads what is committed, and never jumps.</summary>
    /// <param name="commits">Whether stored offsets are committed.</param>
    public ConsumerConfig ConsumerConfig(bool commits) => Complete(new ConsumerConfig
    {
        GroupId = Address.Group ?? "tidemark", // wanted by the library
        EnableAutoCommit = commits,
        AutoCommitIntervalMs = 1000,
        EnableAutoOffsetStore = false,
        EnablePartitionEof = true,
        IsolationLevel = IsolationLevel.ReadCommitted,
        AutoOffsetReset = AutoOffsetReset.Error,
        AllowAutoCreateTopics = false,
        FetchWaitMaxMs = 10,
        FetchQueueBackoffMs = 5, // the queue is short: a second is long
        QueuedMaxMessagesKbytes = 32 << 10, // what is fetched ahead, in memory
        FetchMaxBytes = 16 << 20,
        ConsumeResultFields = "topic,timestamp",
    });

    /// <summary>A producer's settings: each message once, in order, to all replicas.</summary>
    public ProducerConfig ProducerConfig() => Complete(new ProducerConfig
    {
        EnableIdempotence = true,
        Acks = Acks.All,
        CompressionType = CompressionType.Lz4,
        LingerMs = 5,
        Partitioner = Partitioner.Murmur2Random, // where Java's clients put the same key
        MessageMaxBytes = 8 << 20,
        QueueBufferingMaxKbytes = 64 << 10,
        DeliveryReportFields = "status",
    });

    /// <inheritdoc/>
    public override string ToString() => Address.Name;

    private T Complete<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = Address.Brokers;
        config.ClientId = "tidemark";
        config.ReconnectBackoffMaxMs = 1000;
        config.SocketKeepaliveEnable = true;
        foreach ((string key, string value) in Properties)
        {
            config.Set(key, value);
        }

        return config;
    }

    private static string? Refusal(IEnumerable<KeyValuePair<string, string>> properties)
    {
        try
        {
            new ProducerBuilder<Null, Null>(properties).SetLogHandler((_, _) => { }).Build().Dispose();
            return null;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or KafkaException)
        {
            return error.Message.Trim();
        }
    }
}
