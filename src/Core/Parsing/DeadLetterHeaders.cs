namespace Tidemark.Core.Parsing;

/// <summary>The names of the Kafka headers of a dead letter, the same from every host. Their values are UTF-8 text.</summary>
public static class DeadLetterHeaders
{
    /// <summary>The name of the <see cref="RecordOutcome"/>.</summary>
    public const string Reason = "reason";

    /// <summary>The topic of the record.</summary>
    public const string SourceTopic = "source_topic";

    /// <summary>The partition of the record.</summary>
    public const string SourcePartition = "source_partition";

    /// <summary>The offset of the record in its partition.</summary>
    public const string SourceOffset = "source_offset";

    /// <summary>Of a late event the start of its minute, epoch milliseconds.</summary>
    public const string MissedMinuteMs = "missed_minute_ms";

    /// <summary>The length in bytes of a record of which only the first bytes are in the letter.</summary>
    public const string CutFromBytes = "cut_from_bytes";
}
