using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Azure.Functions.Worker;
using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>The records of one partition that the trigger delivered.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Values">The values in offset order, without duplicates; at least one.</param>
public readonly record struct DeliveredRecords(int Partition, ReadOnlyMemory<KafkaValue> Values);

/// <summary>
/// A batch of the trigger, grouped by partition. The values are not copied. Uses pooled memory: dispose of it once the whole batch is
/// applied, not before.
/// </summary>
public sealed class DeliveredBatch : IDisposable
{
    private DeliveredRecords[] _partitions = [];
    private KafkaValue[] _values = [];

    private DeliveredBatch()
    {
    }

    /// <summary>The partitions in ascending order.</summary>
    public IReadOnlyList<DeliveredRecords> Partitions => _partitions;

    /// <summary>Groups records by partition.</summary>
    /// <param name="records">The records, in any order.</param>
    public static DeliveredBatch Of(ReadOnlySpan<KafkaRecord> records)
    {
        int partitions = 0;
        foreach (KafkaRecord record in records)
        {
            partitions = Math.Max(partitions, record.Partition + 1);
        }

        DeliveredBatch batch = new() { _values = ArrayPool<KafkaValue>.Shared.Rent(records.Length) };
        int[] rented = ArrayPool<int>.Shared.Rent(partitions);
        Span<int> ends = rented.AsSpan(0, partitions);
        batch.Fill(records, ends);
        ArrayPool<int>.Shared.Return(rented);
        return batch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _partitions = [];
        if (_values.Length > 0)
        {
            // The values belong to the invocation: the pool must not keep them alive.
            ArrayPool<KafkaValue>.Shared.Return(_values, clearArray: true);
            _values = [];
        }
    }

    /// <param name="records">The records.</param>
    /// <param name="ends">One element per partition, with any content.</param>
    private void Fill(ReadOnlySpan<KafkaRecord> records, Span<int> ends)
    {
        ends.Clear();
        foreach (KafkaRecord record in records)
        {
            ends[record.Partition]++;
        }

        int end = 0;
        int partitions = 0;
        foreach (ref int place in ends)
        {
            partitions += place > 0 ? 1 : 0;
            (place, end) = (end, end + place);
        }

        _partitions = new DeliveredRecords[partitions];

        foreach (KafkaRecord record in records)
        {
            _values[ends[record.Partition]++] = new KafkaValue(record.Offset, record.Timestamp?.UnixTimestampMs ?? 0, record.Value);
        }

        for (int partition = 0, start = 0, next = 0; partition < ends.Length; start = ends[partition++])
        {
            if (ends[partition] > start)
            {
                _partitions[next++] = new DeliveredRecords(partition, InOrder(_values.AsMemory(start, ends[partition] - start)));
            }
        }
    }

    /// <summary>
    /// Ensures ascending offsets without duplicates. The trigger keeps the order of a partition, so normally there is nothing to do.
    /// </summary>
    private static ReadOnlyMemory<KafkaValue> InOrder(ReadOnlyMemory<KafkaValue> values)
    {
        ReadOnlySpan<KafkaValue> span = values.Span;
        for (int i = 1; i < span.Length; i++)
        {
            if (span[i].Offset <= span[i - 1].Offset)
            {
                return MemoryMarshal.ToEnumerable(values).DistinctBy(value => value.Offset).OrderBy(value => value.Offset).ToArray();
            }
        }

        return values;
    }
}
