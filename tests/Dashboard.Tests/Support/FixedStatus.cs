using Tidemark.Core;
using Tidemark.Dashboard.Status;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>A status that a test sets.</summary>
internal sealed class FixedStatus(DashboardStatus status) : IStatusSource
{
    public DashboardStatus Status { get; set; } = status;

    public Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Status);

    /// <summary>A shop that runs, and whose events have come as far as a time.</summary>
    public static DashboardStatus At(long timeMs, long read = 1_201_500) => new()
    {
        Host = "tidemark run",
        Source = "kafka://localhost:9092/clickstream",
        State = "running",
        Now = TimeText.Format(timeMs + 400),
        Watermark = TimeText.Format(timeMs - 10_001),
        MaxEventTime = TimeText.Format(timeMs),
        WatermarkLagSeconds = 10.4,
        Lag = 182,
        OpenWindows = 14,
        StateAgeSeconds = 0.6,
        Records = new RecordCounts(read, read - 8300, 3066, 5234),
        Rejected =
        [
            new("malformed_json", 1464, new RecordSample("line 68 of demo", "{\"event_id\":\"b96663be65ad6f3d\",\"timestamp\":\"2026-11-22T08:")),
            new("future_timestamp", 816, null),
            new("missing_event_type", 749, null),
        ],
        Late = new LateEvents(3066, 12, new Dictionary<string, long>(), new RecordSample("line 1,940 of demo", "{\"event_id\":\"ee64\"}")),
        Windows = [new("1min", TimeText.Format(timeMs - (6 * Shop.Minute))), new("5min", null), new("1hour", null)],
        Partitions =
        [
            .. Enumerable.Range(0, 4).Select(partition => new PartitionProgress(
                partition, 300_000 + (partition * 117), TimeText.Format(timeMs - 10_001 + (partition * 200)), 40 + partition, partition == 3,
                298_000, 760, 1300, null) { MaxEventTime = TimeText.Format(timeMs - (partition * 200)) }),
        ],
    };
}
