using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 10. After faults have stopped, every due window is published within a bounded time, and stored state is bounded: no shard of a final
/// pane, no pane whose windows are all final. The run checks the time; this class checks the state at the end.
/// </summary>
internal sealed class Liveness(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "liveness";

    public override void AtEnd()
    {
        TopicState topic = Facts.Topic;
        foreach ((long paneMs, int partition) in Facts.Shards.Keys)
        {
            Require(!topic.IsFinalPane(paneMs), $"the shard of p{partition} in pane {paneMs} is still there, and the pane is final");
        }

        foreach (long paneMs in Facts.Panes.Keys)
        {
            Require(!topic.IsDone(paneMs), $"pane {paneMs} is still there, and all its windows are final");
        }
    }

    /// <summary>Reports that the time bound was exceeded.</summary>
    public void ReportLate(string state) => Fail(state);
}
