using System.Globalization;
using System.Text;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Query;

/// <summary>
/// Results as a table for a person: numbers to the right, a row of totals, and how each metric went as a sparkline. At most
/// <see cref="MaxRows"/> rows are shown, the last ones; totals and sparklines are of all.
/// </summary>
internal sealed class QueryTable
{
    private const int MaxRows = 10_000;
    private const int SparkWidth = 60;
    private const int Gap = 2;

    private static readonly string[] Headers = [TableFormat.StartTitle, .. TableFormat.Columns.Select(column => column.Title!)];
    private static readonly ResultColumn[] Numbers = [.. TableFormat.Columns.Where(column => column is not MapColumn)];

    private readonly Queue<string[]> _rows = new();
    private readonly List<decimal>[] _values = [.. Numbers.Select(_ => new List<decimal>())];
    private readonly decimal[] _sums = new decimal[Numbers.Length];
    private readonly HashSet<string> _currencies = [];
    private long _endMs = long.MinValue;
    private bool _overlaps;

    /// <summary>Windows added, shown or not.</summary>
    private int Count => _values[0].Count;

    public void Add(WindowResult result)
    {
        _rows.Enqueue(
            [TableFormat.Start(result) + TableFormat.CorrectionMark(result), .. TableFormat.Columns.Select(
                column => TableFormat.Cell(column, result))]);
        if (_rows.Count > MaxRows)
        {
            _rows.Dequeue();
        }

        _currencies.UnionWith(Currencies.Of(result));
        _overlaps |= result.StartMs < _endMs;
        _endMs = Math.Max(_endMs, result.EndMs);
        for (int i = 0; i < Numbers.Length; i++)
        {
            decimal value = TableFormat.Value(Numbers[i], result);
            _values[i].Add(value);
            _sums[i] += value;
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        // Windows that overlap share events: their sums would say nothing.
        string[]? totals = _overlaps ? null : Totals();
        List<string[]> lines = [Headers, .. _rows];
        if (totals is not null)
        {
            lines.Add(totals);
        }

        int[] widths = [.. Headers.Select((_, column) => lines.Max(line => line[column].Length))];
        StringBuilder text = new();
        AddLine(text, Headers, widths);
        if (Count > _rows.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"... {Count - _rows.Count:N0} earlier windows\n");
        }

        foreach (string[] row in _rows)
        {
            AddLine(text, row, widths);
        }

        if (totals is not null)
        {
            text.Append('-', widths[..^1].Sum() + (Gap * (widths.Length - 2))).Append('\n');
            AddLine(text, totals, widths);
        }

        AddSparklines(text);
        return text.ToString();
    }

    private string[] Totals() =>
    [
        "total",
        .. Numbers.Select((column, i) => !column.IsAdditive ? ""
            : IsMixed(column) ? TableFormat.Mixed : TableFormat.Number(column, _sums[i])),
        .. TableFormat.Columns.Skip(Numbers.Length).Select(_ => ""),
    ];

    /// <summary>Whether a column has amounts of several currencies, which have no sum and no line in common.</summary>
    private bool IsMixed(ResultColumn column) => column is AmountColumn { IsNullWhenMixed: true } && _currencies.Count > 1;

    private void AddSparklines(StringBuilder text)
    {
        if (Count < 2)
        {
            return;
        }

        text.Append('\n');
        for (int i = 0; i < Numbers.Length; i++)
        {
            if (IsMixed(Numbers[i]))
            {
                continue;
            }

            string line = Sparkline.Of([.. _values[i].Select(value => (double)value)], SparkWidth);
            string least = TableFormat.Number(Numbers[i], _values[i].Min());
            string greatest = TableFormat.Number(Numbers[i], _values[i].Max());
            text.Append(CultureInfo.InvariantCulture, $"{Numbers[i].Title,-8} {line}  {least} to {greatest}\n");
        }
    }

    private static void AddLine(StringBuilder text, string[] cells, int[] widths) => TableFormat.AppendLine(text, cells, widths, leftAligned: 1, Gap);
}
