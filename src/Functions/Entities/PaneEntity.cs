using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>A closed pane: <see cref="PaneState"/>. Its class name is part of stored data and must not change.</summary>
public sealed class PaneEntity(EngineOptions options) : BinaryEntity
{
    /// <summary><see cref="PaneState.Put"/></summary>
    public void Put(PaneRevision? pane = null)
    {
        if (pane is not null && PaneState.TryDecode(State) is { } state)
        {
            state.Put(pane.Revision, pane.Vector, pane.Content, options.Limits);
            State = state.IsChanged ? state.Encode() : State;
        }
    }
}
