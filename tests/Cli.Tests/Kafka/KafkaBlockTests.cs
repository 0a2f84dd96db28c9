using System.Text;
using Tidemark.Cli.Kafka;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Oracle;

namespace Tidemark.Cli.Tests.Kafka;

public sealed class KafkaBlockTests
{
    private const string Good = """{"timestamp":"2026-11-22T06:00:00Z","event_type":"click"}""";

    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly PartitionProgress _first = new(new PartitionPosition(0, 100, null), 0);
    private readonly PartitionProgress _second = new(new PartitionPosition(1, 200, null), 0);

    [Fact]
    public void Apply_RunsOfPartitions_OneAtATimeWithTheirOffsets()
    {
        KafkaBlock block = new("t", 4096, null, _time);
        Add(block, _first, 100, Good);
        Add(block, _first, 105, Good);
        Add(block, _second, 200, "rubbish");
        Add(block, _first, 106, Good);
        EngineHarness harness = new(new EngineOptions(), partitions: 2);
        block.Parse(new EventParser(), 0);

        Assert.Equal(1, block.Partition);
        Assert.False(block.Apply(harness.Engine));
        Assert.Equal(new AppliedSegment(_first, 106, 3, Values: 2, Blank: 0), block.LastApplied);
        Assert.False(block.Apply(harness.Engine));
        Assert.Equal(new AppliedSegment(_second, 201, 3, Values: 1, Blank: 0), block.LastApplied);
        Assert.True(block.Apply(harness.Engine));
        Assert.Equal(new AppliedSegment(_first, 107, 3, Values: 1, Blank: 0), block.LastApplied);
        Assert.Equal(3, harness.Engine.Partitions[0].Counted);
        Assert.Equal(1, harness.Engine.Partitions[1].Rejected);
    }

    [Fact]
    public void Apply_OutputFull_GoesOnAtTheNextRecordAndPassesBlankValuesBeforeIt()
    {
        KafkaBlock block = new("t", 4096, null, _time);
        Add(block, _first, 100, At("06:00:00"));
        Add(block, _first, 101, At("07:00:00")); // closes
        Add(block, _first, 103, " ");
        Add(block, _first, 104, At("08:00:00")); // closes
        EngineHarness harness = new(new EngineOptions()) { Room = 1 };
        block.Parse(new EventParser(), 0);

        Assert.False(block.Apply(harness.Engine));
        Assert.Equal(new AppliedSegment(_first, 104, 3, Values: 0, Blank: 0), block.LastApplied);
        Assert.True(block.Apply(harness.Engine));
        Assert.Equal(new AppliedSegment(_first, 105, 3, Values: 4, Blank: 1), block.LastApplied);
        Assert.Equal(3, harness.Engine.Partitions[0].Counted);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Parse_Arrival_IsEachRecordsOwn(long secondsAfter, long counted)
    {
        KafkaBlock block = new("t", 4096, null, _time);
        long timeMs = new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Add(block, _first, 1, Good, timeMs - (secondsAfter * 1000) - 5000);
        Add(block, _first, 2, Good, timeMs);

        EngineHarness harness = Applied(block, maxFutureSkewMs: 5000);

        Assert.Equal(1 + counted, harness.Engine.Partitions[0].Counted);
        Assert.Equal(1 - counted, harness.Engine.Partitions[0].CountOf(RecordOutcome.FutureTimestamp));
    }

    [Fact]
    public void Parse_RecordWithoutTimestamp_ArrivesNow()
    {
        KafkaBlock block = new("t", 4096, null, _time);
        Add(block, _first, 1, Good, null);

        Assert.Equal(1, Applied(block, maxFutureSkewMs: 5000).Engine.Partitions[0].CountOf(RecordOutcome.FutureTimestamp)); // the clock is in 1970
    }

    [Fact]
    public void Parse_LineFeedsInValues_AreWhiteSpaceAndComeBackInLetters()
    {
        KafkaBlock block = new("t", 4096, null, _time);
        string pretty = Good.Replace(",", ",\n\r\n ", StringComparison.Ordinal);
        string[] broken = ["\n{", "a\r\nb\n", "no line end"];
        Add(block, _first, 1, pretty);
        Array.ForEach(broken, value => Add(block, _first, 2, value));
        List<string> originals = [];
        LetterReader output = new(letter => originals.Add(Encoding.UTF8.GetString(block.Original(letter))));
        Engine.WindowEngine engine = new(new EngineOptions(), 1, output);
        block.Parse(new EventParser(), 0);

        Assert.True(block.Apply(engine));
        Assert.Equal(1, engine.Partitions[0].Counted);
        Assert.Equal(broken, originals);
    }

    [Theory]
    [InlineData(EventParser.MaxRecordBytes, RecordOutcome.MalformedJson)]
    [InlineData(EventParser.MaxRecordBytes + 1, RecordOutcome.TooLarge)]
    [InlineData(5 << 20, RecordOutcome.TooLarge)]
    public void Parse_LargeValue_IsJudgedByItsLengthAndTheNextOneIsReadable(int bytes, RecordOutcome outcome)
    {
        KafkaBlock block = new("t", 2 << 20, null, _time);
        Add(block, _first, 1, Good);
        Add(block, _first, 2, new string('x', bytes));
        Add(block, _second, 1, Good);

        EngineHarness harness = Applied(block, 0);

        Assert.Equal(1, harness.Engine.Partitions[0].CountOf(outcome));
        Assert.Equal(1, harness.Engine.Partitions[0].Counted);
        Assert.Equal(1, harness.Engine.Partitions[1].Counted);
    }

    private static string At(string time) => Good.Replace("06:00:00", time, StringComparison.Ordinal);

    private static void Add(KafkaBlock block, PartitionProgress partition, long offset, string value, long? timestampMs = long.MaxValue / 2)
    {
        block.Receive(Encoding.UTF8.GetBytes(value));
        block.Add(partition, new Consumed(ConsumedKind.Record, partition.Partition, offset, timestampMs, LeaderEpoch: 3));
    }

    private static EngineHarness Applied(KafkaBlock block, long maxFutureSkewMs)
    {
        EngineHarness harness = new(new EngineOptions(), partitions: 2);
        block.Parse(new EventParser(), maxFutureSkewMs);
        while (!block.Apply(harness.Engine))
        {
        }

        return harness;
    }

    private sealed class LetterReader(LetterReader.Reads reads) : Engine.IEngineOutput
    {
        public delegate void Reads(Engine.DeadLetter letter);

        public void Publish(Core.Results.Publication publication)
        {
        }

        public void MarkFinal(Core.Windows.WindowDefinition family, long beforeMs)
        {
        }

        public void DeadLetter(Engine.DeadLetter letter) => reads(letter);
    }
}
