using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;
using Tidemark.Core.Results;

namespace Tidemark.Sinks.Lake;

/// <summary>One row of <c>metrics_breakdown</c>: how often a value of a dimension was counted in a window. For tools that read maps badly.</summary>
public sealed class BreakdownRow : ILakeRecord
{
    /// <summary>First moment inside.</summary>
    [JsonPropertyName("window_start"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowStart { get; set; }

    /// <summary>First moment after.</summary>
    [JsonPropertyName("window_end"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowEnd { get; set; }

    /// <summary>Name of the window's family.</summary>
    [JsonPropertyName("window")]
    public string Window { get; set; } = "";

    /// <summary><c>page</c>, <c>device</c>, <c>country</c> or <c>event_type</c>.</summary>
    [JsonPropertyName("dimension")]
    public string Dimension { get; set; } = "";

    /// <summary>The page, the type of device, the country or the type of event.</summary>
    [JsonPropertyName("value")]
    public string Value { get; set; } = "";

    /// <summary>Events; for a page its page views.</summary>
    [JsonPropertyName("events")]
    public long Events { get; set; }

    /// <summary>Revision of the window.</summary>
    [JsonPropertyName("revision")]
    public long Revision { get; set; }

    /// <summary>The rows of a result: dimension by dimension, each by count, descending.</summary>
    public static IReadOnlyList<BreakdownRow> From(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        List<BreakdownRow> rows = new(
            result.Countries.Counts.Count + result.Devices.Counts.Count + result.EventTypes.Counts.Count + result.TopPages.Counts.Count);
        Add("country", result.Countries);
        Add("device", result.Devices);
        Add("event_type", result.EventTypes);
        Add("page", result.TopPages);
        return rows;

        void Add(string dimension, Breakdown breakdown)
        {
            foreach (var entry in breakdown.Counts)
            {
                rows.Add(new BreakdownRow
                {
                    WindowStart = DateTimeOffset.FromUnixTimeMilliseconds(result.StartMs).UtcDateTime,
                    WindowEnd = DateTimeOffset.FromUnixTimeMilliseconds(result.EndMs).UtcDateTime,
                    Window = result.Window,
                    Dimension = dimension,
                    Value = entry.Key,
                    Events = entry.Count,
                    Revision = result.Revision,
                });
            }
        }
    }

    /// <summary>Whether two rows say the same, the revision apart.</summary>
    public bool HasSameContent(BreakdownRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (WindowStart, WindowEnd, Window, Dimension, Value, Events).Equals((other.WindowStart, other.WindowEnd, other.Window, other.Dimension, other.Value, other.Events));
    }
}
