namespace Tidemark.Core.Parsing;

/// <summary>The value of one Kafka record.</summary>
/// <param name="Offset">Its offset in the partition.</param>
/// <param name="ArrivalMs">The record's timestamp, epoch milliseconds.</param>
/// <param name="Bytes">The value; empty for none.</param>
public readonly record struct KafkaValue(long Offset, long ArrivalMs, ReadOnlyMemory<byte> Bytes);
