using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>A revision of a window that is to be written; at revision <see cref="Empty"/> all windows of the family without rows that end in <c>(StartMs, EndMs]</c>.</summary>
/// <param name="Family">The name of its family.</param>
/// <param name="StartMs">Its start.</param>
/// <param name="EndMs">Its end.</param>
/// <param name="Revision">The sum of its panes' revisions.</param>
/// <param name="WatermarkMs">The topic's watermark.</param>
/// <param name="PassedMs">When a tick first saw the watermark past the end, if that is known.</param>
/// <param name="EmptyEndsMs">The ends of the windows without rows.</param>
public sealed record PublishOrder(
    string Family, long StartMs, long EndMs, long Revision, long WatermarkMs, long? PassedMs = null, IReadOnlyList<long>? EmptyEndsMs = null)
{
    /// <summary>The revision of a window without rows: any row makes a higher one, which replaces the zeros.</summary>
    public const long Empty = 0;
}

/// <summary>Merges the panes of a window and writes the result.</summary>
public sealed class WindowPublisher(FunctionsOptions options, ResultSinks sinks, TimeProvider time, TidemarkMetrics metrics, ILogger<WindowPublisher> log)
{
    private const int ReadsAtATime = 16;

    /// <summary>Writes a revision, made of exactly the panes that one snapshot of the topic's state names.</summary>
    /// <returns>Whether it is written. If not, it is no longer the one to write, or panes were not to be had in time: a later tick looks again.</returns>
    /// <exception cref="Sinks.SinkException">A sink failed. Writing it again is harmless.</exception>
    public async Task<bool> PublishAsync(TopicEntities entities, PublishOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(order);
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);
        FamilyProgress? family = state.Family(order.Family);
        if (family is not null && order.Revision == PublishOrder.Empty)
        {
            return await PublishEmptyAsync(state, family, order, cancellationToken).ConfigureAwait(false);
        }

        List<KeyValuePair<long, PaneProgress>> panes = [.. state.Panes.Where(pane => pane.Key >= order.StartMs && pane.Key < order.EndMs)];
        if (family is null || order.EndMs <= family.FinalBeforeMs || panes.Sum(pane => pane.Value.Revision) != order.Revision)
        {
            log.NotPublished(order.Family, order.EndMs, order.Revision, "no longer the one to write");
            return false;
        }

        Accumulator all = new(options.Engine.Limits);
        Confirmation reads = new(time, options.Timing, options.Timing.StepTimeout);
        foreach (KeyValuePair<long, PaneProgress>[] some in panes.Chunk(ReadsAtATime))
        {
            PaneState?[] read = await Task.WhenAll(some.Select(pane => ReadAsync(entities, pane.Key, pane.Value, reads, cancellationToken))).ConfigureAwait(false);
            foreach (PaneState? pane in read)
            {
                if (pane is null)
                {
                    log.NotPublished(order.Family, order.EndMs, order.Revision, "its panes are not what they were");
                    return false;
                }

                all.Merge(pane.Rows(options.Engine.Limits));
            }
        }

        WindowResult result = ResultOf(family, state, order, new Interval(order.StartMs, order.EndMs), all);
        await sinks.WriteAsync(result, cancellationToken).ConfigureAwait(false);
        if (result.Phase == Phase.OnTime && order.PassedMs is { } passedMs)
        {
            metrics.Closed(TimeSpan.FromMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds() - passedMs));
        }

        log.Published(order.Family, order.EndMs, order.Revision);
        return true;
    }

    /// <summary>Tells the topic's state of a revision that was written, and waits a while for it to be there.</summary>
    public async Task ConfirmAsync(TopicEntities entities, PublishOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(order);
        await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            SendAsync,
            async () => await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false) is { } state && IsConfirmed(state, order) ? state : null,
            cancellationToken).ConfigureAwait(false);

        Task SendAsync() => order.Revision == PublishOrder.Empty
            ? entities.EmptyPublishedAsync(new EmptyPublished(order.Family, order.StartMs, order.EndMs, order.WatermarkMs), cancellationToken)
            : entities.PublishedAsync(new WindowPublished(order.Family, order.EndMs, order.Revision, order.WatermarkMs), cancellationToken);
    }

    /// <returns>Whether it is known to be published, or never will be: an earlier first event has come, so that the zeros from there on are published again.</returns>
    private static bool IsConfirmed(TopicState state, PublishOrder order)
    {
        if (state.Family(order.Family) is not { } family || order.EndMs <= family.FinalBeforeMs)
        {
            return true;
        }

        return order.Revision == PublishOrder.Empty
            ? state.EmptyFromMs(family) >= order.EndMs || state.EmptyFromMs(family) < order.StartMs
            : family.Published.GetValueOrDefault(order.EndMs) >= order.Revision;
    }

    private async Task<bool> PublishEmptyAsync(TopicState state, FamilyProgress family, PublishOrder order, CancellationToken cancellationToken)
    {
        if (state.EmptyWindows(family, order.StartMs, order.EndMs) is not { } windows)
        {
            log.NotPublished(order.Family, order.EndMs, order.Revision, "no longer the ones to write");
            return false;
        }

        // The state may be older than the one that the order was made from, and then know less.
        foreach (Interval window in windows.Where(window => order.EmptyEndsMs?.Contains(window.EndMs) == true))
        {
            await sinks.WriteAsync(ResultOf(family, state, order, window, new Accumulator(options.Engine.Limits)), cancellationToken).ConfigureAwait(false);
        }

        log.Published(order.Family, order.EndMs, order.Revision);
        return true;
    }

    /// <returns>Exactly the pane of the snapshot: a missing pane is never an empty one, and a newer or another one is not the snapshot's.</returns>
    private static async Task<PaneState?> ReadAsync(
        TopicEntities entities, long paneMs, PaneProgress wanted, Confirmation reads, CancellationToken cancellationToken)
    {
        PaneState? pane = await reads.WaitAsync(
            async () => await entities.ReadPaneAsync(paneMs, cancellationToken).ConfigureAwait(false) is { } read && read.Revision >= wanted.Revision ? read : null,
            cancellationToken).ConfigureAwait(false);
        return pane is not null && wanted.IsOf(pane) ? pane : null;
    }

    private WindowResult ResultOf(FamilyProgress family, TopicState state, PublishOrder order, Interval window, Accumulator all)
    {
        long watermarkMs = Math.Max(order.WatermarkMs, state.PublishedWatermarkMs);
        return new WindowMerger(options.Engine).Merge(Publication.Of(
            family.Definition,
            window,
            order.Revision != PublishOrder.Empty && family.IsPublished(order.EndMs) ? Phase.Corrected : Phase.OnTime,
            order.Revision,
            watermarkMs == EventTime.None ? null : watermarkMs,
            [all]));
    }
}
