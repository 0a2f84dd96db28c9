using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Tests.Run;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary><c>tidemark generate</c> to a topic.</summary>
public sealed class GenerateTopicTests
{
    [Fact]
    public async Task Run_Topic_HasTheLinesOfTheFileKeyedByUserWithTheirArrival()
    {
        using TopicRuns runs = new("events:3");
        string[] options = ["generate", "--events", "2000", "--start", TopicRuns.Start, "--users", "50", "--bad-percent", "2"];
        using TidemarkProcess file = await TidemarkProcess.RunAsync(runs.Folder, [.. options, "--out", "events.ndjson"]);
        using TidemarkProcess topic = await TidemarkProcess.RunAsync(runs.Folder, [.. options, "--out", runs.Source("events")]);

        Assert.Equal(0, await topic.ExitAsync());
        Assert.Contains($"tidemark: delivered 2,000 events of 2,000, 1.1 MB, to {runs.Source("events")}; event time ", topic.Error, StringComparison.Ordinal);
        List<ConsumeResult<byte[], byte[]>> messages = runs.Consume("events", 3);
        Assert.Equal(
            (await File.ReadAllLinesAsync(runs.File("events.ndjson"), Encoding.Latin1)).Order(StringComparer.Ordinal),
            messages.Select(message => Encoding.Latin1.GetString(message.Message.Value)).Order(StringComparer.Ordinal));
        Assert.All(messages, message => Assert.Equal(GenerateTopicRun.KeyOf(message.Message.Value), message.Message.Key));
        Assert.All(
            messages.Where(message => message.Message.Key is not null).GroupBy(message => Encoding.UTF8.GetString(message.Message.Key)),
            user => Assert.Single(user.Select(message => message.Partition).Distinct()));
        Assert.All(messages, message => Assert.InRange(message.Message.Timestamp.UtcDateTime, DateTime.Parse(TopicRuns.Start, null).ToUniversalTime(), DateTime.Parse("2026-11-22T06:00:10Z", null).ToUniversalTime()));
    }

    [Fact]
    public async Task Run_Rate_SendsEachEventWhenItArrives()
    {
        using TopicRuns runs = new("events:1");
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        using TidemarkProcess topic = await TidemarkProcess.RunAsync(
            runs.Folder, "generate", "--events", "50", "--rate", "50", "--late-percent", "0", "--bad-percent", "0", "--disorder", "0s", "--out", runs.Source("events"));
        DateTimeOffset after = TimeProvider.System.GetUtcNow();

        Assert.Equal(0, await topic.ExitAsync());
        Assert.InRange(after - before, TimeSpan.FromSeconds(0.7), TimeSpan.MaxValue);
        Assert.All(runs.Consume("events", 1), message => Assert.InRange(message.Message.Timestamp.UtcDateTime, before.UtcDateTime.AddMilliseconds(-1), after.UtcDateTime));
    }

    [Fact]
    public async Task Run_EventsThatAreRefused_AreCountedAndExitWith1()
    {
        using TopicRuns runs = new("events:1");
        runs.Broker.FailNext(0, ErrorCode.TopicAuthorizationFailed);
        using TidemarkProcess topic = await TidemarkProcess.RunAsync(runs.Folder, "generate", "--events", "1", "--out", runs.Source("events"));

        Assert.Equal(1, await topic.ExitAsync());
        Assert.Contains("tidemark: events were not delivered: ", topic.Error, StringComparison.Ordinal);
        Assert.Contains("Give the login the right to this topic\n", topic.Error, StringComparison.Ordinal);
        Assert.Contains("tidemark: delivered 0 events of 1, ", topic.Error, StringComparison.Ordinal);
    }

    // By other hands: kcat writes what is counted, and reads what is generated.
    [Fact]
    public async Task Run_Kcat_UnderstandsBothWays()
    {
        using TopicRuns runs = new("events:2", "more:2");
        await File.WriteAllTextAsync(runs.File("lines"), State.StateRuns.Lines(new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero), 100, 1));
        using (TidemarkProcess kcat = TidemarkProcess.StartShell(runs.Folder, $"kcat -P -b {runs.Broker.Brokers} -t events -z gzip -H trace=1 -k key -l lines"))
        {
            Assert.True(await kcat.ExitAsync() == 0, $"kcat could not write (make deps installs it): {kcat.Error}");
        }

        using TidemarkProcess run = await runs.RunAsync("lake", 100, "--source", runs.Source("events"));
        Assert.Contains("100 read = 100 counted + 0 late + 0 rejected", run.Error, StringComparison.Ordinal);

        using TidemarkProcess generate = await TidemarkProcess.RunAsync(runs.Folder, "generate", "--events", "100", "--bad-percent", "0", "--out", runs.Source("more"));
        using TidemarkProcess reads = TidemarkProcess.StartShell(runs.Folder, $$"""kcat -C -b {{runs.Broker.Brokers}} -t more -e -q -f '{"key":"%k","value":%s}\n'""");
        Assert.Equal(0, await reads.ExitAsync());
        string[] lines = reads.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(100, lines.Length);
        Assert.All(lines.Select(line => JsonNode.Parse(line)!), line => Assert.Equal((string?)line["key"], (string?)line["value"]!["user_id"]));
    }

    [Theory]
    [InlineData("""{"a":1,"user_id":"u0000012","b":2}""", "u0000012")]
    [InlineData("""{"a":1,"user_id":"u00000""", null)]
    [InlineData("rubbish", null)]
    public void KeyOf_Line_IsItsUser(string line, string? key) =>
        Assert.Equal(key, GenerateTopicRun.KeyOf(Encoding.UTF8.GetBytes(line)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);
}
