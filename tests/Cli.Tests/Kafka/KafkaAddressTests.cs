using Tidemark.Cli.Kafka;

namespace Tidemark.Cli.Tests.Kafka;

public sealed class KafkaAddressTests
{
    [Theory]
    [InlineData("kafka://host:9093/events", "host:9093", "events")]
    [InlineData("KAFKA://host/events", "host:9092", "events")]
    [InlineData("kafka://a:1,b:2,[::1]:3,[::2]/a.b_c-D", "a:1,b:2,[::1]:3,[::2]:9092", "a.b_c-D")]
    public void Parse_Address_HasBrokersAndTopic(string text, string brokers, string topic)
    {
        KafkaAddress address = Parse(text, out List<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal(brokers, address.Brokers);
        Assert.Equal(topic, address.Topic);
        Assert.Equal($"kafka://{brokers}/{topic}", address.Name);
    }

    [Fact]
    public void Parse_Query_HasOptionsAndProperties()
    {
        KafkaAddress address =
            Parse("kafka://b:1/t?group=shop%201&start=latest&gap=skip&client.id=x&security.protocol=SSL", out List<string> mistakes);

        Assert.Empty(mistakes);
        Assert.Equal("shop 1", address.Group);
        Assert.Equal(KafkaStart.Latest, address.Start);
        Assert.True(address.SkipsGaps);
        Assert.Equal(new Dictionary<string, string> { ["client.id"] = "x", ["security.protocol"] = "SSL" }, address.Properties);
        Assert.Equal("kafka://b:1/t", address.Name);
    }

    [Fact]
    public void Parse_ManyMistakes_AllAreTold()
    {
        Parse("kafka://b:99999/to/pic?group=&start=now&gap=jump&client.id=x&client.id=y&sasl.password=hunter2&=z", out List<string> mistakes);

        Assert.Equal(
            [
                "expected kafka://HOST:PORT/TOPIC[?group=G], got the broker 'b:99999'",
                "expected a topic of 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', got 'to/pic'",
                "expected KEY=VALUE after '?' and '&', got 'group' without a value",
                "start: expected earliest or latest, got 'now'",
                "gap: expected stop or skip, got 'jump'",
                "client.id: expected once, got it again",
                "sasl.password: a command line is seen by everybody on the machine: "
                    + "put it into kafka of --config, or a password into TIDEMARK_KAFKA_PASSWORD",
                "expected KEY=VALUE after '?' and '&', got '' without a key",
            ],
            mistakes);
    }

    [Theory]
    [InlineData("kafka://", "expected kafka://HOST:PORT/TOPIC[?group=G], got no broker")]
    [InlineData("kafka://b:1", "expected kafka://HOST:PORT/TOPIC[?group=G], got no topic")]
    [InlineData("kafka://b:1/", "expected kafka://HOST:PORT/TOPIC[?group=G], got no topic")]
    [InlineData("kafka://b:1/..", "expected a topic of 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', got '..'")]
    public void Parse_OneMistake_IsTold(string text, string mistake)
    {
        Parse(text, out List<string> mistakes);

        Assert.Contains(mistake, mistakes);
    }

    [Fact]
    public void Parse_LoginInTheAddress_IsRefusedAndNotRepeated()
    {
        Parse("kafka://me:hunter2@b:1/t", out List<string> mistakes);

        string mistake = Assert.Single(mistakes);
        Assert.DoesNotContain("hunter2", mistake, StringComparison.Ordinal);
        Assert.Contains("TIDEMARK_KAFKA_PASSWORD", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Target_HasNoGroupAndNoStart()
    {
        List<string> mistakes = [];
        KafkaAddress.Parse("kafka://b:1/t?group=g&start=latest", isSource: false, mistakes);

        Assert.Equal(["group: is for a --source, expected only properties of librdkafka",
            "start: is for a --source, expected only properties of librdkafka"], mistakes);
    }

    [Theory]
    [InlineData("kafka://x", true)]
    [InlineData("kafka", false)]
    [InlineData("events.ndjson", false)]
    [InlineData(null, false)]
    public void IsMeant_Text_OnlyWithTheScheme(string? text, bool expected) => Assert.Equal(expected, KafkaAddress.IsMeant(text));

    private static KafkaAddress Parse(string text, out List<string> mistakes)
    {
        mistakes = [];
        return KafkaAddress.Parse(text, isSource: true, mistakes);
    }
}
