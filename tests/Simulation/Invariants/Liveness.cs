using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 10. After faults have stopped every due window is published within a bounded time, and what is stored is bounded: no shard of a final
/// pane, no pane whose windows are all final. The run itself watches the time; here is what must be so when it is over.
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

    /// <summary>Reports that the bound has passed.</summary>
    public void ReportLate(string state) => Fail(state);
}
