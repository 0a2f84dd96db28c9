using System.Globalization;
using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Query;

/// <summary>
/// Results as a table for a person: numbers to the right, a row of totals, and how each metric went as a sparkline. At most
/// <see cref="MaxRows"/> rows are shown, the last ones; totals and sparklines are of all. On a terminal a row takes one line: the pages are
/// cut, and the least important columns left out.
/// </summary>
/// <param name="clock">The zone of the starts.</param>
/// <param name="isQuiet">Whether only the rows are shown.</param>
/// <param name="screen">Where they are shown.</param>
internal sealed class QueryTable(ZoneClock clock, bool isQuiet, Screen screen)
{
    private const int MaxRows = 10_000;
    private const int SparkWidth = 60;
    private const int SparkLabel = 8;
    private const int MinPage = 8;
    private const int Gap = 2;

    private static readonly IReadOnlyList<ResultColumn> Columns = TableFormat.Columns;
    private static readonly IReadOnlyList<ResultColumn> Numbers = TableFormat.Numbers;

    private readonly string[] _headers = [$"start ({clock.Name})", .. Columns.Select(column => column.Title!)];
    private readonly Queue<string[]> _rows = new();
    private readonly List<decimal>[] _values = [.. Numbers.Select(_ => new List<decimal>())];
    private readonly decimal[] _sums = new decimal[Numbers.Count];
    private readonly CurrencyTotals _revenue = new();
    private long _endMs = long.MinValue;
    private bool _overlaps;

    /// <summary>Windows added, shown or not.</summary>
    private int Count => _values[0].Count;

    /// <summary>Adds a window.</summary>
    public void Add(WindowResult result)
    {
        _rows.Enqueue(
            [clock.Text(result.StartMs) + TableFormat.CorrectionMark(result), .. Columns.Select(
                column => TableFormat.Cell(column, result, screen))]);
        if (_rows.Count > MaxRows)
        {
            _rows.Dequeue();
        }

        _revenue.Add(result);
        _overlaps |= result.StartMs < _endMs;
        _endMs = Math.Max(_endMs, result.EndMs);
        for (int i = 0; i < Numbers.Count; i++)
        {
            decimal value = TableFormat.Value(Numbers[i], result);
            _values[i].Add(value);
            _sums[i] += value;
        }
    }

    /// <summary>Writes what was added.</summary>
    public string Write()
    {
        // Windows that overlap share events: their sums would say nothing.
        string[]? totals = _overlaps || isQuiet ? null : Totals();
        List<string[]> lines = isQuiet ? [.. _rows] : [_headers, .. _rows];
        if (totals is not null)
        {
            lines.Add(totals);
        }

        int[] widths = [.. _headers.Select((_, column) => lines.Max(line => TextWidth.Of(line[column])))];
        IReadOnlyList<int> shown = Shown(widths);
        StringBuilder text = new();
        if (!isQuiet)
        {
            text.Append(Style.Strong(Line(_headers, widths, shown), screen)).Append('\n');
        }

        if (Count > _rows.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"... {Count - _rows.Count:N0} earlier windows\n");
        }

        foreach (string[] row in _rows)
        {
            text.Append(Line(row, widths, shown)).Append('\n');
        }

        if (totals is not null)
        {
            int[] summed = [.. shown.Where(column => column <= Numbers.Count)];
            text.Append('-', summed.Sum(column => widths[column]) + (Gap * (summed.Length - 1))).Append('\n');
            text.Append(Style.Strong(Line(totals, widths, shown), screen)).Append('\n');
        }

        if (!isQuiet)
        {
            AppendLeftOut(text, shown);
            AppendSparklines(text);
        }

        return text.ToString();
    }

    private string[] Totals() =>
    [
        "total",
        .. Numbers.Select((column, i) => !column.IsAdditive ? ""
            : _revenue.Hides(column) ? TableFormat.Mixed : TableFormat.Number(column, _sums[i])),
        .. Columns.Skip(Numbers.Count).Select(_ => ""),
    ];

    /// <summary>The cells of a line that there is room for; texts are made narrower before they are left out.</summary>
    private IReadOnlyList<int> Shown(int[] widths)
    {
        if (screen.Width?.Invoke() is not { } width)
        {
            return [.. Enumerable.Range(0, widths.Length)];
        }

        int room = width - widths[0];
        int[] needed = [.. Columns.Select((column, i) => Gap + (column is MapColumn ? Math.Min(MinPage, widths[i + 1]) : widths[i + 1]))];
        IReadOnlyList<int> shown = TableFormat.Fit(needed, room);
        foreach (int column in shown.Where(column => Columns[column] is MapColumn))
        {
            int others = shown.Where(other => other != column).Sum(other => needed[other]);
            widths[column + 1] = Math.Min(widths[column + 1], room - others - Gap);
        }

        return [0, .. shown.Select(column => column + 1)];
    }

    private void AppendLeftOut(StringBuilder text, IReadOnlyList<int> shown)
    {
        string[] leftOut = [.. Enumerable.Range(1, Columns.Count).Except(shown).Select(column => _headers[column])];
        if (leftOut.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"(no room for {string.Join(", ", leftOut)}; --format csv has them)\n");
        }
    }

    private void AppendSparklines(StringBuilder text)
    {
        if (Count < 2)
        {
            return;
        }

        string[] ranges = [.. Numbers.Select((column, i) =>
            $"{TableFormat.Number(column, _values[i].Min())} to {TableFormat.Number(column, _values[i].Max())}")];
        int room = (screen.Width?.Invoke() ?? int.MaxValue) - SparkLabel - 1 - Gap - ranges.Max(range => range.Length);
        text.Append('\n');
        for (int i = 0; i < Numbers.Count; i++)
        {
            if (_revenue.Hides(Numbers[i]))
            {
                continue;
            }

            string line = Sparkline.Of([.. _values[i].Select(value => (double)value)], Math.Clamp(room, 1, SparkWidth), screen.IsUtf8);
            text.Append(Numbers[i].Title!.PadRight(SparkLabel)).Append(' ').Append(Style.Drawn(line, screen));
            text.Append("  ").Append(ranges[i]).Append('\n');
        }
    }

    private string Line(string[] cells, int[] widths, IReadOnlyList<int> shown)
    {
        StringBuilder text = new();
        List<string> line = [.. shown.Select(column =>
            column > Numbers.Count ? TextWidth.Cut(cells[column], widths[column], screen.Ellipsis) : cells[column])];
        if (shown[^1] <= Numbers.Count)
        {
            // The last cell of a line is a text.
            line.Add("");
        }

        TableFormat.AppendLine(text, line, [.. shown.Select(column => widths[column])], leftAligned: 1, Gap);
        return text.ToString(0, text.Length - 1);
    }
}
