using System.Globalization;
using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Cli;

/// <summary>
/// How results stand in tables for people: the columns of <see cref="ResultColumns"/> that have a title. Numbers are to the right; a
/// <c>~</c> marks an estimate, a <c>!</c> a number that was cut to the greatest that can be shown, a <c>*</c> a window that was corrected.
/// </summary>
internal static class TableFormat
{
    /// <summary>The widest text shown of a page, in columns of a terminal.</summary>
    public const int MaxText = 40;

    /// <summary>Stands for amounts of several currencies, which cannot be added up.</summary>
    public const string Mixed = "mixed";

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The heading of the column with the start of the window.</summary>
    public const string StartTitle = "start (UTC)";

    /// <summary>The columns: numbers first, texts last.</summary>
    public static IReadOnlyList<ResultColumn> Columns { get; } =
        [.. ResultColumns.All.Where(column => column.Title is not null).OrderBy(column => column is MapColumn)];

    /// <summary>Those of them with numbers.</summary>
    public static IReadOnlyList<ResultColumn> Numbers { get; } = [.. Columns.Where(column => column is not MapColumn)];

    // Where a line has no room for all: the first of these stay longest, and columns that are not among them go first.
    private static readonly string[] Importance = ["total_events", "unique_users", "revenue", "page_views", "purchases", "clicks", "top_pages"];

    /// <summary>The columns that a line has room for, in their order; the least important ones are left out first.</summary>
    /// <param name="widths">The width of each of <see cref="Columns"/> with the gap before it.</param>
    /// <param name="room">How many characters there are.</param>
    public static IReadOnlyList<int> Fit(IReadOnlyList<int> widths, int room)
    {
        List<int> shown = [];
        foreach (int column in Enumerable.Range(0, Columns.Count).OrderBy(Rank))
        {
            if (widths[column] > room)
            {
                break;
            }

            room -= widths[column];
            shown.Add(column);
        }

        shown.Sort();
        return shown;
    }

    private static int Rank(int column)
    {
        int rank = Array.IndexOf(Importance, Columns[column].Name);
        return rank < 0 ? int.MaxValue : rank;
    }

    /// <summary>The start of a window, <c>2026-11-22 06:00:00</c>.</summary>
    public static string Start(WindowResult result) => Time(result.StartMs);

    /// <summary>A time, <c>2026-11-22 06:00:00</c>.</summary>
    public static string Time(long epochMs) => TimeText.Format(epochMs).Replace('T', ' ').TrimEnd('Z');

    /// <summary>What marks a window that was corrected after it was first published.</summary>
    public static string CorrectionMark(WindowResult result) => result.Phase == Phase.Corrected ? " *" : "";

    /// <summary>The value of a column, with its mark.</summary>
    /// <param name="column">The column.</param>
    /// <param name="result">The result.</param>
    /// <param name="screen">Where it is shown.</param>
    public static string Cell(ResultColumn column, WindowResult result, Screen screen)
    {
        if (column is MapColumn map)
        {
            return map.Get(result).Counts is [var greatest, ..] ? Text(greatest.Key, screen.Ellipsis) : "";
        }

        if (column is AmountColumn { IsNullWhenMixed: true } amount && amount.Get(result) is null)
        {
            return Mixed;
        }

        string number = Number(column, Value(column, result));
        return column.Mark(result) switch
        {
            ValueMark.Estimate => "~" + number,
            ValueMark.Cut => number + "!",
            _ => number,
        };
    }

    /// <summary>The value of a column with numbers.</summary>
    public static decimal Value(ResultColumn column, WindowResult result) => column switch
    {
        CountColumn count => count.Get(result),
        AmountColumn amount => amount.Get(result) ?? 0,
        _ => throw new NotSupportedException($"A {column.GetType().Name} holds no number."),
    };

    /// <summary>A number as a column shows it: amounts with two decimals.</summary>
    public static string Number(ResultColumn column, decimal value) => value.ToString(column is AmountColumn ? "N2" : "N0", Culture);

    /// <summary>Text of others: without what steers a terminal, and cut between two characters as people see them.</summary>
    public static string Text(string text, string ellipsis = "…") => TextWidth.Cut(Printable.Strip(text), MaxText, ellipsis);

    /// <summary>Appends cells as a line: the first to the left, numbers to the right, and the last, a text, two spaces behind them.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="widths">The width of each column; that of the last does not count.</param>
    /// <param name="leftAligned">How many cells stand to the left.</param>
    /// <param name="gap">Spaces between two columns.</param>
    public static void AppendLine(StringBuilder text, IReadOnlyList<string> cells, IReadOnlyList<int> widths, int leftAligned, int gap)
    {
        for (int i = 0; i < cells.Count - 1; i++)
        {
            string padding = new(' ', Math.Max(0, widths[i] - TextWidth.Of(cells[i])));
            text.Append(' ', i == 0 ? 0 : gap).Append(i < leftAligned ? cells[i] + padding : padding + cells[i]);
        }

        if (cells[^1].Length > 0)
        {
            text.Append("  ").Append(cells[^1]);
        }

        text.Append('\n');
    }
}
