using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>One line per result for a person to read.</summary>
internal sealed class TableSink : IResultSink
{
    private const int LongestPage = 40;

    private readonly Stream _stream;
    private readonly StringBuilder _lines = new();
    private readonly Predicate<WindowResult> _isShown;
    private bool _hasHeader;

    /// <param name="stream">Where the lines go.</param>
    /// <param name="isShown">Which results to show.</param>
    public TableSink(Stream stream, Predicate<WindowResult> isShown)
    {
        _stream = stream;
        _isShown = isShown;
    }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        foreach (WindowResult result in results.Where(result => _isShown(result)))
        {
            AddLine(result);
        }

        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(_lines.ToString()));
            _stream.Flush();
            _lines.Clear();
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write results to standard output: {IoProblem.Describe(error)}", error);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;

    private void AddLine(WindowResult result)
    {
        if (!_hasHeader)
        {
            _hasHeader = true;
            _lines.Append(Columns("window", "start (UTC)", "events", "users", "views", "clicks", "buys", "revenue", "top page")).Append('\n');
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        string users = (result.UniqueUsersExact ? "" : "~") + result.UniqueUsers.ToString("N0", culture);
        string mark = result.Phase == Phase.Corrected ? " *" : "";
        _lines.Append(Columns(
            result.Window + mark,
            TimeText.Format(result.StartMs).Replace('T', ' ').TrimEnd('Z'),
            result.TotalEvents.ToString("N0", culture),
            users,
            result.PageViews.ToString("N0", culture),
            result.Clicks.ToString("N0", culture),
            result.Purchases.ToString("N0", culture),
            result.Revenue.ToString("N2", culture),
            result.TopPages.Counts.Count > 0 ? Page(result.TopPages.Counts[0].Key) : "")).Append('\n');
    }

    /// <summary>What steers a terminal must not reach it, and long addresses break the table.</summary>
    private static string Page(string url)
    {
        string shown = Printable.Strip(url);
        if (shown.Length <= LongestPage)
        {
            return shown;
        }

        int cut = char.IsHighSurrogate(shown[LongestPage - 2]) ? LongestPage - 2 : LongestPage - 1;
        return string.Concat(shown.AsSpan(0, cut), "…");
    }

    private static string Columns(string window, string start, string events, string users, string views, string clicks, string buys, string revenue, string page) =>
        $"{window,-8} {start,-19} {events,10} {users,9} {views,9} {clicks,9} {buys,7} {revenue,14}  {page}";
}
