using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;

namespace Tidemark.Cli.Tests.Kafka;

public sealed class LogStartTests
{
    private readonly List<string> _said = [];

    // A log that begins at 10 and ends at 20.
    [Theory]
    [InlineData(null, false, 10)]
    [InlineData(null, true, 20)]
    [InlineData(10L, true, 10)]
    [InlineData(15L, false, 15)]
    [InlineData(20L, false, 20)]
    public void Decide_LogThatGoesOn_IsWhereItWasCountedToOrTheStart(long? counted, bool isLatest, long expected)
    {
        Assert.Equal([expected], Decide(counted, isLatest ? KafkaStart.Latest : KafkaStart.Earliest, skipsGaps: false));
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData(9L, "its log begins at 10: retention has deleted 1 offsets that were never counted", 10)]
    [InlineData(0L, "its log begins at 10: retention has deleted 10 offsets that were never counted", 10)]
    [InlineData(21L, "its log ends at 20: the topic was made again or truncated", 20)]
    public void Decide_LogThatDoesNotGoOn_IsRefusedUnlessGapsAreSkipped(long counted, string problem, long expected)
    {
        string whole = $"partition 0 of kafka://b:1/t was counted up to offset {counted}, but {problem}";
        SourceException refusal = Assert.Throws<SourceException>(() => Decide(counted, KafkaStart.Earliest, skipsGaps: false));
        Assert.StartsWith(whole + ". With gap=skip in the address it goes on ", refusal.Message, StringComparison.Ordinal);

        Assert.Equal([expected], Decide(counted, KafkaStart.Earliest, skipsGaps: true));
        Assert.Equal([$"{whole}; it goes on at offset {expected}"], _said);
    }

    [Fact]
    public void Decide_PartitionAddedMeanwhile_BeginsAtItsStartWhateverTheAddressSays()
    {
        TopicPosition before = new("t", "b:1", null, [new PartitionPosition(0, 15, 2)]);

        IReadOnlyList<PartitionPosition> starts = new LogStart(new KafkaAddress("b:1", "t") { Start = KafkaStart.Latest }, _said.Add)
            .Decide(before, null, [new LogBounds(10, 20), new LogBounds(0, 7)]);

        Assert.Equal([new PartitionPosition(0, 15, 2), new PartitionPosition(1, 0, null)], starts);
    }

    [Fact]
    public void Decide_FewerPartitionsThanBefore_IsAnotherTopic()
    {
        TopicPosition before = new("t", "b:1", null, [new PartitionPosition(0, 15, null), new PartitionPosition(1, 15, null)]);

        SourceException refusal = Assert.Throws<SourceException>(
            () => new LogStart(new KafkaAddress("b:1", "t"), _said.Add).Decide(before, null, [new LogBounds(10, 20)]));

        Assert.Contains("it was deleted and made again (it has 1 partitions, and had 2)", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one", "one", false)]
    [InlineData("one", "two", true)]
    [InlineData("", "two", false)]
    [InlineData("one", "", false)]
    public void IsAnother_Ids_OnlyWhenBothAreKnown(string before, string now, bool expected) =>
        Assert.Equal(expected, LogStart.IsAnother(new TopicIdentity("c", before), new TopicIdentity("c", now)));

    private IEnumerable<long> Decide(long? counted, KafkaStart start, bool skipsGaps)
    {
        TopicPosition? before = counted is { } next ? new TopicPosition("t", "b:1", null, [new PartitionPosition(0, next, null)]) : null;
        return new LogStart(new KafkaAddress("b:1", "t") { Start = start, SkipsGaps = skipsGaps }, _said.Add)
            .Decide(before, null, [new LogBounds(10, 20)]).Select(position => position.Next);
    }
}
