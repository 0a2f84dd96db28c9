using Microsoft.Azure.Functions.Worker;
using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>A batch of the trigger mixes partitions; each of them comes out in offset order, each offset once.</summary>
public sealed class DeliveredBatchTests
{
    [Fact]
    public void Of_MixedPartitions_EachInOffsetOrder()
    {
        using DeliveredBatch batch = DeliveredBatch.Of([Record(7, 1), Record(0, 5), Record(7, 2), Record(0, 6), Record(3, 0)]);
        Assert.Equal(["0: 5 6", "3: 0", "7: 1 2"], Lines(batch));
    }

    [Fact]
    public void Of_DisorderAndDuplicates_EachOffsetOnce()
    {
        using DeliveredBatch batch = DeliveredBatch.Of([Record(0, 5), Record(1, 9), Record(0, 4), Record(1, 9), Record(0, 5), Record(0, 3)]);
        Assert.Equal(["0: 3 4 5", "1: 9"], Lines(batch));
    }

    [Fact]
    public void Of_NoValueAndNoTimestamp_EmptyAtTimeZero()
    {
        using DeliveredBatch batch = DeliveredBatch.Of([new KafkaRecord { Partition = 2, Offset = 8 }]);
        DeliveredRecords records = Assert.Single(batch.Partitions);
        Assert.Equal(8, records.Values.Span[0].Offset);
        Assert.Equal(0, records.Values.Span[0].ArrivalMs);
        Assert.True(records.Values.Span[0].Bytes.IsEmpty);
    }

    [Fact]
    public void Of_NoRecords_NoPartitions()
    {
        using DeliveredBatch batch = DeliveredBatch.Of([]);
        Assert.Empty(batch.Partitions);
    }

    [Fact]
    public void Of_AnyBatch_SharesTheValues()
    {
        KafkaRecord record = Record(0, 1);
        using DeliveredBatch batch = DeliveredBatch.Of([record]);
        Assert.True(batch.Partitions[0].Values.Span[0].Bytes.Span.Overlaps(record.Value));
    }

    private static KafkaRecord Record(int partition, long offset) =>
        new() { Partition = partition, Offset = offset, Value = "{}"u8.ToArray(), Timestamp = new KafkaTimestamp { UnixTimestampMs = 1 } };

    private static IEnumerable<string> Lines(DeliveredBatch batch) =>
        batch.Partitions.Select(records => $"{records.Partition}: {string.Join(' ', records.Values.ToArray().Select(value => value.Offset))}");
}
