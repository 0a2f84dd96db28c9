using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Windows;

/// <summary>What the whole topic agrees on: <see cref="CloseState"/>. Its name stands in stored data: it stays.</summary>
public sealed class CloseEntity(EngineOptions options) : BinaryEntity
{
    /// <summary><see cref="CloseState.Register"/></summary>
    public void Register(int partition = -1) => Change(state => state.Register(partition));

    /// <summary><see cref="CloseState.Closed"/></summary>
    public void Closed(PaneClosed? pane = null) => Change(state => state.Closed(pane?.PaneMs ?? long.MinValue, pane?.Revision ?? 0, pane?.Vector));

    /// <summary><see cref="CloseState.Emitted"/></summary>
    public void Emitted(WindowEmitted? window = null) =>
        Change(state => state.Emitted(window?.Family, window?.EndMs ?? 0, window?.Revision ?? 0, window?.WatermarkMs ?? 0));

    /// <summary><see cref="CloseState.EmptyEmitted"/></summary>
    public void EmptyEmitted(EmptyEmitted? windows = null) =>
        Change(state => state.EmptyEmitted(windows?.Family, windows?.AfterMs ?? 0, windows?.UntilMs ?? 0, windows?.WatermarkMs ?? 0));

    /// <summary><see cref="CloseState.Final"/></summary>
    public void Final(FinalNote? note = null) => Change(state => state.Final(note?.EndMs ?? long.MinValue, note?.PartitionsSeen));

    private void Change(Action<CloseState> operation)
    {
        if (CloseState.TryDecode(State, options) is { } state)
        {
            operation(state);
            State = state.IsChanged ? state.Encode() : State;
        }
    }
}
