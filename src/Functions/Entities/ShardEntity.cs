using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>
/// The rows of one partition in one pane: <see cref="PaneShard"/>. Its class name is part of stored data and must not change.
/// </summary>
public sealed class ShardEntity(EngineOptions options) : BinaryEntity
{
    /// <summary><see cref="PaneShard.Apply"/></summary>
    public void Apply(ShardRows? rows = null) => Change(shard => shard.Apply(rows?.From ?? -1, rows?.To ?? -1, rows?.Partial, options.Limits));

    /// <summary><see cref="PaneShard.Freeze"/></summary>
    public void Freeze() => Change(shard => shard.Freeze());

    private void Change(Action<PaneShard> operation)
    {
        if (PaneShard.TryDecode(State) is { } shard)
        {
            operation(shard);
            State = shard.IsChanged ? shard.Encode() : State;
        }
    }
}
