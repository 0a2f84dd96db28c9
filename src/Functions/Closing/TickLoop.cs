using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Reads the state of the topic and starts what is due. A tick is only a hint: one that is missing, late, repeated or interrupted affects
/// only when things happen.
/// </summary>
public sealed class TickLoop(
    TopicReader reader, IdleLifter lifter, ResultSinks sinks, FunctionsOptions options,
    TimeProvider time, TidemarkMetrics metrics, ILogger<TickLoop> log)
{
    private readonly WatermarkTimes _passed = new();

    /// <summary>Runs one tick.</summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        TopicEntities entities = new(client.Entities, options.Names, options.Engine);
        TopicLook look = await reader.LookAsync(entities, cancellationToken).ConfigureAwait(false);
        (TopicState state, TopicView topic) = look;
        TickPlan plan = await StartDueAsync(client, entities, look, cancellationToken).ConfigureAwait(false);
        bool isFinal = await MakeFinalAsync(entities, state, topic, plan, cancellationToken).ConfigureAwait(false);
        bool isPruned = await PruneAsync(entities, state, topic, cancellationToken).ConfigureAwait(false);
        await TellAsync(state, topic, plan, cancellationToken).ConfigureAwait(false);
        bool isNothingDue = plan is { Panes.Count: 0, Windows.Count: 0, Empty.Count: 0 };
        await reader.KeepAsync(look, isNothingDue && isFinal && isPruned, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts what is due between two ticks, after an event on which the next tick would act. May run concurrently with ticks and with
    /// itself. A failure is logged and left to the next tick.
    /// </summary>
    public async Task StartDueAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        try
        {
            TopicEntities entities = new(client.Entities, options.Names, options.Engine);
            TopicLook look = await reader.ReadAsync(entities, cancellationToken).ConfigureAwait(false);
            await StartDueAsync(client, entities, look, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            log.TickFailed(problem);
        }
    }

    private async Task<TickPlan> StartDueAsync(DurableTaskClient client, TopicEntities entities, TopicLook look, CancellationToken cancellationToken)
    {
        TickPlan plan = TickPlan.Of(look.State, look.Topic, options.Engine);
        _passed.Note(plan.WatermarkMs, look.Topic.NowMs);
        foreach (PaneToClose pane in plan.Panes.Take(options.MaxConcurrentPanes))
        {
            await StartAsync(client, nameof(ClosePaneOrchestration),
                entities.Names.ClosePane(pane.PaneMs, pane.Revision), pane, cancellationToken).ConfigureAwait(false);
        }

        foreach (WindowToPublish window in plan.Windows.Take(options.MaxConcurrentWindows))
        {
            PublishOrder order = new(window.Family, window.Interval.StartMs, window.Interval.EndMs,
                window.Revision, plan.WatermarkMs, _passed.PassedMs(window.Interval.EndMs));
            string id = entities.Names.Publish(window.Family, window.Interval, window.Revision);
            await StartAsync(client, nameof(PublishOrchestration), id, order, cancellationToken).ConfigureAwait(false);
        }

        foreach (EmptyToPublish empty in plan.Empty)
        {
            await PublishAsync(client, entities, empty, plan.WatermarkMs, cancellationToken).ConfigureAwait(false);
        }

        return plan;
    }

    private async Task PublishAsync(
        DurableTaskClient client, TopicEntities entities, EmptyToPublish empty, long watermarkMs, CancellationToken cancellationToken)
    {
        if (empty.Skipped > 0)
        {
            log.EmptySkipped(empty.Skipped, empty.Family, empty.AfterMs, empty.UntilMs);
            await entities.EmptyPublishedAsync(
                new EmptyPublished(empty.Family, empty.AfterMs, empty.UntilMs, watermarkMs), cancellationToken).ConfigureAwait(false);
            return;
        }

        PublishOrder order = new(empty.Family, empty.AfterMs, empty.UntilMs, PublishOrder.Empty, watermarkMs, EmptyEndsMs: empty.EndsMs);
        await StartAsync(client, nameof(PublishOrchestration),
            entities.Names.PublishEmpty(empty.Family, empty.AfterMs), order, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Whether nothing was to be done.</returns>
    private async Task<bool> MakeFinalAsync(
        TopicEntities entities, TopicState state, TopicView topic, TickPlan plan, CancellationToken cancellationToken)
    {
        FinalityPlan finality = FinalityPlan.Of(state, topic, plan, options.Engine);
        if (finality.FinalMs is { } finalMs)
        {
            await entities.FinalAsync(new PanesFinal(finalMs, finality.PartitionsSeen), cancellationToken).ConfigureAwait(false);
        }

        await Task.WhenAll(finality.Lifts.Select(lift => lifter.LiftAsync(entities, lift, cancellationToken))).ConfigureAwait(false);
        return finality is { FinalMs: null, Lifts.Count: 0 };
    }

    /// <summary>Drops marks that are no longer needed.</summary>
    /// <returns>Whether there were none, and the state includes everything that the cursors have dropped.</returns>
    private static async Task<bool> PruneAsync(TopicEntities entities, TopicState state, TopicView topic, CancellationToken cancellationToken)
    {
        PartitionView[] toPrune = [.. topic.Partitions.Where(view => view.Cursor.Marks.Keys.Any(state.IsFinalPane))];
        foreach (PartitionView view in toPrune)
        {
            await entities.PruneAsync(view.Partition, state.FinalMs, cancellationToken).ConfigureAwait(false);
        }

        return toPrune.Length == 0 && topic.Partitions.All(view => view.Cursor.PrunedMs <= state.FinalMs);
    }

    /// <summary>Notifies the sinks of finality and records the metrics.</summary>
    private async Task TellAsync(TopicState state, TopicView topic, TickPlan plan, CancellationToken cancellationToken)
    {
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        metrics.Ticked(
            plan.WatermarkMs == EventTime.None ? null : nowMs - plan.WatermarkMs,
            topic.Partitions.Any(view => view.HasMore || view.Cursor.Next > view.Cursor.Start),
            topic.Partitions.SelectMany(view => view.Cursor.Marks.Keys).Where(pane => !state.IsFinalPane(pane)).Union(state.Panes.Keys).Count());
        try
        {
            foreach (FamilyProgress family in state.Families)
            {
                await sinks.MarkFinalAsync(family.Definition.Name, family.FinalBeforeMs, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // ResultSinks has logged that a sink fails. Each tick tries again.
            log.NotMarkedFinal(problem);
        }
    }

    /// <summary>
    /// Starts an instance unless it is running. A completed one is started again, and finds out itself whether anything is left to do.
    /// </summary>
    private async Task StartAsync(DurableTaskClient client, string orchestration, string id, object input, CancellationToken cancellationToken)
    {
        try
        {
            OrchestrationMetadata? known = await client.GetInstanceAsync(id, cancellationToken).ConfigureAwait(false);
            if (known?.RuntimeStatus is not (OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Pending))
            {
                await client.ScheduleNewOrchestrationInstanceAsync(
                    orchestration, input, InstanceStart.Of(id), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Started by someone else between the two calls, or the store is not available: the next tick decides again.
            log.NotStarted(problem, id);
        }
    }
}
