using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Windows;

/// <summary>The rows of one partition in one pane: <see cref="WindowShard"/>. Its name stands in stored data: it stays.</summary>
public sealed class WindowEntity(EngineOptions options) : BinaryEntity
{
    /// <summary><see cref="WindowShard.Apply"/></summary>
    public void Apply(ShardRows? rows = null) => Change(shard => shard.Apply(rows?.From ?? -1, rows?.To ?? -1, rows?.Partial, options.Limits));

    /// <summary><see cref="WindowShard.Freeze"/></summary>
    public void Freeze() => Change(shard => shard.Freeze());

    private void Change(Action<WindowShard> operation)
    {
        if (WindowShard.TryDecode(State) is { } shard)
        {
            operation(shard);
            State = shard.IsChanged ? shard.Encode() : State;
        }
    }
}
