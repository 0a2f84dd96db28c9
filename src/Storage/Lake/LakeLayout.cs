using System.Globalization;
using Tidemark.Aggregation.Closing;

namespace Tidemark.Storage.Lake;

/// <summary>
/// Where a window's row lies in the lake: <c>metrics_1min/date=2026-11-22/hour=06/1795305600.parquet</c>. The name follows from the window
/// alone, so a retry or a correction replaces and never duplicates. Names that start with <c>_</c> are temporary, and query engines pass them over.
/// </summary>
public static class LakeLayout
{
    /// <summary>The table of a window family.</summary>
    public static string Table(string window) => "metrics_" + window;

    /// <summary>The path of a window's file below the lake's root, with <c>/</c> between its parts.</summary>
    /// <param name="result">The window.</param>
    /// <param name="isCumulative">Whether several windows of its family share a start: then the end is part of the name.</param>
    public static string PathOf(WindowResult result, bool isCumulative)
    {
        ArgumentNullException.ThrowIfNull(result);
        DateTimeOffset start = DateTimeOffset.FromUnixTimeMilliseconds(result.StartMs);
        string name = isCumulative ? $"{Seconds(result.StartMs)}-{Seconds(result.EndMs)}" : Seconds(result.StartMs);
        return string.Create(
            CultureInfo.InvariantCulture, $"{Table(result.Window)}/date={start:yyyy-MM-dd}/hour={start:HH}/{name}.parquet");
    }

    /// <summary>Epoch seconds, with three fraction digits for windows that do not start on a second.</summary>
    private static string Seconds(long epochMs) =>
        epochMs % 1000 == 0
            ? (epochMs / 1000).ToString(CultureInfo.InvariantCulture)
            : (epochMs / 1000m).ToString("0.000", CultureInfo.InvariantCulture);
}
