using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>A record that is not counted.</summary>
/// <param name="Partition">The partition it was read from.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Reason">The reason.</param>
/// <param name="MissedMinuteMs">For a late event, the start of its minute, epoch milliseconds; else null.</param>
/// <param name="Value">The unmodified record.</param>
public sealed record RejectedRecord(int Partition, long Offset, RecordOutcome Reason, long? MissedMinuteMs, ReadOnlyMemory<byte> Value);

/// <summary>Stores records that are not counted. At least once: a repeated step writes them again.</summary>
public interface IDeadLetters
{
    /// <summary>Writes records; they are durably stored when it returns.</summary>
    Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken);
}
