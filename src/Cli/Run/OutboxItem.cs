using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.Run;

/// <summary>Something that waits for the sinks.</summary>
/// <param name="content">A publication, the sessions of a minute, or the note that either are final.</param>
/// <param name="sequence">Its number among all that was put out.</param>
internal sealed class OutboxItem(EngineEvent content, long sequence)
{
    /// <summary>What it is.</summary>
    public EngineEvent Content { get; } = content;

    /// <summary>Its number.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>How many confirmations are missing before every sink has it.</summary>
    public int Missing { get; set; }
}
