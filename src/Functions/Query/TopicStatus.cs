using System.Text.Json.Serialization;
using Microsoft.DurableTask.Client;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Query;

/// <summary>
/// The status of a partition. The applied offsets are the sum of counted, late, rejected, blank and missing. The lag is null when the
/// broker did not respond, the latest event time and the last arrival when nothing has arrived yet, the problem unless the partition is stopped.
/// </summary>
public sealed record PartitionStatus(
    int Partition, long Next, long? Lag, string? Watermark, string? MaxEventTime, string? LastArrival, bool IsIdle,
    long Applied, long Counted, long Late, long Rejected, long Blank, long Missing,
    IReadOnlyDictionary<string, long> ByReason, int OpenPanes, string? Problem);

/// <summary>Where a record is in the topic's log.</summary>
public sealed record RecordPlace(int Partition, long Offset);

/// <summary>The status of a window family.</summary>
public sealed record FamilyStatus(string Window, string? FinalBefore, int PublishedNotFinal);

/// <summary>The status of the topic.</summary>
public sealed record Status(
    string Topic, string? Watermark, string? Final, long? Lag, long Counted, long Late,
    long Rejected, IReadOnlyList<FamilyStatus> Windows, IReadOnlyList<string> OpenPanes,
    IReadOnlyList<PartitionStatus> Partitions)
{
    /// <summary>The number of late events by the start of their minute.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyDictionary<string, long> LateByMinute { get; init; }

    /// <summary>The number of late events in a window whose end the watermark of their partition had not reached.</summary>
    [JsonPropertyOrder(1)]
    public required long LateInOpenWindows { get; init; }

    /// <summary>The number of late events of earlier minutes, which are counted together.</summary>
    [JsonPropertyOrder(1)]
    public required long LateOfEarlierMinutes { get; init; }

    /// <summary>The latest event time of all partitions; null before the first event.</summary>
    [JsonPropertyOrder(1)]
    public required string? MaxEventTime { get; init; }

    /// <summary>When a partition last advanced; null before the first record.</summary>
    [JsonPropertyOrder(1)]
    public required string? LastArrival { get; init; }

    /// <summary>By reason, a record that was not counted for it: the last one of the partition that moved last.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyDictionary<string, RecordPlace> LastByReason { get; init; }
}

/// <summary>Reads the status of the topic from durable state and from the broker, without changing anything.</summary>
public sealed class TopicStatus(FunctionsOptions options, IBroker broker, TimeProvider time)
{
    private static readonly RecordOutcome[] Reasons =
        [.. Enum.GetValues<RecordOutcome>().Where(outcome => outcome != RecordOutcome.Counted)];

    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(15); // longer than the broker's own, whose message says more

