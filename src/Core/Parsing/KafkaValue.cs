namespace Tidemark.Core.Parsing;

/// <summary>The value of one Kafka record.</summary>
/// <param name="Offset">Its offset in the partition.</param>
/// <param name="ArrivalMs">The timestamp of the Kafka record, epoch milliseconds.</param>
/// <param name="Bytes">The value; empty for a null value.</param>
public readonly record struct KafkaValue(long Offset, long ArrivalMs, ReadOnlyMemory<byte> Bytes);
