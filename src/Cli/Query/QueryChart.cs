using System.Globalization;
using System.Text;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>
/// One metric over time as standing bars. Windows that were not published, since nothing happened in them, are zero. More windows than
/// columns are averaged in groups.
/// </summary>
/// <param name="query">What is asked; its metric is given.</param>
internal sealed class QueryChart(QueryOptions query)
{
    private const int Height = 12;
    private const int DefaultWidth = 100;
    private const int MaxBarWidth = 6;

    // Between the two: seconds of drawing for more periods than anybody looks at.
    private const int MaxGap = 100_000;

    private readonly ResultColumn _column = query.Chart!;
    private readonly CurrencyTotals _revenue = new();
    private readonly List<(long StartMs, decimal Value)> _values = [];

    /// <summary>Adds a window.</summary>
    public void Add(WindowResult result)
    {
        _values.Add((result.StartMs, TableFormat.Value(_column, result)));
        _revenue.Add(result);
    }

    /// <summary>Draws what was added.</summary>
    /// <exception cref="SinkException">The metric is of several currencies, which have no axis in common.</exception>
    public string Draw(Screen screen)
    {
        if (_revenue.Hides(_column))
        {
            throw new SinkException($"--chart: expected amounts of one currency, got {string.Join(", ", _revenue.Currencies)} in {_column.Name}. "
                + "--format json has each of them");
        }

        int[] slots = Slots();
        int width = screen.Width?.Invoke() ?? DefaultWidth;
        int count = slots[^1] + 1;

        // The labels are known once the columns are, of which there are as many as the labels leave room for: those of single windows are longest.
        int labels = _values.Max(value => TableFormat.Number(_column, value.Value).Length);
        int plot = Math.Max(1, width - labels - 3);
        int inGroup = (count + plot - 1) / plot;
        decimal[] averages = Averages(slots, count, inGroup);
        decimal greatest = Math.Max(0, averages.Max());
        decimal least = Math.Min(0, averages.Min());
        string top = TableFormat.Number(_column, greatest);
        string bottom = TableFormat.Number(_column, least);
        int columns = averages.Length;
        int barWidth = Math.Min(MaxBarWidth, plot / columns);
        decimal range = greatest - least;
        double[] heights = [.. averages.Select(value => range == 0 ? 0 : (double)((value - least) / range) * Height)];

        StringBuilder text = new();
        if (!query.IsQuiet)
        {
            AppendTitle(text, inGroup, screen);
        }

        for (int row = Height - 1; row >= 0; row--)
        {
            string label = row == Height - 1 ? top : row == 0 ? bottom : "";
            text.Append(label.PadLeft(labels)).Append(screen.IsUtf8 ? " ┤" : " |");
            text.Append(Style.Drawn(Row(heights, row, barWidth, screen.IsUtf8), screen)).Append('\n');
        }

        AppendTimes(text, labels + 2, columns * barWidth);
        return text.ToString();
    }

    /// <summary>The place of each window among all that could be there.</summary>
    private int[] Slots()
    {
        int[] slots = new int[_values.Count];
        long step = Enumerable.Range(1, _values.Count - 1).Select(i => _values[i].StartMs - _values[i - 1].StartMs)
            .Where(distance => distance > 0).DefaultIfEmpty(1).Min();
        for (int i = 1; i < slots.Length; i++)
        {
            long distance = query.By is { } period
                ? PeriodsBetween(_values[i - 1].StartMs, _values[i].StartMs, period)
                : (_values[i].StartMs - _values[i - 1].StartMs) / step;
            slots[i] = slots[i - 1] + (int)Math.Clamp(distance, 0, MaxGap);
        }

        return slots;
    }

    private int PeriodsBetween(long fromMs, long toMs, LocalPeriod period)
    {
        int count = 0;
        for (long start = fromMs; start < toMs && count < MaxGap; count++)
        {
            start = query.Clock.PeriodOf(start, period).EndMs;
        }

        return count;
    }

    /// <summary>The average of each group of places; the last may be smaller.</summary>
    private decimal[] Averages(int[] slots, int count, int inGroup)
    {
        decimal[] averages = new decimal[(count + inGroup - 1) / inGroup];
        for (int i = 0; i < slots.Length; i++)
        {
            int group = slots[i] / inGroup;
            averages[group] += _values[i].Value / Math.Min(inGroup, count - (group * inGroup));
        }

        return averages;
    }

    private static string Row(double[] heights, int row, int barWidth, bool isUtf8)
    {
        StringBuilder text = new();
        foreach (double height in heights)
        {
            int level = (int)Math.Clamp(Math.Round((height - row) * Bars.Levels), 0, Bars.Levels);
            int gap = barWidth >= 3 ? 1 : 0;
            text.Append(level == 0 ? ' ' : Bars.Standing(level, isUtf8), barWidth - gap).Append(' ', gap);
        }

        return text.ToString().TrimEnd();
    }

    private void AppendTitle(StringBuilder text, int inGroup, Screen screen)
    {
        string unit = query.By?.ToString().ToLowerInvariant() ?? query.Window;
        text.Append(Style.Strong($"{_column.Title} per {unit}", screen)).Append(CultureInfo.InvariantCulture,
            $", {query.Clock.Text(_values[0].StartMs)} to {query.Clock.Text(_values[^1].StartMs)} ({query.Clock.Name})\n");
        if (inGroup > 1)
        {
            text.Append(CultureInfo.InvariantCulture, $"each column is the average of {inGroup:N0}\n");
        }
    }

    /// <summary>The first time below the first column and the last below the last.</summary>
    private void AppendTimes(StringBuilder text, int indent, int width)
    {
        DateTime first = query.Clock.LocalOf(_values[0].StartMs);
        DateTime last = query.Clock.LocalOf(_values[^1].StartMs);
        string format = query.By == LocalPeriod.Day || last - first > TimeSpan.FromDays(3) ? "MM-dd" : "HH:mm";
        string from = first.ToString(format, CultureInfo.InvariantCulture);
        string to = last.ToString(format, CultureInfo.InvariantCulture);
        text.Append(' ', indent).Append(from);
        if (_values.Count > 1)
        {
            text.Append(' ', Math.Max(1, width - from.Length - to.Length)).Append(to);
        }

        text.Append('\n');
    }
}
