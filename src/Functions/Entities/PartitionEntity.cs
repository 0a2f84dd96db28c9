using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>
/// The cursor of one partition: <see cref="PartitionState"/>. Never deleted. Its class name is part of stored data and must not change.
/// </summary>
public sealed class PartitionEntity : BinaryEntity
{
    /// <summary><see cref="PartitionState.Open"/></summary>
    public void Open(CursorStart? start = null) => Change(cursor => cursor.Open(start?.Start ?? -1, start?.WatermarkMs ?? 0, start?.NowMs ?? 0));

    /// <summary><see cref="PartitionState.Advance"/></summary>
    public void Advance(PartitionAdvance? step = null) => Change(cursor => cursor.Advance(step));

    /// <summary><see cref="PartitionState.Lift"/></summary>
    public void Lift(CursorLift? lift = null) => Change(cursor => cursor.Lift(lift?.Next ?? -1, lift?.WatermarkMs ?? EventTime.None));

    /// <summary><see cref="PartitionState.Prune"/></summary>
    public void Prune(long finalMs = EventTime.None) => Change(cursor => cursor.Prune(finalMs));

    private void Change(Action<PartitionState> operation)
    {
        if (PartitionState.TryDecode(State) is { } cursor)
        {
            operation(cursor);
            State = cursor.IsChanged ? cursor.Encode() : State;
        }
    }
}
