using Tidemark.Core.Parsing;

namespace Tidemark.Functions.Ingest;

/// <summary>A record that entered no window.</summary>
/// <param name="Partition">The partition it was read from.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Reason">Why.</param>
/// <param name="MissedMinuteMs">For a late event the start of the minute that it missed.</param>
/// <param name="Value">The record as it came.</param>
public sealed record RejectedRecord(int Partition, long Offset, RecordOutcome Reason, long? MissedMinuteMs, ReadOnlyMemory<byte> Value);

/// <summary>Where records go that cannot be counted. At least once: a step that is done again writes them again.</summary>
public interface IDeadLetters
{
    /// <summary>Writes records; they are safely stored when it returns.</summary>
    Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken);
}
