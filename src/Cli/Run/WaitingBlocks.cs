using Tidemark.Cli.Sources;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>
/// The blocks that were read and are not applied whole, by partition and in order: nearly always the one that is being applied, and more
/// only while an event has jumped and what follows must tell whether it counts. Not thread-safe: use it under the lock of the engine.
/// </summary>
internal sealed class WaitingBlocks(TimeSpan? maxJump, TimeProvider time)
{
    private readonly long? _maxJumpMs = (long?)maxJump?.TotalMilliseconds;
    private readonly Dictionary<int, Waiting> _waiting = [];

    /// <summary>The partitions of which something waits.</summary>
    public int[] Partitions => [.. _waiting.Keys];

    /// <summary>Adds a block that was read after all others of its partition.</summary>
    public void Add(RecordBlock block)
    {
        if (!_waiting.TryGetValue(block.Partition, out Waiting? waiting))
        {
            _waiting.Add(block.Partition, waiting = new Waiting { Since = time.GetTimestamp() });
        }

        waiting.Blocks.Enqueue(block);
    }

    /// <summary>The first block of a partition, when any of its records may be applied.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="engine">The engine, to which everything before the block is applied.</param>
    /// <param name="confirms">Whether nothing more is waited for.</param>
    public RecordBlock? Next(int partition, WindowEngine engine, bool confirms)
    {
        if (!_waiting.TryGetValue(partition, out Waiting? waiting)
            || !waiting.Blocks.Peek().Decide(engine.Partitions[partition], new JumpRule(_maxJumpMs, confirms), waiting.Blocks.Skip(1)))
        {
            return null;
        }

        waiting.Since = time.GetTimestamp();
        return waiting.Blocks.Peek();
    }

    /// <summary>Whether anything of a partition waits.</summary>
    public bool HasAny(int partition) => _waiting.ContainsKey(partition);

    /// <summary>The first block of a partition is applied whole.</summary>
    public void Remove(int partition)
    {
        Waiting waiting = _waiting[partition];
        waiting.Blocks.Dequeue();
        if (waiting.Blocks.Count == 0)
        {
            _waiting.Remove(partition);
        }
    }

    /// <summary>Whether nothing of a partition could be applied for so long, though something waits.</summary>
    public bool HasWaited(int partition, TimeSpan least) =>
        _waiting.TryGetValue(partition, out Waiting? waiting) && time.GetElapsedTime(waiting.Since) >= least;

    private sealed class Waiting
    {
        public Queue<RecordBlock> Blocks { get; } = new();

        public long Since { get; set; }
    }
}
