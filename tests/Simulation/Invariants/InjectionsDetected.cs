using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 9. A skipped batch is found and read. A log that was truncated beyond the cursor or recreated stops its partition and is reported. None
/// of this passes as data or as a natural hole.
/// </summary>
internal sealed class InjectionsDetected(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "injections-detected";

    public override void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
        long records =
            Facts.ReplayOf(partition).Outcomes.Count(outcome => outcome.Record.Offset >= before.Next && outcome.Record.Offset < after.Next);
        if (before.IsOpen && after.Next > before.Next)
        {
            long holes = after.Next - before.Next - records;
            Require(
                after.Missing - before.Missing == holes,
                $"p{partition}[{before.Next}..{after.Next - 1}]: {after.Missing - before.Missing} offsets pass as holes, the log has {holes}");
        }
    }

    public override void AtEnd()
    {
        foreach ((int partition, string what) in Facts.BrokenLogs)
        {
            Require(Facts.ReportedLogs.Contains(partition), $"p{partition} was {what}, and nobody said so");
        }

        foreach (int partition in Facts.ReportedLogs)
        {
            Require(Facts.OnceBroken.Contains(partition), $"p{partition} was reported to have another log, and has not");
        }
    }
}
