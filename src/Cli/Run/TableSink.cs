using System.Text;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>One line per result for a person to read.</summary>
internal sealed class TableSink : IResultSink
{
    private static readonly int[] Widths = [8, 19, .. TableFormat.Columns.Select(column => column.Width)];

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
            AddLine(["window", TableFormat.StartTitle, .. TableFormat.Columns.Select(column => column.Title!)]);
        }

        AddLine(
        [
            result.Window + TableFormat.CorrectionMark(result),
            TableFormat.Start(result),
            .. TableFormat.Columns.Select(column => TableFormat.Cell(column, result)),
        ]);
    }

    private void AddLine(string[] cells) => TableFormat.AppendLine(_lines, cells, Widths, leftAligned: 2, gap: 1);
}
