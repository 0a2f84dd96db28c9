using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Tidemark.Cli.Terminal;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>The greatest keys of a breakdown over all windows of a range.</summary>
/// <param name="query">What is asked.</param>
internal sealed class QueryTop(QueryOptions query)
{
    private const int MaxBar = 40;
    private const int MaxKey = 60;
    private const int MinKey = 12;
    private const int Gap = 2;

    private readonly KeyTotals _totals = new();
    private readonly HashSet<string> _known = [];
    private MapColumn? _column;
    private Interval _covered;
    private long _windows;

    /// <summary>Adds a window.</summary>
    /// <exception cref="SinkException">The windows overlap.</exception>
    public void Add(WindowResult result)
    {
        _column ??= TopColumns.Find(query.Top!, result);
        _known.UnionWith(_column is null ? TopColumns.NamesIn(result) : []);
        if (_windows > 0 && result.StartMs < _covered.EndMs)
        {
            throw Rollup.Overlapping("--top", result.Window);
        }

        _covered = new Interval(_windows == 0 ? result.StartMs : _covered.StartMs, result.EndMs);
        _windows++;
        if (_column is not null)
        {
            _totals.Add(_column.Get(result));
        }
    }

    /// <summary>Writes what was added.</summary>
    /// <exception cref="SinkException">No window has such a breakdown.</exception>
    public void Write(IBufferWriter<byte> destination, Screen screen)
    {
        if (_column is null)
        {
            throw TopColumns.Unknown(query.Top!, _known);
        }

        switch (query.Format)
        {
            case QueryFormat.Json:
                WriteJson(destination);
                break;
            case QueryFormat.Csv:
                WriteCsv(destination);
                break;
            default:
                Encoding.UTF8.GetBytes(Table(screen), destination);
                break;
        }
    }

    private void WriteJson(IBufferWriter<byte> destination)
    {
        Breakdown top = _totals.Top(query.Limit);
        using (Utf8JsonWriter json = new(destination))
        {
            json.WriteStartObject();
            json.WriteString("top", _column!.Dimension);
            json.WriteString("window", query.Window);
            json.WriteString("from", TimeText.Format(_covered.StartMs));
            json.WriteString("to", TimeText.Format(_covered.EndMs));
            json.WriteNumber("windows", _windows);
            json.WriteBoolean("only_listed", TopColumns.IsPartial(_column));
            json.WriteNumber("max_error", top.MaxError);
            json.WriteStartArray("counts");
            foreach (KeyCount count in top.Counts)
            {
                json.WriteStartObject();
                json.WriteString("key", count.Key);
                json.WriteNumber("count", count.Count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        destination.Write("\n"u8);
    }

    private void WriteCsv(IBufferWriter<byte> destination)
    {
        QueryCsv.WriteLine([_column!.Dimension, TopColumns.Counts(_column)], destination);
        foreach (KeyCount count in _totals.Top(query.Limit).Counts)
        {
            QueryCsv.WriteLine([QueryCsv.Field(count.Key), count.Count.ToString(CultureInfo.InvariantCulture)], destination);
        }
    }

    private string Table(Screen screen)
    {
        IReadOnlyList<KeyCount> top = _totals.Top(query.Limit).Counts;
        StringBuilder text = new();
        string[] counts = [.. top.Select(count => count.Count.ToString("N0", CultureInfo.InvariantCulture))];
        string what = TopColumns.Counts(_column!);
        int countWidth = Math.Max(what.Length, counts.Select(count => count.Length).DefaultIfEmpty().Max());
        bool hasShare = !TopColumns.IsPartial(_column!);
        int numbers = countWidth + (hasShare ? "100.0 %".Length + Gap : 0) + (2 * Gap);
        int screenWidth = screen.Width?.Invoke() ?? MaxKey + numbers + MaxBar;
        string[] keys = [.. top.Select(count => Printable.Strip(count.Key))];
        int keyWidth = Math.Max(_column!.Dimension.Length, Math.Min(
            keys.Select(TextWidth.Of).DefaultIfEmpty().Max(), Math.Clamp((screenWidth - numbers) * 2 / 3, MinKey, MaxKey)));
        int barWidth = Math.Clamp(screenWidth - keyWidth - numbers, 0, MaxBar);
        if (!query.IsQuiet)
        {
            string share = hasShare ? "  " + "share".PadLeft("100.0 %".Length) : "";
            text.Append(Style.Strong($"{_column.Dimension.PadRight(keyWidth)}  {what.PadLeft(countWidth)}{share}", screen)).Append('\n');
        }

        for (int i = 0; i < top.Count; i++)
        {
            string key = TextWidth.Cut(keys[i], keyWidth, screen.Ellipsis);
            string share = hasShare
                ? string.Create(CultureInfo.InvariantCulture, $"  {(_totals.Total == 0 ? 0 : 100.0 * top[i].Count / _totals.Total),5:0.0} %")
                : "";
            string bar = Bars.LyingBar(top[0].Count <= 0 ? 0 : Math.Max(0, (double)top[i].Count / top[0].Count), barWidth, screen.IsUtf8);
            text.Append(key).Append(' ', keyWidth - TextWidth.Of(key)).Append("  ").Append(counts[i].PadLeft(countWidth)).Append(share);
            text.Append(bar.Length > 0 ? "  " + Style.Drawn(bar, screen) : "").Append('\n');
        }

        if (!query.IsQuiet)
        {
            AppendNote(text);
        }

        return text.ToString();
    }

    private void AppendNote(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"\nof {_windows:N0} windows of {query.Window},\n"
                + $"{query.Clock.Text(_covered.StartMs)} to {query.Clock.Text(_covered.EndMs)} ({query.Clock.Name})\n");
        if (_totals.MaxError > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"no count is wrong by more than {_totals.MaxError:N0}\n");
        }

        if (TopColumns.IsPartial(_column!))
        {
            text.Append("a window lists its greatest pages only: a page counts where it is listed\n");
        }
    }
}
