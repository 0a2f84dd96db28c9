using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>The shared state of the topic: <see cref="TopicState"/>. Its class name is part of stored data and must not change.</summary>
public sealed class TopicEntity(EngineOptions options) : BinaryEntity
{
    /// <summary><see cref="TopicState.Register"/></summary>
    public void Register(int partition = -1) => Change(state => state.Register(partition));

    /// <summary><see cref="TopicState.Closed"/></summary>
    public void Closed(PaneClosed? pane = null) => Change(state => state.Closed(pane?.PaneMs ?? EventTime.None, pane?.Revision ?? 0, pane?.Vector));

    /// <summary><see cref="TopicState.Published"/></summary>
    public void Published(WindowPublished? window = null) =>
        Change(state => state.Published(window?.Family, window?.EndMs ?? 0, window?.Revision ?? 0, window?.WatermarkMs ?? 0));

    /// <summary><see cref="TopicState.EmptyPublished"/></summary>
    public void EmptyPublished(EmptyPublished? windows = null) =>
        Change(state => state.EmptyPublished(windows?.Family, windows?.AfterMs ?? 0, windows?.UntilMs ?? 0, windows?.WatermarkMs ?? 0));

    /// <summary><see cref="TopicState.Final"/></summary>
    public void Final(PanesFinal? note = null) => Change(state => state.Final(note?.EndMs ?? EventTime.None, note?.PartitionsSeen));

    private void Change(Action<TopicState> operation)
    {
        if (TopicState.TryDecode(State, options) is { } state)
        {
            operation(state);
            State = state.IsChanged ? state.Encode() : State;
        }
    }
}
