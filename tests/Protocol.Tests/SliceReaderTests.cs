using System.Text;
using Tidemark.Core.Parsing;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

/// <summary>
/// Reading many records at once, in chunks with reused memory, gives the same result as reading each by itself; and the memory
/// stays bounded.
/// </summary>
public sealed class SliceReaderTests
{
    private const int MaxLateMinutes = 9; // lateness is 5 minutes

    private static readonly Dictionary<long, long> NotFrozen = [];

    // One reader reads all the slices, so that what one leaves behind would show in the next.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Read_AnyCutOfALog_SameShardsAndCursor(int seed)
    {
        Random random = new(seed);
        KafkaValue[] log = [.. Enumerable.Range(0, 3_000).Select(offset => Record(random, offset))];
        SliceReader reader = new(Given.Options);
        Applied whole = Apply(reader, log, () => log.Length);
        Applied cut = Apply(reader, log, () => random.Next(1, 400));
        Applied single = Apply(reader, log, () => 1);
        Assert.Equal(single.Cursor, whole.Cursor);
        Assert.Equal(single.Cursor, cut.Cursor);
        Assert.Equal(single.Shards, whole.Shards);
        Assert.Equal(single.Shards, cut.Shards);
        Assert.True(single.Shards.Count > 5, "the log is to reach into many panes");
    }

    [Fact]
    public void RowsFrom_AnyOffset_WhatASliceFromThereHas()
    {
        Random random = new(5);
        KafkaValue[] log = [.. Enumerable.Range(0, 500).Select(offset => Record(random, offset, lateMinutes: 4))];
        SliceReader reader = new(Given.Options);
        PartitionSlice slice = reader.Read(Given.Open(), log, 499, NotFrozen);
        foreach (SlicePane pane in slice.Panes)
        {
            long from = random.Next(500);
            byte[]? expected = reader.Read(Given.Open(from), log.AsMemory((int)from), 499,
                NotFrozen).Panes.FirstOrDefault(found => found.PaneMs == pane.PaneMs).Rows;
            Assert.Equal(expected, reader.RowsFrom(slice, pane.PaneMs, from));
        }
    }

    [Fact]
    public void Read_LongestValues_TakesTheMemoryOfOne()
    {
        byte[] text = Encoding.UTF8.GetBytes(Given.Minute(0.5).ToString(provider: null));
        byte[] value = [.. "{\"event_type\":\"click\",\"timestamp\":"u8, .. text,
            .. Enumerable.Repeat((byte)' ', EventParser.MaxRecordBytes - 60), (byte)'}'];
        KafkaValue[] values = [.. Enumerable.Range(0, 200).Select(offset => new KafkaValue(offset, Given.Hour, value))];
        (long bytes, PartitionSlice slice) = Measure(values);
        Assert.Equal(200, slice.CountOf(RecordOutcome.Counted));
        Assert.InRange(bytes, 0, 2 << 20);
    }

    [Fact]
    public void Read_AFullBatchOfTheTrigger_TakesAFractionOfItsBytes()
    {
        Random random = new(6);
        KafkaValue[] values = [.. Enumerable.Range(0, 30_000).Select(offset => Given.Text(
            offset,
            $"{{\"timestamp\":{Given.Minute(offset / 15_000.0)},\"event_type\":\"page_view\",\"user_id\":\"u{random.Next(20_000)}\","
                + $"\"page_url\":\"/{random.Next(500)}\",\"user_agent\":\"{new string('x', 420)}\"}}",
            2))];
        (long bytes, PartitionSlice slice) = Measure(values);
        Assert.Equal(values.Length, slice.To + 1);
        Assert.InRange(bytes, 0, values.Sum(value => (long)value.Bytes.Length) / 10);
    }

    private static (long Bytes, PartitionSlice Slice) Measure(KafkaValue[] values)
    {
        SliceReader reader = new(Given.Options);
        reader.Read(Given.Open(), values, values.Length - 1, NotFrozen);
        long before = GC.GetAllocatedBytesForCurrentThread();
        PartitionSlice slice = reader.Read(Given.Open(), values, values.Length - 1, NotFrozen);
        return (GC.GetAllocatedBytesForCurrentThread() - before, slice);
    }

    private static Applied Apply(SliceReader reader, KafkaValue[] log, Func<int> count)
    {
        PartitionState cursor = Given.Open();
        Dictionary<long, PaneShard> shards = [];
        while (cursor.Next < log.Length)
        {
            ReadOnlyMemory<KafkaValue> rest = log.AsMemory((int)cursor.Next);
            ReadOnlyMemory<KafkaValue> some = rest[..Math.Min(count(), rest.Length)];
            PartitionSlice slice = reader.Read(cursor, some, some.Span[^1].Offset, NotFrozen);
            foreach ((long paneMs, long lastRow, byte[] rows) in slice.Panes)
            {
                shards.TryAdd(paneMs, new PaneShard());
                shards[paneMs].Apply(slice.From, lastRow, rows, Given.Options.Limits);
            }

            cursor.Advance(slice.Advance(Given.Hour));
        }

        return new Applied(Convert.ToHexString(cursor.Encode()), shards.OrderBy(shard => shard.Key).ToDictionary(
            shard => shard.Key, shard => Convert.ToHexString(shard.Value.Encode())));
    }

    /// <summary>
    /// Mostly events of ten minutes in which time advances, some late, some broken, some blank, some longer than a chunk.
    /// </summary>
    private static KafkaValue Record(Random random, int offset, int lateMinutes = MaxLateMinutes)
    {
        double minute = offset / 300.0;
        int kind = random.Next(100);
        return kind switch
        {
            < 2 => Given.Text(offset, "{\"timestamp\":", minute),
            < 4 => Given.Text(offset, " \n ", minute),
            < 5 => Given.Text(offset, "[1]" + new string(' ', 100_000), minute),
            < 15 => Given.Event(offset, minute - (random.NextDouble() * lateMinutes), $"u{random.Next(500)}", $"/late/{random.Next(9)}"),
            _ => Given.Event(offset, minute, $"u{random.Next(2_000)}", $"/page/{random.Next(300)}"),
        };
    }

    private sealed record Applied(string Cursor, IReadOnlyDictionary<long, string> Shards);
}
