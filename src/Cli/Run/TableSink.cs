using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>One line per result for a person to read.</summary>
internal sealed class TableSink : IResultSink
{
    private const int NameWidth = 8;
    private const int StartWidth = 19;
    private const int Gap = 1;

    // As much of a page as says which one it is.
    private const int MinPage = 8;

    private readonly Stream _stream;
    private readonly StringBuilder _lines = new();
    private readonly Predicate<WindowResult> _isShown;
    private readonly Screen _screen;
    private readonly IReadOnlyList<ResultColumn> _columns;
    private readonly int[] _widths;
    private readonly int _pageWidth = TableFormat.MaxText;
    private bool _hasHeader;

    /// <param name="stream">Where the lines go.</param>
    /// <param name="isShown">Which results to show.</param>
    /// <param name="screen">Where they are shown: on a terminal a line has no more columns than it has room for.</param>
    public TableSink(Stream stream, Predicate<WindowResult> isShown, Screen screen)
    {
        _stream = stream;
        _isShown = isShown;
        _screen = screen;
        int room = (screen.Width?.Invoke() ?? int.MaxValue) - NameWidth - Gap - StartWidth;
        int[] needed = [.. TableFormat.Columns.Select(column => column is MapColumn ? 2 + MinPage : Gap + column.Width)];
        IReadOnlyList<int> shown = TableFormat.Fit(needed, room);
        _columns = [.. shown.Select(column => TableFormat.Columns[column])];
        _widths = [NameWidth, StartWidth, .. _columns.Select(column => column.Width)];
        if (screen.Width is not null)
        {
            _pageWidth = Math.Min(_pageWidth, room - shown.Sum(column => needed[column]) + MinPage);
        }
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
            AddLine(["window", TableFormat.StartTitle, .. _columns.Select(column => column.Title!)]);
        }

        AddLine(
        [
            result.Window + TableFormat.CorrectionMark(result),
            TableFormat.Start(result),
            .. _columns.Select(column => column is MapColumn
                ? TextWidth.Cut(TableFormat.Cell(column, result, _screen), _pageWidth, _screen.Ellipsis)
                : TableFormat.Cell(column, result, _screen)),
        ]);
    }

    private void AddLine(List<string> cells)
    {
        if (_columns is not [.., MapColumn])
        {
            // The last cell of a line is a text.
            cells.Add("");
        }

        TableFormat.AppendLine(_lines, cells, _widths, leftAligned: 2, Gap);
    }
}
