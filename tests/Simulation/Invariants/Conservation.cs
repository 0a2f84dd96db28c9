using Tidemark.Core.Parsing;
using Tidemark.Protocol;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>4. What is published, open, late and rejected adds up to what was consumed, by the product's own counts.</summary>
internal sealed class Conservation(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "conservation";

    public override void CursorSaved(int partition, PartitionState before, PartitionState after)
    {
        long outcomes = Enumerable.Range(0, RecordOutcomeNames.Count).Sum(outcome => after.CountOf((RecordOutcome)outcome));
        Require(
            after.Next - after.Start == outcomes + after.Blank + after.Missing,
            $"p{partition} consumed {after.Next - after.Start} offsets; "
                + $"{outcomes} have an outcome, {after.Blank} are blank, {after.Missing} are holes");
        long late = after.Late.Values.Sum() + after.LateElsewhere;
        Require(late == after.CountOf(RecordOutcome.Late), $"p{partition}: {after.CountOf(RecordOutcome.Late)} are late, {late} by pane");
    }

    public override void AtEnd()
    {
        long counted = Facts.Cursors.Values.Sum(cursor => cursor.Counted) + Facts.Stranded().Count();
        foreach (OracleWindow family in Facts.Options.Windows.Where(window => window.SlideMs is null && window.StepMs is null))
        {
            // Every counted event is in exactly one window of such a family: a written one, or one still open.
            StoredResult[] results =
                [.. Facts.Written.Values.Where(result => result.Window == family.Name && Facts.IsKnownToBeWritten(result.Window, result.EndMs))];
            HashSet<(long, long)> written = [.. results.Select(result => (result.StartMs, result.EndMs))];
            long published = results.Sum(result => TotalOf(result.Content));
            int order = Facts.Options.Windows.ToList().IndexOf(family);
            long open = Facts.Counted().SelectMany(read => Facts.Grid.WindowsOf(read.Time))
                .Count(window => window.Order == order && !written.Contains((window.Start, window.End)));
            Require(published + open == counted,
                $"{family.Name}: {counted} events were counted, {published} are in written windows and {open} in open ones");
        }
    }

    private static long TotalOf(string content)
    {
        string number = content.Split(' ')[0]["total=".Length..];
        return long.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
    }
}
