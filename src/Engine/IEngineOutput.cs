using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Engine;

/// <summary>A record that is not counted. Its bytes are valid only during the call.</summary>
/// <param name="reason">The reason.</param>
/// <param name="partition">The partition it was read from.</param>
/// <param name="offset">Its offset in the partition.</param>
/// <param name="missedMinuteMs">For a late event, the start of its minute, epoch milliseconds; else null.</param>
/// <param name="bytes">The unmodified record.</param>
public readonly ref struct DeadLetter(RecordOutcome reason, int partition, long offset, long? missedMinuteMs, ReadOnlySpan<byte> bytes)
{
    /// <summary>The reason why it is not counted.</summary>
    public RecordOutcome Reason { get; } = reason;

    /// <summary>The partition it was read from.</summary>
    public int Partition { get; } = partition;

    /// <summary>Its offset in the partition.</summary>
    public long Offset { get; } = offset;

    /// <summary>For a late event, the start of its minute, epoch milliseconds; else null.</summary>
    public long? MissedMinuteMs { get; } = missedMinuteMs;

    /// <summary>The unmodified record.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Receives the engine's output, in the order of the input and on the thread that applies it.</summary>
public interface IEngineOutput
{
    /// <summary>Receives a window that was closed or corrected.</summary>
    void Publish(Publication publication);

    /// <summary>
    /// Marks the windows of a family that end at or before a time as final: they will not change, and all of them have been published.
    /// </summary>
    /// <param name="family">The family.</param>
    /// <param name="beforeMs">The time, epoch milliseconds; never less than in an earlier call.</param>
    void MarkFinal(WindowDefinition family, long beforeMs);

    /// <summary>
    /// Whether somebody wants the sessions that ended. If not their rows are not made; they are counted all the same. Default: yes.
    /// </summary>
    bool TakesSessions => true;

    /// <summary>Receives the sessions that ended in a minute, or a correction of them.</summary>
    void Publish(EndedSessions sessions)
    {
    }

    /// <summary>Marks the minutes of sessions that end at or before a time as final: all of them have been published.</summary>
    /// <param name="beforeMs">The time, epoch milliseconds; never less than in an earlier call.</param>
    void MarkSessionsFinal(long beforeMs)
    {
    }

    /// <summary>
    /// Whether the output is full. The engine then stops after the current record, and the caller resumes once there is room. The output of
    /// one record is always accepted. Default: never full.
    /// </summary>
    bool IsFull => false;

    /// <summary>Receives a record that is not counted.</summary>
    void DeadLetter(DeadLetter letter);
}