    /// <summary>Reads the status of the topic.</summary>
    public async Task<Status> ReadAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        (int Partition, PartitionState Cursor)[] cursors = await Task.WhenAll(state.Partitions.Select(async partition =>
            (partition, await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Dictionary<int, Waiting> waiting = await AskBrokerAsync(cursors, nowMs, cancellationToken).ConfigureAwait(false);
        PartitionView[] views = [.. cursors.Select(
            entry => new PartitionView(entry.Partition, entry.Cursor, waiting.GetValueOrDefault(entry.Partition) is not { HasMore: false }))];
        TopicView topic = new(views, nowMs);
        long watermarkMs = topic.WatermarkMs(options.Engine);
        return new Status(
            options.Names.Id,
            TimeOf(watermarkMs),
            TimeOf(state.FinalMs),
            waiting.Count == views.Length ? waiting.Values.Sum(found => found.Lag) : null,
            views.Sum(view => view.Cursor.Counted),
            views.Sum(view => view.Cursor.CountOf(RecordOutcome.Late)),
            views.Sum(view => view.Cursor.Rejected),
            [.. state.Families.Select(family => new FamilyStatus(family.Definition.Name, TimeOf(family.FinalBeforeMs), family.Published.Count))],
            [.. views.SelectMany(view => view.Cursor.Marks.Keys).Where(pane => !state.IsFinalPane(pane)).Distinct().Order().Select(TimeText.Format)],
            [.. views.Select(view => PartitionOf(view, nowMs, waiting.GetValueOrDefault(view.Partition)))])
        {
            LateByMinute = views.SelectMany(view => view.Cursor.Late).GroupBy(late => late.Key).OrderBy(group => group.Key)
                .ToDictionary(group => TimeText.Format(group.Key), group => group.Sum(late => late.Value)),
            LateInOpenWindows = views.Sum(view => view.Cursor.LateInOpenWindow),
            LateOfEarlierMinutes = views.Sum(view => view.Cursor.LateElsewhere),
            MaxEventTime = TimeOf(views.Select(view => view.Cursor.MaxEventTimeMs).DefaultIfEmpty(EventTime.None).Max()),
            LastArrival = TimeOf(topic.LastArrivalMs),
            LastByReason = LastByReason(views),
        };
    }

    /// <summary>The problem that prevents the app from working; null if there is none.</summary>
    public async Task<string?> FindProblemAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        string?[] problems = await Task.WhenAll(
            ProblemOfAsync("The durable store", () => new TopicEntities(client.Entities, options.Names, options.Engine)
                .ReadTopicAsync(cancellationToken), cancellationToken),
            ProblemOfAsync("The broker", () => broker.PingAsync(cancellationToken), cancellationToken)).ConfigureAwait(false);
        return problems.Any(problem => problem is not null) ? string.Join(' ', problems.OfType<string>()) : null;
    }

    /// <summary>The message of a failure, without passwords and keys.</summary>
    public string Describe(Exception problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Secrets.Hide($"{problem.GetType().Name}: {problem.Message}", [options.Password, .. options.Sinks.SelectMany(sink => sink.Secrets)]);
    }

    private async Task<string?> ProblemOfAsync(string what, Func<Task> ask, CancellationToken cancellationToken)
    {
        Task? asked = null;
        try
        {
            asked = ask();
            await asked.WaitAsync(HealthTimeout, time, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException) when (asked is { IsCompleted: false })
        {
            return $"{what} did not answer in {HealthTimeout.TotalSeconds} s.";
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{what} cannot be used: {Describe(problem)}";
        }
    }

    /// <summary>
    /// What waits in the logs of the partitions that have a cursor. Partitions for which the broker does not respond in time are absent.
    /// </summary>
    private async Task<Dictionary<int, Waiting>> AskBrokerAsync(
        IReadOnlyList<(int Partition, PartitionState Cursor)> cursors, long nowMs, CancellationToken cancellationToken)
    {
        List<(int Partition, Task<Waiting> Answer)> asked =
            [.. cursors.Where(entry => entry.Cursor.IsOpen)
                .Select(entry => (entry.Partition, AskBrokerAsync(entry.Partition, entry.Cursor, nowMs, cancellationToken)))];
        try
        {
            await Task.WhenAll(asked.Select(question => question.Answer)).WaitAsync(HealthTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The durable part of the status is useful nevertheless, and health reports what is wrong with the broker.
        }

        Dictionary<int, Waiting> answers = [];
        foreach ((int partition, Task<Waiting> answer) in asked.Where(question => question.Answer.IsCompletedSuccessfully))
        {
            answers.Add(partition, await answer.ConfigureAwait(false));
        }

        return answers;
    }

    private async Task<Waiting> AskBrokerAsync(int partition, PartitionState cursor, long nowMs, CancellationToken cancellationToken)
    {
        LogBounds log = await broker.BoundsAsync(partition, cancellationToken).ConfigureAwait(false);
        long lag = log.LagFrom(cursor.Next);
        string? problem = LogStep.MismatchOf(partition, cursor.Next, log)?.Message;
        bool isQuiet = nowMs - cursor.LastArrivalMs >= (long)options.Engine.IdleTimeout.TotalMilliseconds;
        return new Waiting(
            lag, problem, !isQuiet || problem is not null
                || (lag > 0 && await broker.HasRecordAsync(partition, cursor.Next, cancellationToken).ConfigureAwait(false)));
    }

    private PartitionStatus PartitionOf(PartitionView view, long nowMs, Waiting? waiting)
    {
        PartitionState cursor = view.Cursor;
        Dictionary<string, long> reasons = [];
        foreach (RecordOutcome reason in Reasons.Where(reason => cursor.CountOf(reason) > 0))
        {
            reasons.Add(reason.Name(), cursor.CountOf(reason));
        }

        return new PartitionStatus(
            view.Partition, cursor.Next, waiting?.Lag, TimeOf(cursor.WatermarkMs), TimeOf(cursor.MaxEventTimeMs),
            cursor.Next > cursor.Start ? TimeText.Format(cursor.LastArrivalMs) : null,
            view.IsIdle(nowMs, (long)options.Engine.IdleTimeout.TotalMilliseconds), cursor.Next - cursor.Start, cursor.Counted,
            cursor.CountOf(RecordOutcome.Late), cursor.Rejected, cursor.Blank, cursor.Missing, reasons, cursor.Marks.Count, waiting?.Problem);
    }

    private static Dictionary<string, RecordPlace> LastByReason(IEnumerable<PartitionView> views)
    {
        Dictionary<string, RecordPlace> last = [];
        foreach (PartitionView view in views.OrderByDescending(view => view.Cursor.LastArrivalMs))
        {
            foreach (RecordOutcome reason in Reasons)
            {
                if (view.Cursor.LastOffsetOf(reason) is { } offset)
                {
                    last.TryAdd(reason.Name(), new RecordPlace(view.Partition, offset));
                }
            }
        }

        return last;
    }

    private static string? TimeOf(long timeMs) => timeMs == EventTime.None ? null : TimeText.Format(timeMs);

    /// <summary>What a log contains beyond a cursor.</summary>
    /// <param name="Lag">The number of offsets, whether or not there are records.</param>
    /// <param name="Problem">Why the cursor cannot continue in the log; null when it can.</param>
    /// <param name="HasMore">Whether that keeps the partition from being idle.</param>
    private sealed record Waiting(long Lag, string? Problem, bool HasMore);
}
