using System.Text.Json.Serialization;
using Microsoft.DurableTask.Client;
using Tidemark.Aggregation;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Events;
using Tidemark.Aggregation.Watermarks;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Windows;

namespace Tidemark.Functions.Query;

/// <summary>How a partition stands. What was applied is counted, late, rejected, blank or missing: they add up.</summary>
public sealed record PartitionStatus(
    int Partition, long Next, string? Watermark, string LastArrival, long Applied, long Counted, long Late, long Rejected, long Blank, long Missing,
    IReadOnlyDictionary<string, long> ByReason, int OpenPanes);

/// <summary>How a family of windows stands.</summary>
public sealed record FamilyStatus(string Window, string? FinalBefore, int EmittedNotFinal);

/// <summary>How the topic stands.</summary>
public sealed record Status(
    string Topic, string? Watermark, string? Final, long Counted, long Late, long Rejected, IReadOnlyList<FamilyStatus> Windows, IReadOnlyList<string> OpenPanes,
    IReadOnlyList<PartitionStatus> Partitions)
{
    /// <summary>Late events by the start of the pane that they missed.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyDictionary<string, long> LateByPane { get; init; }
}

/// <summary>Reads how the topic stands, from durable state alone.</summary>
public sealed class TopicStatus(FunctionsOptions options, IBroker broker, TimeProvider time)
{
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(15); // longer than the broker's own, which says more

    /// <summary>How the topic stands.</summary>
    public async Task<Status> ReadAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        CloseState state = await entities.ReadCloseAsync(cancellationToken).ConfigureAwait(false);
        PartitionView[] views = await Task.WhenAll(state.Partitions.Select(async partition =>
            new PartitionView(partition, await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false), HasMore: false))).ConfigureAwait(false);
        long watermarkMs = new TopicView(views, time.GetUtcNow().ToUnixTimeMilliseconds()).WatermarkMs(options.Engine);
        return new Status(
            options.Names.Id,
            TimeOf(watermarkMs),
            TimeOf(state.FinalMs),
            views.Sum(view => view.Cursor.Counted),
            views.Sum(view => view.Cursor.CountOf(Rejection.Late)),
            views.Sum(view => view.Cursor.Rejected),
            [.. state.Families.Select(family => new FamilyStatus(family.Definition.Name, TimeOf(family.FinalBeforeMs), family.Emitted.Count))],
            [.. views.SelectMany(view => view.Cursor.Marks.Keys).Where(pane => !state.IsFinalPane(pane)).Distinct().Order().Select(TimeText.Format)],
            [.. views.Select(PartitionOf)])
        {
            LateByPane = views.SelectMany(view => view.Cursor.Late).GroupBy(late => late.Key).OrderBy(group => group.Key)
                .ToDictionary(group => TimeText.Format(group.Key), group => group.Sum(late => late.Value)),
        };
    }

    /// <summary>What keeps the app from working; null when nothing does.</summary>
    public async Task<string?> FindProblemAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        string?[] problems = await Task.WhenAll(
            ProblemOfAsync("The durable store", () => new TopicEntities(client.Entities, options.Names, options.Engine).ReadCloseAsync(cancellationToken), cancellationToken),
            ProblemOfAsync("The broker", () => broker.PartitionsAsync(cancellationToken), cancellationToken)).ConfigureAwait(false);
        return problems.Any(problem => problem is not null) ? string.Join(' ', problems.OfType<string>()) : null;
    }

    /// <summary>What went wrong, as one may show it: without passwords and keys.</summary>
    public string Describe(Exception problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Secrets.Hide($"{problem.GetType().Name}: {problem.Message}", [options.Password, options.Redis?.Password]);
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

    private static PartitionStatus PartitionOf(PartitionView view)
    {
        PartitionState cursor = view.Cursor;
        Dictionary<string, long> reasons = [];
        for (Rejection reason = Rejection.TooLarge; reason <= Rejection.Late; reason++)
        {
            if (cursor.CountOf(reason) > 0)
            {
                reasons.Add(reason.Name(), cursor.CountOf(reason));
            }
        }

        return new PartitionStatus(
            view.Partition, cursor.Next, TimeOf(cursor.WatermarkMs), TimeText.Format(cursor.LastArrivalMs), cursor.Next - cursor.Start, cursor.Counted,
            cursor.CountOf(Rejection.Late), cursor.Rejected, cursor.Blank, cursor.Missing, reasons, cursor.Marks.Count);
    }

    private static string? TimeOf(long timeMs) => timeMs == PartitionCursor.NoTime ? null : TimeText.Format(timeMs);
}
