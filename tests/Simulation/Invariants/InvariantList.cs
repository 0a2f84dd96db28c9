namespace Tidemark.Simulation.Invariants;

/// <summary>All invariants, in order.</summary>
internal static class InvariantList
{
    public static IReadOnlyList<Invariant> All(Facts facts, Violations violations) =>
    [
        new CommittedOffset(facts, violations),
        new ExactPrefix(facts, violations),
        new OneOutcome(facts, violations),
        new Conservation(facts, violations),
        new Complete(facts, violations),
        new OneContent(facts, violations),
        new EqualsReplay(facts, violations),
        new ForwardOnly(facts, violations),
        new RedisForward(facts, violations),
        new InjectionsDetected(facts, violations),
        new Liveness(facts, violations),
    ];
}
