using System.Globalization;
using System.IO.Hashing;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Verify;

/// <summary>
/// Compares what the events decide of two results: not the phase, revision or watermark, which tell how it was published. Top lists and
/// breakdowns that went past their capacity are compared within the bound of their error, since they depend on how the stream was cut.
/// </summary>
internal static class ContentComparer
{
    private const string ErrorSuffix = "_max_error";

    /// <summary>Every column with another value.</summary>
    /// <param name="stored">What is stored.</param>
    /// <param name="recounted">What was recounted.</param>
    /// <param name="hasSketch">Whether what is stored holds the users' sketch.</param>
    public static IEnumerable<Difference> Compare(WindowResult stored, WindowResult recounted, bool hasSketch)
    {
        Interval window = new(recounted.StartMs, recounted.EndMs);
        IEnumerable<ResultColumn> content = ResultColumns.All.Concat(ResultColumns.AddedOf([stored, recounted]))
            .Where(column => column.Role == ColumnRole.Content && (hasSketch || column is not BytesColumn));
        foreach (ResultColumn column in content)
        {
            if (column.IsIn(stored) != column.IsIn(recounted))
            {
                yield return new Difference(recounted.Window, window, column.Name, Presence(column, stored), Presence(column, recounted));
            }
            else if (!AreCompatible(column, stored, recounted))
            {
                (string a, string b) = column is MapColumn map
                    ? FirstDifference(map.Get(stored), map.Get(recounted))
                    : (Text(column, stored), Text(column, recounted));
                yield return new Difference(recounted.Window, window, column.Name, a, b);
            }
        }
    }

    /// <summary>A window in a few words, where the other side has none.</summary>
    public static string Summary(WindowResult result) => string.Create(CultureInfo.InvariantCulture, $"{result.TotalEvents:N0} events");

    private static bool AreCompatible(ResultColumn column, WindowResult stored, WindowResult recounted) => column is MapColumn map
        ? AreCompatible(map, stored, recounted)
        : column.AreSame(stored, recounted) || IsBoundOfEstimate(column, stored, recounted);

    private static bool AreCompatible(MapColumn column, WindowResult stored, WindowResult recounted)
    {
        Breakdown a = column.Get(stored);
        Breakdown b = column.Get(recounted);
        if (a.MaxError == 0 && b.MaxError == 0)
        {
            return column.AreSame(stored, recounted);
        }

        // A count is at most so much over the truth: both may be true where the ranges meet.
        Dictionary<string, long> counts = b.Counts.ToDictionary(count => count.Key, count => count.Count, StringComparer.Ordinal);
        return a.Counts.All(count =>
            !counts.TryGetValue(count.Key, out long other) || (count.Count - a.MaxError <= other && other - b.MaxError <= count.Count));
    }

    /// <summary>Whether a column is the bound of a list that is an estimate on either side: it too depends on how the stream was cut.</summary>
    private static bool IsBoundOfEstimate(ResultColumn column, WindowResult stored, WindowResult recounted) =>
        column is CountColumn bound && column.Name.EndsWith(ErrorSuffix, StringComparison.Ordinal)
        && bound.Get(stored) > 0 && bound.Get(recounted) > 0;

    private static (string Stored, string Recounted) FirstDifference(Breakdown stored, Breakdown recounted)
    {
        int i = 0;
        while (i < stored.Counts.Count && i < recounted.Counts.Count && stored.Counts[i] == recounted.Counts[i])
        {
            i++;
        }

        return (Text(stored, i), Text(recounted, i));

        static string Text(Breakdown breakdown, int i) => i < breakdown.Counts.Count
            ? string.Create(CultureInfo.InvariantCulture, $"{TableFormat.Text(breakdown.Counts[i].Key)} {breakdown.Counts[i].Count:N0}")
            : "no more keys";
    }

    private static string Presence(ResultColumn column, WindowResult result) => column.IsIn(result) ? "counted" : "not counted";

    private static string Text(ResultColumn column, WindowResult result) => column switch
    {
        AmountMapColumn map => string.Join(", ", map.Get(result).Select(
            entry => string.Create(CultureInfo.InvariantCulture, $"{TableFormat.Text(entry.Key)} {entry.Amount:#,0.####}"))),
        CountColumn count => count.Get(result).ToString("N0", CultureInfo.InvariantCulture),
        AmountColumn amount => amount.Get(result)?.ToString("#,0.####", CultureInfo.InvariantCulture) ?? "none",
        FlagColumn flag => flag.Get(result) ? "true" : "false",
        TextColumn text => text.Get(result),
        TimeColumn time => time.Get(result) is { } ms ? TimeText.Format(ms) : "none",
        BytesColumn bytes => "hash " + XxHash3.HashToUInt64(bytes.Get(result).Span).ToString("x16", CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"A {column.GetType().Name} is not shown."),
    };
}
