using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// A revision of a window to write; with revision <see cref="Empty"/>, all windows of the family without rows that end in <c>(StartMs,
/// EndMs]</c>.
/// </summary>
/// <param name="Family">The name of the family.</param>
/// <param name="StartMs">The window's start, epoch milliseconds.</param>
/// <param name="EndMs">The window's end, epoch milliseconds.</param>
/// <param name="Revision">The sum of the revisions of the window's panes.</param>
/// <param name="WatermarkMs">The topic's watermark, epoch milliseconds.</param>
/// <param name="PassedMs">When a tick first saw the watermark past the end, epoch milliseconds; null when unknown.</param>
/// <param name="EmptyEndsMs">The ends of the windows without rows, epoch milliseconds.</param>
public sealed record PublishOrder(
    string Family, long StartMs, long EndMs, long Revision, long WatermarkMs, long? PassedMs = null, IReadOnlyList<long>? EmptyEndsMs = null)
{
    /// <summary>The revision of a window without rows. Any row leads to a higher one, which replaces the zeros.</summary>
    public const long Empty = 0;
}

/// <summary>Merges the panes of a window and writes the result.</summary>
public sealed class WindowPublisher(
    FunctionsOptions options, ResultSinks sinks, TimeProvider time, TidemarkMetrics metrics, ILogger<WindowPublisher> log)
{
    private const int ReadsAtATime = 16;

    /// <summary>Writes a revision, merged from exactly the panes of one snapshot of the topic's state.</summary>
    /// <returns>Whether it is written. If not, it is obsolete, or panes could not be read in time; a later tick tries again.</returns>
    /// <exception cref="Sinks.SinkException">A sink failed. Writing again is harmless.</exception>
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
            log.NotPublished(order.Family, order.EndMs, order.Revision, "obsolete");
            return false;
        }

        Accumulator all = new(options.Engine.Limits);
        Confirmation reads = new(time, options.Timing, options.Timing.StepTimeout);
        foreach (KeyValuePair<long, PaneProgress>[] some in panes.Chunk(ReadsAtATime))
        {
            PaneState?[] read = await Task.WhenAll(
                some.Select(pane => ReadAsync(entities, pane.Key, pane.Value, reads, cancellationToken))).ConfigureAwait(false);
            foreach (PaneState? pane in read)
            {
                if (pane is null)
                {
                    log.NotPublished(order.Family, order.EndMs, order.Revision, "its panes have changed");
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

    /// <summary>Records a written revision in the topic's state, and waits until it is committed.</summary>
    public async Task ConfirmAsync(TopicEntities entities, PublishOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entities);
        ArgumentNullException.ThrowIfNull(order);
        await new Confirmation(time, options.Timing, options.Timing.StepTimeout).SendAsync(
            SendAsync,
            async () =>
                await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false) is { } state && IsConfirmed(state, order) ? state : null,
            cancellationToken).ConfigureAwait(false);

        Task SendAsync() => order.Revision == PublishOrder.Empty
            ? entities.EmptyPublishedAsync(new EmptyPublished(order.Family, order.StartMs, order.EndMs, order.WatermarkMs), cancellationToken)
            : entities.PublishedAsync(new WindowPublished(order.Family, order.EndMs, order.Revision, order.WatermarkMs), cancellationToken);
    }

    /// <returns>
    /// Whether it is recorded as published, or never will be because an earlier first event has arrived and the zeros from there on are
    /// published again.
    /// </returns>
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
            log.NotPublished(order.Family, order.EndMs, order.Revision, "obsolete");
            return false;
        }

        // The state may be older than the one from which the order was made, and then lack rows.
        foreach (Interval window in windows.Where(window => order.EmptyEndsMs?.Contains(window.EndMs) == true))
        {
            await sinks.WriteAsync(
                ResultOf(family, state, order, window, new Accumulator(options.Engine.Limits)), cancellationToken).ConfigureAwait(false);
        }

        log.Published(order.Family, order.EndMs, order.Revision);
        return true;
    }

    /// <returns>
    /// The pane, if it is exactly that of the snapshot: a missing pane is not an empty one, and a newer or different one does not match.
    /// </returns>
    private static async Task<PaneState?> ReadAsync(
        TopicEntities entities, long paneMs, PaneProgress wanted, Confirmation reads, CancellationToken cancellationToken)
    {
        PaneState? pane = await reads.WaitAsync(
            async () => await entities.ReadPaneAsync(paneMs, cancellationToken).ConfigureAwait(false) is { } read
                && read.Revision >= wanted.Revision ? read : null,
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
