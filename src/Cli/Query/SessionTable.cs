using System.Globalization;
using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Sessions;

namespace Tidemark.Cli.Query;

/// <summary>
/// Sessions as a table for a person, and what they were together. At most <see cref="MaxRows"/> rows are shown, the last ones; the line below is of
/// all. On a terminal a row takes one line: the least important columns are left out.
/// </summary>
/// <param name="clock">The zone of the starts.</param>
/// <param name="isQuiet">Whether only the rows are shown.</param>
/// <param name="screen">Where they are shown.</param>
internal sealed class SessionTable(ZoneClock clock, bool isQuiet, Screen screen)
{
    private const int MaxRows = 10_000;
    private const int MaxPage = 24;
    private const int Gap = 2;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private readonly Column[] _columns =
    [
        new($"start ({clock.Name})", 0, IsText: true, row => clock.Text(row.Session.StartMs / 1000 * 1000)),
        new("duration", 1, IsText: false, row => Duration(row.Session.DurationSeconds)),
        new("events", 2, IsText: false, row => row.Session.EventCount.ToString("N0", Culture)),
        new("views", 5, IsText: false, row => row.Session.PageViewCount.ToString("N0", Culture)),
        new("pages", 10, IsText: false, row => Pages(row.Session)),
        new("clicks", 9, IsText: false, row => row.Session.ClickCount.ToString("N0", Culture)),
        new("buys", 6, IsText: false, row => row.Session.PurchaseCount.ToString("N0", Culture)),
        new("revenue", 3, IsText: false, row => Revenue(row.Session)),
        new("country", 8, IsText: true, row => Text(row.Session.Country, screen)),
        new("device", 11, IsText: true, row => Text(row.Session.DeviceType, screen)),
        new("user", 4, IsText: true, row => Text(row.Session.UserId, screen)),
        new("entry", 7, IsText: true, row => Text(row.Session.EntryPage, screen)),
        new("exit", 12, IsText: true, row => Text(row.Session.ExitPage, screen)),
    ];

    private readonly Queue<string[]> _rows = new();
    private long _count;
    private long _conversions;
    private long _bounces;
    private decimal _seconds;

    /// <summary>Adds a session.</summary>
    public void Add(SessionRow row)
    {
        _rows.Enqueue([.. _columns.Select(column => column.Cell(row))]);
        if (_rows.Count > MaxRows)
        {
            _rows.Dequeue();
        }

        _count++;
        _conversions += row.Session.Conversion ? 1 : 0;
        _bounces += row.Session.IsBounce ? 1 : 0;
        _seconds += row.Session.DurationSeconds;
    }

    /// <summary>Writes what was added.</summary>
    public string Write()
    {
        string[] headers = [.. _columns.Select(column => column.Title)];
        List<string[]> lines = isQuiet ? [.. _rows] : [headers, .. _rows];
        int[] widths = [.. _columns.Select((_, column) => lines.Max(line => TextWidth.Of(line[column])))];
        int[] shown = Shown(widths);
        StringBuilder text = new();
        if (!isQuiet)
        {
            text.Append(Style.Strong(Line(headers, widths, shown), screen)).Append('\n');
        }

        if (_count > _rows.Count)
        {
            text.Append(Culture, $"... {_count - _rows.Count:N0} earlier sessions\n");
        }

        foreach (string[] row in _rows)
        {
            text.Append(Line(row, widths, shown)).Append('\n');
        }

        if (!isQuiet)
        {
            AppendSummary(text, shown);
        }

        return text.ToString();
    }

    private void AppendSummary(StringBuilder text, int[] shown)
    {
        string[] leftOut = [.. Enumerable.Range(0, _columns.Length).Except(shown).Select(column => _columns[column].Title)];
        if (leftOut.Length > 0)
        {
            text.Append(Culture, $"(no room for {string.Join(", ", leftOut)}; --format csv has them)\n");
        }

        text.Append(Culture, $"\n{_count:N0} {(_count == 1 ? "session" : "sessions")}: {_conversions:N0} with a purchase, ");
        text.Append(Culture, $"{100m * _bounces / _count:0.0} % bounced, mean duration {Duration(_seconds / _count)}\n");
    }

    /// <summary>The columns that a line has room for; the least important ones are left out first.</summary>
    private int[] Shown(int[] widths)
    {
        int room = screen.Width?.Invoke() ?? int.MaxValue;
        List<int> shown = [];
        foreach (int column in Enumerable.Range(0, _columns.Length).OrderBy(column => _columns[column].Rank))
        {
            int needed = widths[column] + (shown.Count == 0 ? 0 : Gap);
            if (needed > room && shown.Count > 0)
            {
                break;
            }

            room -= needed;
            shown.Add(column);
        }

        return [.. shown.Order()];
    }

    private string Line(string[] cells, int[] widths, int[] shown)
    {
        IEnumerable<string> parts = shown.Select(column =>
        {
            string padding = new(' ', widths[column] - TextWidth.Of(cells[column]));
            return _columns[column].IsText ? cells[column] + padding : padding + cells[column];
        });
        return string.Join(new string(' ', Gap), parts).TrimEnd(' ');
    }

    private static string Pages(Session session) =>
        session.PagesVisited.Count.ToString("N0", Culture) + (session.PagesVisitedCut ? "+" : "");

    private static string Revenue(Session session)
    {
        string amount = session.Revenue?.ToString("N2", Culture) ?? TableFormat.Mixed;
        return session.Currency is { } currency ? $"{amount} {Printable.Strip(currency)}" : amount;
    }

    private static string Text(string? text, Screen screen) => TextWidth.Cut(Printable.Strip(text ?? ""), MaxPage, screen.Ellipsis);

    /// <summary>Such as <c>45.5s</c>, <c>12m 05s</c>, <c>1h 02m 00s</c>.</summary>
    private static string Duration(decimal seconds)
    {
        if (seconds < 60)
        {
            return string.Create(Culture, $"{Math.Round(seconds, 1):0.#}s");
        }

        long whole = (long)seconds;
        string minutes = string.Create(Culture, $"{whole / 60 % 60:00}m {whole % 60:00}s");
        return whole >= 3600 ? string.Create(Culture, $"{whole / 3600}h {minutes}") : minutes.TrimStart('0');
    }

    /// <param name="Title">The heading.</param>
    /// <param name="Rank">The column of rank 0 stays longest.</param>
    /// <param name="IsText">Whether it stands to the left.</param>
    /// <param name="Cell">What is shown of a session.</param>
    private sealed record Column(string Title, int Rank, bool IsText, Func<SessionRow, string> Cell);
}
