using Microsoft.DurableTask.Client;
using Tidemark.Core;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Functions.Query;

/// <summary>The status of the topic in the form of the dashboard's API.</summary>
public sealed class AppStatus(TopicStatus status, TimeProvider time) : IStatusSource
{
    private const int MaxMinutes = 5;

    private DurableTaskClient? _client;

    /// <summary>Tells the client of the durable store, which only a function's binding has. All of an app are alike.</summary>
    public void Use(DurableTaskClient client) => Volatile.Write(ref _client, client);

    /// <inheritdoc/>
    public async Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken)
    {
        DurableTaskClient client = Volatile.Read(ref _client) ?? throw new InvalidOperationException("Expected a client from a function's binding.");
        try
        {
            return Of(await status.ReadAsync(client, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SinkException(status.Describe(problem), problem);
        }
    }

    private DashboardStatus Of(Status topic)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset? watermark = topic.Watermark is { } text && TimeText.TryParse(text, out DateTimeOffset parsed) ? parsed : null;
        return new DashboardStatus
        {
            Host = "functions",
            Source = topic.Topic,
            State = "running",
            Now = TimeText.Format(now.ToUnixTimeMilliseconds()),
            Watermark = topic.Watermark,
            MaxEventTime = null,
            WatermarkLagSeconds = watermark is null ? null : (now - watermark.Value).TotalSeconds,
            Lag = topic.Lag,
            OpenWindows = topic.OpenPanes.Count,
            StateAgeSeconds = null,
            Records = new RecordCounts(topic.Counted + topic.Late + topic.Rejected, topic.Counted, topic.Late, topic.Rejected),
            Rejected =
            [
                .. topic.Partitions.SelectMany(partition => partition.ByReason).Where(reason => reason.Key != "late")
                    .GroupBy(reason => reason.Key).Select(group => new UncountedRecords(group.Key, group.Sum(reason => reason.Value), Example: null))
                    .OrderByDescending(rejected => rejected.Count),
            ],
            Late = new LateEvents(
                topic.Late, topic.LateInOpenWindows,
                topic.LateByMinute.OrderByDescending(minute => minute.Value).Take(MaxMinutes).ToDictionary(), Example: null),
            Windows = [.. topic.Windows.Select(family => new FamilyProgress(family.Window, family.FinalBefore))],
            Partitions = [.. topic.Partitions.Select(Of)],
        };
    }

    private static PartitionProgress Of(PartitionStatus partition) => new(
        partition.Partition, partition.Next, partition.Watermark, partition.Lag, IsIdle: false,
        partition.Counted, partition.Late, partition.Rejected, partition.Problem);
}
