using System.Globalization;
using System.Text;
using Tidemark.Core.Results;

namespace Tidemark.Dashboard.Status;

/// <summary>
/// The status and the latest closed windows in Prometheus's text format 0.0.4. The metrics of windows follow from <see cref="ResultColumns"/>.
/// </summary>
public static class PrometheusText
{
    /// <summary>The media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes everything.</summary>
    /// <param name="status">The status.</param>
    /// <param name="latest">The latest closed window of each family that has one.</param>
    /// <param name="columns">The columns of results.</param>
    /// <param name="clients">How many clients listen to the stream.</param>
    public static byte[] Write(DashboardStatus status, IReadOnlyList<WindowResult> latest, IReadOnlyList<ResultColumn> columns, int clients)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(latest);
        StringBuilder text = new();
        Family(text, "tidemark_records_total", "counter", "Records by outcome; read = counted + late + rejected.",
            [("outcome=\"counted\"", status.Records.Counted), ("outcome=\"late\"", status.Records.Late),
                ("outcome=\"rejected\"", status.Records.Rejected)]);
        Family(text, "tidemark_rejected_total", "counter", "Rejected records by reason.",
            status.Rejected.Select(rejected => ($"reason=\"{Escape(rejected.Reason)}\"", (double?)rejected.Count)));
        Family(text, "tidemark_watermark_lag_seconds", "gauge", "How far the watermark is behind the clock.", [("", status.WatermarkLagSeconds)]);
        Family(text, "tidemark_lag_records", "gauge", "Records that wait to be read.", [("", status.Lag)]);
        Family(text, "tidemark_open_windows", "gauge", "Windows that can still change.", [("", status.OpenWindows)]);
        Family(text, "tidemark_state_age_seconds", "gauge", "Age of the last saved state.", [("", status.StateAgeSeconds)]);
        Family(text, "tidemark_stream_clients", "gauge", "Clients of the stream of results.", [("", clients)]);
        Family(text, "tidemark_partition_next_offset", "gauge", "The offset after the last applied record.",
            status.Partitions.Select(partition => (Label(partition), (double?)partition.Next)));
        Family(text, "tidemark_partition_lag_records", "gauge", "Records of a partition that wait to be read.",
            status.Partitions.Select(partition => (Label(partition), (double?)partition.Lag)));
        Family(text, "tidemark_partition_idle", "gauge", "1: the partition is silent and holds the watermark back no more.",
            status.Partitions.Select(partition => (Label(partition), (double?)(partition.IsIdle ? 1 : 0))));
        foreach (ResultColumn column in columns.Where(column => column is { Role: ColumnRole.Content, IsLiveOnly: false }))
        {
            Family(text, $"tidemark_window_{column.Name}", "gauge", $"Latest closed window: {column.Meaning}.",
                latest.Where(column.IsIn).SelectMany(result => ValuesOf(column, result)));
        }

        Family(text, "tidemark_window_end_seconds", "gauge", "End of the latest closed window, seconds since the epoch.",
            latest.Select(result => ($"window=\"{Escape(result.Window)}\"", (double?)(result.EndMs / 1000d))));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IEnumerable<(string Labels, double? Value)> ValuesOf(ResultColumn column, WindowResult result)
    {
        string window = $"window=\"{Escape(result.Window)}\"";
        return column is AmountMapColumn amounts
            ? amounts.Get(result).Select(entry => ($"{window},currency=\"{Escape(entry.Key)}\"", (double?)entry.Amount))
            : [(window, ValueOf(column, result))];
    }

    private static double? ValueOf(ResultColumn column, WindowResult result) => column switch
    {
        CountColumn count => count.Get(result),
        AmountColumn amount => (double?)amount.Get(result),
        FlagColumn flag => flag.Get(result) ? 1 : 0,
        _ => null,
    };

    private static string Label(PartitionProgress partition) => string.Create(CultureInfo.InvariantCulture, $"partition=\"{partition.Partition}\"");

    private static void Family(StringBuilder text, string name, string type, string help, IEnumerable<(string Labels, double? Value)> samples)
    {
        bool hasHead = false;
        foreach ((string labels, double? value) in samples.Where(sample => sample.Value is not null))
        {
            if (!hasHead)
            {
                hasHead = true;
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
            }

            text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ')
                .Append(value!.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
