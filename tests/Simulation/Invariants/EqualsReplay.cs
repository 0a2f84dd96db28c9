using Tidemark.Protocol;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 6. A window that is final, or cannot change any more, equals a single-threaded replay of the logs with their recorded lifts.
/// </summary>
internal sealed class EqualsReplay(Facts facts, Violations violations) : Invariant(facts, violations)
{
    public override string Name => "equals-replay";

    public override void TopicSaved(TopicState before, TopicState after)
    {
        foreach (FamilyProgress family in after.Families)
        {
            long from = before.Family(family.Definition.Name)?.FinalBeforeMs ?? long.MinValue;
            Require(family.FinalBeforeMs >= from, $"{family.Definition.Name}: final before went back from {from} to {family.FinalBeforeMs}");
            if (family.FinalBeforeMs > from)
            {
                int order = Facts.Options.Windows.ToList().FindIndex(window => window.Name == family.Definition.Name);
                Compare(Facts.Expected(window => window.Order == order && window.End > from && window.End <= family.FinalBeforeMs), "is final");
            }
        }
    }

    public override void AtEnd()
    {
        long dueMs = Math.Max(Facts.Topic.FinalMs, Facts.DueMs());
        Dictionary<(string Window, long StartMs, long EndMs), string> expected = Facts.Expected(_ => true);
        Dictionary<(string Window, long StartMs, long EndMs), string> due = expected.Where(window => window.Key.EndMs <= dueMs
            || (Facts.Written.ContainsKey(window.Key) && Facts.IsKnownToBeWritten(window.Key.Window, window.Key.EndMs))).ToDictionary();
        Compare(due, "is due");
        foreach ((string Window, long StartMs, long EndMs) window in due.Keys.Where(_ => Facts.Lake is not null))
        {
            StoredResult? found = Facts.Lake!.GetValueOrDefault(window);
            Require(found?.Content == due[window],
                $"{window} in the lake at revision {found?.Revision}\n  lake   {found?.Content}\n  replay {due[window]}");
        }

        foreach ((string Window, long StartMs, long EndMs) window in Facts.Written.Keys.Where(window => !expected.ContainsKey(window)))
        {
            Fail($"{window} was written, and the logs have no such window");
        }
    }

    private void Compare(Dictionary<(string Window, long StartMs, long EndMs), string> expected, string state)
    {
        foreach (((string Window, long StartMs, long EndMs) window, string content) in expected)
        {
            string found = Facts.Written.TryGetValue(window, out StoredResult? written) ? written.Content : "nothing";
            Require(found == content, $"{window} {state} at revision {written?.Revision}\n  written {found}\n  replay  {content}");
        }
    }
}
