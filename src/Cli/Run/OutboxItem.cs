using Tidemark.Core.Results;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.Run;

/// <summary>Something that waits for the sinks.</summary>
/// <param name="content">A publication, or the note that windows are final.</param>
/// <param name="sequence">Its number among all that was put out; 0 for live results, which wait for nothing.</param>
internal sealed class OutboxItem(EngineEvent content, long sequence)
{
    /// <summary>What it is.</summary>
    public EngineEvent Content { get; } = content;

    /// <summary>Its number.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Whether it shows a window that is still open.</summary>
    public bool IsLive => Content.Publication is { Phase: Phase.Live };

    /// <summary>How many confirmations are missing before every sink has it.</summary>
    public int Missing { get; set; }
}
