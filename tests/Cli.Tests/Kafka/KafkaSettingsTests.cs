using Confluent.Kafka;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>What the clients are told. The mock cluster knows no logins, so this is looked at as configuration.</summary>
public sealed class KafkaSettingsTests
{
    private static readonly KafkaAddress Address = new("b:1", "t");

    [Fact]
    public void Mistakes_EachKind_NamesTheProperty()
    {
        Dictionary<string, string> properties = new()
        {
            ["fetch.wait.max.ms"] = "5", ["foo.bar"] = "1", ["fetch.min.bytes"] = "-3",
            ["compression.type"] = "lzz", ["group.id"] = "g", ["dotnet.cancellation.delay.max.ms"] = "1",
        };

        Assert.Equal(
            [
                "foo.bar: unknown; expected a property of librdkafka",
                "fetch.min.bytes: Configuration property \"fetch.min.bytes\" value -3 is outside allowed range 0..2147483647",
                "compression.type: Invalid value \"lzz\" for configuration property \"compression.codec\"",
                "group.id: cannot be set: the group stands in the address, as ?group=",
                "dotnet.cancellation.delay.max.ms: cannot be set: it belongs to the client library",
            ],
            KafkaSettings.Mistakes(properties));
    }

    [Fact]
    public void MistakeTogether_PropertiesThatDoNotFit_IsTold()
    {
        KafkaSettings settings = new(Address, new Dictionary<string, string> { ["security.protocol"] = "sasl_ssl", ["sasl.mechanism"] = "GSSAPI" });

        Assert.Contains("GSSAPI", settings.MistakeTogether(), StringComparison.Ordinal);
        Dictionary<string, string> plain = new() { ["security.protocol"] = "sasl_ssl", ["sasl.mechanism"] = "PLAIN", ["sasl.username"] = "me" };
        Assert.Equal("sasl.username and sasl.password must be set", new KafkaSettings(Address, plain).MistakeTogether());
        plain["sasl.password"] = "hunter2";
        Assert.Null(new KafkaSettings(Address, plain).MistakeTogether());
    }

    [Fact]
    public void Of_AddressConfigurationAndEnvironment_InThatOrder()
    {
        CommandContext context = TestRun.Silent with { Environment = name => name == KafkaSettings.PasswordVariable ? "hunter2" : null };
        KafkaSettings settings = KafkaSettings.Of(
            Address with { Properties = new Dictionary<string, string> { ["client.id"] = "address" } },
            new Dictionary<string, string> { ["client.id"] = "file", ["sasl.username"] = "me", ["sasl.password"] = "file" },
            context);

        Assert.Equal(new Dictionary<string, string> { ["client.id"] = "address", ["sasl.username"] = "me", ["sasl.password"] = "hunter2" },
            settings.Properties);
        Assert.Equal("kafka://b:1/t", settings.ToString());
    }

    [Fact]
    public void ConsumerConfig_Any_JoinsNothingReadsWhatIsCommittedAndNeverJumps()
    {
        ConsumerConfig config = new KafkaSettings(Address with { Group = "g" }, new Dictionary<string, string> { ["fetch.wait.max.ms"] = "77" })
            .ConsumerConfig(commits: false);

        Assert.Equal("b:1", config.BootstrapServers);
        Assert.Equal("g", config.GroupId);
        Assert.False(config.EnableAutoCommit);
        Assert.False(config.EnableAutoOffsetStore);
        Assert.True(config.EnablePartitionEof);
        Assert.Equal(IsolationLevel.ReadCommitted, config.IsolationLevel);
        Assert.Equal(AutoOffsetReset.Error, config.AutoOffsetReset);
        Assert.InRange(config.QueuedMaxMessagesKbytes!.Value, 1, 64 << 10);
        Assert.Equal(77, config.FetchWaitMaxMs);
    }

    [Fact]
    public void ProducerConfig_Any_IdempotentToAllReplicasAsLz4()
    {
        ProducerConfig config = new KafkaSettings(Address, new Dictionary<string, string>()).ProducerConfig();

        Assert.True(config.EnableIdempotence);
        Assert.Equal(Acks.All, config.Acks);
        Assert.Equal(CompressionType.Lz4, config.CompressionType);
        Assert.Equal(Partitioner.Murmur2Random, config.Partitioner);
    }

    [Fact]
    public async Task Run_ManyMistakesAboutTopics_AreToldAtOnceWithoutSecrets()
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.File("c.json"), """
            {"kafka":{"sasl.pasword":"hunter2","sasl.password":"hunter2",
            "socket.nagle.disable":true,"retries":"many","acks":1,"log_level":[]}}
            """);
        using TidemarkProcess run = await TidemarkProcess.RunAsync(
            folder.Path, "run", "--source", "kafka://b:1/t?what=1", "--source", "file",
            "--follow", "--dead-letters", "kafka://b:1/t?group=g", "--config", "c.json");

        Assert.Equal(2, await run.ExitAsync());
        Assert.Equal(
            """
            tidemark: --source: expected one topic and nothing else, got 2 sources: run one command for each, with a --lake of its own
            tidemark: --follow: expected files, got a topic: it is followed anyway, and its partitions are read side by side
            tidemark: --source: what: unknown; expected a property of librdkafka
            tidemark: c.json: kafka.log_level: expected a text, a number, true or false, got array
            tidemark: c.json: kafka.sasl.pasword: unknown; expected a property of librdkafka
            tidemark: c.json: kafka.retries: Invalid value for configuration property "message.send.max.retries"
            tidemark: c.json: kafka.acks: cannot be set: every producer here is idempotent
            tidemark: --dead-letters: group: is for a --source, expected only properties of librdkafka
            tidemark: --dead-letters: expected another topic than --source: letters would be read as events
            Try: tidemark run --help

            """.ReplaceLineEndings("\n"),
            run.Error);
    }
}
