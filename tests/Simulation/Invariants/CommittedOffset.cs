using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 1. The committed offset never passes what is durably applied, unless a fault has committed an undelivered batch, or a stopped partition
/// was skipped so that the others of its batch continue.
/// </summary>
internal sealed class CommittedOffset(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "committed-offset";

    public override void OffsetCommitted(int partition, long next, bool isAfterSuccess)
    {
        if (!isAfterSuccess || Facts.OnceBroken.Contains(partition))
        {
            return;
        }

        PartitionState cursor = Facts.Cursors.GetValueOrDefault(partition) ?? new PartitionState();
        Require(cursor.IsOpen && cursor.Next >= next, FormattableString.Invariant(
            $"p{partition} was committed up to {next}, and is applied up to {cursor.Next}"));
    }
}
