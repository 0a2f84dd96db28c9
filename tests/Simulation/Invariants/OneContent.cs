using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Protocol;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 5. A revision of a window has the same content at every write, and a revision of a pane holds exactly the rows of its vector.
/// </summary>
internal sealed class OneContent(Facts facts, Violations violations) : Invariant(facts, violations)
{
    private readonly Dictionary<(string Window, long StartMs, long EndMs, long Revision), string> _contents = [];

    public override string Name => "one-content";

    public override void ResultWritten(WindowResult result)
    {
        if (result.Phase == Phase.Live)
        {
            return;
        }

        string content = ResultText.Content(result);
        (string, long, long, long) key = (result.Window, result.StartMs, result.EndMs, result.Revision);
        if (!_contents.TryGetValue(key, out string? known))
        {
            _contents.Add(key, content);
        }
        else if (known != content)
        {
            Fail($"{result.Window} {result.StartMs} revision {result.Revision} has two contents:\n  {known}\n  {content}");
        }
    }

    public override void PaneSaved(long paneMs, PaneState? before, PaneState? after)
    {
        if (after is null || Facts.Topic.IsFinalPane(paneMs))
        {
            return;
        }

        OracleEvent[] rows = [.. after.Vector.SelectMany(entry => Facts.ReplayOf(entry.Key).Rows(paneMs, entry.Value))];
        string expected = Text(
            rows.Length, rows.LongCount(row => row.Type == "page_view"), rows.LongCount(row => row.Type == "click"),
            rows.Sum(row => row.Type == "purchase" ? row.Amount ?? 0 : 0));
        Accumulator content = after.Rows(Facts.Engine.Limits);
        string found = Text(content.TotalEvents, content.PageViews, content.Clicks, (long)content.RevenueTenThousandths);
        Require(found == expected,
            $"pane {paneMs} revision {after.Revision} at {string.Join(' ', after.Vector)} holds {found}, the logs say {expected}");
    }

    private static string Text(long events, long views, long clicks, long revenue) =>
        FormattableString.Invariant($"events {events} views {views} clicks {clicks} revenue {revenue}");
}
