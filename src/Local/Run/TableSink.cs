using System.Globalization;
using System.Text;
using Tidemark.Aggregation;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Windows;
using Tidemark.Storage;

namespace Tidemark.Local.Run;

/// <summary>One line per result for a person to read.</summary>
internal sealed class TableSink : IResultSink
{
    private const int LongestPage = 40;

    private readonly StreamWriter _writer;
    private readonly HashSet<string> _shown;
    private bool _hasHeader;

    /// <param name="stream">Where the lines go.</param>
    /// <param name="shown">The window families to show.</param>
    public TableSink(Stream stream, IEnumerable<WindowDefinition> shown)
    {
        _writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        _shown = [.. shown.Select(window => window.Name)];
    }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        try
        {
            foreach (WindowResult result in results.Where(result => _shown.Contains(result.Window)))
            {
                WriteLine(result);
            }

            _writer.Flush();
        }
        catch (IOException error)
        {
            throw new SinkException($"cannot write results to standard output: {error.Message}", error);
        }

        return Task.CompletedTask;
    }

    private void WriteLine(WindowResult result)
    {
        if (!_hasHeader)
        {
            _hasHeader = true;
            _writer.WriteLine(Columns("window", "start (UTC)", "events", "users", "views", "clicks", "buys", "revenue", "top page"));
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        string users = (result.UniqueUsersExact ? "" : "~") + result.UniqueUsers.ToString("N0", culture);
        string mark = result.Phase == Phase.Corrected ? " *" : "";
        _writer.WriteLine(Columns(
            result.Window + mark,
            TimeText.Format(result.StartMs).Replace('T', ' ').TrimEnd('Z'),
            result.TotalEvents.ToString("N0", culture),
            users,
            result.PageViews.ToString("N0", culture),
            result.Clicks.ToString("N0", culture),
            result.Purchases.ToString("N0", culture),
            result.Revenue.ToString("N2", culture),
            result.TopPages.Counts.Count > 0 ? Page(result.TopPages.Counts[0].Key) : ""));
    }

    /// <summary>Control characters must not reach a terminal, and long addresses break the table.</summary>
    private static string Page(string url)
    {
        string shown = string.Concat(url.Where(character => !char.IsControl(character)));
        return shown.Length <= LongestPage ? shown : string.Concat(shown.AsSpan(0, LongestPage - 1), "…");
    }

    private static string Columns(string window, string start, string events, string users, string views, string clicks, string buys, string revenue, string page) =>
        $"{window,-8} {start,-19} {events,10} {users,9} {views,9} {clicks,9} {buys,7} {revenue,14}  {page}";
}
