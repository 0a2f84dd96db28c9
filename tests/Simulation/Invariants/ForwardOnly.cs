using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>7. Published content changes only with a higher revision, and final windows are never published again.</summary>
internal sealed class ForwardOnly(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "forward-only";

    public override void ResultStored(ResultStore store, StoredResult? before, StoredResult after)
    {
        string what = $"{store}: {after.Window} {after.StartMs}..{after.EndMs}";
        if (before is not null)
        {
            Require(after.Revision >= before.Revision, $"{what} went back from revision {before.Revision} to {after.Revision}");
            Require(
                after.Revision > before.Revision || after.Content == before.Content,
                $"{what} changed within revision {after.Revision}:\n  {before.Content}\n  {after.Content}");
        }

        // Results that Redis has lost may be written again; the lake loses nothing.
        bool isRestored = store == ResultStore.Redis && Facts.HasRedisLost;
        long finalMs = Facts.Topic.Family(after.Window)?.FinalBeforeMs ?? long.MinValue;
        Require(
            isRestored || after.EndMs > finalMs || (before is not null && before.Revision == after.Revision),
            $"{what} revision {after.Revision} was stored "
                + $"over {before?.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "nothing"}, "
                + $"though all before {finalMs} is final");
    }

    public override void TopicSaved(TopicState before, TopicState after)
    {
        foreach (FamilyProgress family in after.Families)
        {
            foreach ((long endMs, long revision) in family.Published)
            {
                Require(
                    before.Family(family.Definition.Name)?.Published.GetValueOrDefault(endMs) is not { } known || revision >= known,
                    $"{family.Definition.Name} ending {endMs}: published went back to revision {revision}");
            }
        }
    }
}
