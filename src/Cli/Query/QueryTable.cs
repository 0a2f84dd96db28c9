using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Query;

/// <summary>
/// Results as a table for a person: numbers to the right, a row of totals, and how each metric went as a sparkline. At most
/// <see cref="MaxRows"/> rows are shown, the last ones; totals and sparklines are of all.
/// </summary>
internal sealed class QueryTable
{
    private const int MaxRows = 10_000;
    private const int LongestPage = 40;
    private const int SparkWidth = 60;

    private static readonly string[] Headers = ["start (UTC)", "events", "users", "views", "clicks", "buys", "revenue", "top page"];
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private readonly Queue<string[]> _rows = new();
    private readonly List<double>[] _metrics = [[], [], [], [], [], []];
    private decimal _events;
    private decimal _views;
    private decimal _clicks;
    private decimal _purchases;
    private decimal _revenue;
    private long _endMs = long.MinValue;
    private bool _overlaps;

    public void Add(WindowResult result)
    {
        _rows.Enqueue(
        [
            TimeText.Format(result.StartMs).Replace('T', ' ').TrimEnd('Z') + (result.Phase == Phase.Corrected ? " *" : ""),
            result.TotalEvents.ToString("N0", Culture),
            (result.UniqueUsersExact ? "" : "~") + result.UniqueUsers.ToString("N0", Culture),
            result.PageViews.ToString("N0", Culture),
            result.Clicks.ToString("N0", Culture),
            result.Purchases.ToString("N0", Culture),
            result.Revenue.ToString("N2", Culture) + (result.RevenueOverflow ? "!" : ""),
            result.TopPages.Counts.Count > 0 ? Page(result.TopPages.Counts[0].Key) : "",
        ]);
        if (_rows.Count > MaxRows)
        {
            _rows.Dequeue();
        }

        _overlaps |= result.StartMs < _endMs;
        _endMs = Math.Max(_endMs, result.EndMs);
        _events += result.TotalEvents;
        _views += result.PageViews;
        _clicks += result.Clicks;
        _purchases += result.Purchases;
        _revenue += result.Revenue;
        double[] values = [result.TotalEvents, result.UniqueUsers, result.PageViews, result.Clicks, result.Purchases, (double)result.Revenue];
        for (int i = 0; i < values.Length; i++)
        {
            _metrics[i].Add(values[i]);
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        // Windows that overlap share events, and all share users: their sums would say nothing.
        string[]? totals = _overlaps
            ? null
            : ["total", Whole(_events), "", Whole(_views), Whole(_clicks), Whole(_purchases), _revenue.ToString("N2", Culture), ""];
        List<string[]> lines = [Headers, .. _rows];
        if (totals is not null)
        {
            lines.Add(totals);
        }

        int[] widths = [.. Headers.Select((_, column) => lines.Max(line => line[column].Length))];
        StringBuilder text = new();
        AddLine(text, Headers, widths);
        if (_metrics[0].Count > _rows.Count)
        {
            text.Append(Culture, $"... {_metrics[0].Count - _rows.Count:N0} earlier windows\n");
        }

        foreach (string[] row in _rows)
        {
            AddLine(text, row, widths);
        }

        if (totals is not null)
        {
            text.Append('-', widths[..^1].Sum() + (2 * (widths.Length - 2))).Append('\n');
            AddLine(text, totals, widths);
        }

        AddSparklines(text);
        return text.ToString();
    }

    private void AddSparklines(StringBuilder text)
    {
        if (_metrics[0].Count < 2)
        {
            return;
        }

        text.Append('\n');
        for (int i = 0; i < _metrics.Length; i++)
        {
            string format = i == _metrics.Length - 1 ? "N2" : "N0";
            text.Append(Culture, $"{Headers[i + 1],-8} {Sparkline.Of(_metrics[i], SparkWidth)}  {_metrics[i].Min().ToString(format, Culture)} to {_metrics[i].Max().ToString(format, Culture)}\n");
        }
    }

    private static void AddLine(StringBuilder text, string[] cells, int[] widths)
    {
        int start = text.Length;
        text.Append(cells[0].PadRight(widths[0]));
        for (int i = 1; i < cells.Length - 1; i++)
        {
            text.Append("  ").Append(cells[i].PadLeft(widths[i]));
        }

        text.Append("  ").Append(cells[^1]);
        while (text.Length > start && text[^1] == ' ')
        {
            text.Length--;
        }

        text.Append('\n');
    }

    private static string Whole(decimal number) => number.ToString("N0", Culture);

    /// <summary>Control characters must not reach a terminal, and long addresses break the table.</summary>
    private static string Page(string url)
    {
        string shown = string.Concat(url.Where(character => !char.IsControl(character)));
        return shown.Length <= LongestPage ? shown : string.Concat(shown.AsSpan(0, LongestPage - 1), "…");
    }
}
