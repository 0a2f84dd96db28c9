using Microsoft.DurableTask.Client;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Functions.Query;

/// <summary>The status of the topic in the form of the dashboard's API.</summary>
public sealed class AppStatus(TopicStatus status, RecordExamples examples, TimeProvider time) : IStatusSource
{
    private const int MaxMinutes = 5;

    private static readonly string Late = RecordOutcome.Late.Name();

    // Every open page asks every 2 s, and an answer reads the state of every partition.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private DurableTaskClient? _client;
    private DashboardStatus? _known;
    private long _knownAt;

    /// <summary>Tells the client of the durable store, which only a function's binding has. All of an app are alike.</summary>
    public void Use(DurableTaskClient client) => Volatile.Write(ref _client, client);

    /// <summary>The status, at most a second old.</summary>
    public async Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken)
    {
        DurableTaskClient client = Volatile.Read(ref _client) ?? throw new InvalidOperationException("Expected a client from a function's binding.");
        lock (_lock)
        {
            if (_known is { } known && time.GetElapsedTime(_knownAt) < MaxAge)
            {
                return known;
            }
        }

        try
        {
            Status topic = await status.ReadAsync(client, cancellationToken).ConfigureAwait(false);
            DashboardStatus read = Of(topic, await examples.ReadAsync(topic.LastByReason, cancellationToken).ConfigureAwait(false));
            lock (_lock)
            {
                (_known, _knownAt) = (read, time.GetTimestamp());
            }

            return read;
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SinkException(status.Describe(problem), problem);
        }
    }

    private static double? SecondsSince(string? text, DateTimeOffset now) =>
        text is not null && TimeText.TryParse(text, out DateTimeOffset parsed) ? (now - parsed).TotalSeconds : null;

    private DashboardStatus Of(Status topic, IReadOnlyDictionary<string, RecordSample> samples)
    {
        DateTimeOffset now = time.GetUtcNow();
        return new DashboardStatus
        {
            Host = "functions",
            Source = topic.Topic,
            State = "running",
            Now = TimeText.Format(now.ToUnixTimeMilliseconds()),
            Watermark = topic.Watermark,
            MaxEventTime = topic.MaxEventTime,
            WatermarkLagSeconds = SecondsSince(topic.Watermark, now),
            Lag = topic.Lag,
            OpenWindows = topic.OpenPanes.Count,
            StateAgeSeconds = SecondsSince(topic.LastArrival, now),
            Records = new RecordCounts(topic.Counted + topic.Late + topic.Rejected, topic.Counted, topic.Late, topic.Rejected),
            Rejected =
            [
                .. topic.Partitions.SelectMany(partition => partition.ByReason).Where(reason => reason.Key != Late)
                    .GroupBy(reason => reason.Key).Select(group => new UncountedRecords(
                        group.Key, group.Sum(reason => reason.Value), samples.GetValueOrDefault(group.Key)))
                    .OrderByDescending(rejected => rejected.Count),
            ],
            Late = new LateEvents(
                topic.Late, topic.LateInOpenWindows,
                topic.LateByMinute.OrderByDescending(minute => minute.Value).Take(MaxMinutes).ToDictionary(),
                samples.GetValueOrDefault(Late)),
            Windows = [.. topic.Windows.Select(family => new FamilyProgress(family.Window, family.FinalBefore))],
            Partitions = [.. topic.Partitions.Select(Of)],
        };
    }

    private static PartitionProgress Of(PartitionStatus partition) => new(
        partition.Partition, partition.Next, partition.Watermark, partition.Lag, partition.IsIdle,
        partition.Counted, partition.Late, partition.Rejected, partition.Problem)
    {
        MaxEventTime = partition.MaxEventTime,
        LastArrival = partition.LastArrival,
    };
}
