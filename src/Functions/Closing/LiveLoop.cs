using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Writes the current results of open windows about once a second, so that dashboards need not wait for the watermark. Makes no decisions:
/// a round may be late, repeated or missing.
/// </summary>
public sealed class LiveLoop(
    IBroker broker, Arrivals arrivals, FunctionsOptions options, ResultSinks sinks,
    TimeProvider time, TidemarkMetrics metrics, ILogger<LiveLoop> log) : IDisposable
{
    /// <summary>The minimum time between two rounds.</summary>
    private static readonly TimeSpan MinBetween = TimeSpan.FromMilliseconds(750);

    /// <summary>The maximum wait for a batch, which leaves time for a round before the next tick.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(850);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly LivePanes _panes = new(options.Engine);
    private readonly RestWatch _rest = new(broker, time);
    private readonly Dictionary<(string Family, long EndMs), long> _published = [];
    private long _seen;
    private long? _roundAt;
    private bool _isFailing;

    /// <summary>
    /// Runs one round or two, unless one is in progress. Waits a while for a batch, so that its events are shown immediately.
    /// </summary>
    public async Task RunAsync(DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!sinks.TakesLive || !await _turn.WaitAsync(0, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await RunRoundsAsync(new TopicEntities(client.Entities, options.Names, options.Engine), cancellationToken).ConfigureAwait(false);
            if (_isFailing)
            {
                _isFailing = false;
                log.LiveBack();
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Logged once, not every second.
            if (!_isFailing)
            {
                _isFailing = true;
                log.LiveFailed(problem);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>
    /// Runs a round right after a batch. If timer and batches are out of phase, a round is delayed by the difference, and the next one by
    /// less, until they are in phase; the time between rounds is at least <see cref="MinBetween"/>.
    /// </summary>
    private async Task RunRoundsAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan rest = _roundAt is { } at ? MinBetween - time.GetElapsedTime(at) : TimeSpan.Zero;
        long count = await arrivals.WaitAsync(_seen, rest, MaxWait, cancellationToken).ConfigureAwait(false);
        do
        {
            _seen = count;
            _roundAt = time.GetTimestamp();
            if (!await _rest.IsStillAsync(cancellationToken).ConfigureAwait(false))
            {
                await WriteAsync(entities, cancellationToken).ConfigureAwait(false);
            }

            TimeSpan left = MaxWait - time.GetElapsedTime(started);
            count = left > MinBetween ? await arrivals.WaitAsync(_seen, MinBetween, left, cancellationToken).ConfigureAwait(false) : _seen;
        }
        while (count != _seen);
    }

    private async Task WriteAsync(TopicEntities entities, CancellationToken cancellationToken)
    {
        TopicState state = await entities.ReadTopicAsync(cancellationToken).ConfigureAwait(false);

        // The broker is not asked for records beyond the cursors, so no partition counts as idle:
        // the watermark may be too low, never too high.
        PartitionView[] partitions = await Task.WhenAll(state.Partitions.Select(async partition =>
            new PartitionView(partition, await entities.ReadPartitionAsync(partition, cancellationToken).ConfigureAwait(false),
                HasMore: true))).ConfigureAwait(false);
        TopicView topic = new(partitions, time.GetUtcNow().ToUnixTimeMilliseconds());
        Dictionary<long, List<PartitionView>> marked = [];
        foreach (PartitionView view in partitions)
        {
            foreach (long paneMs in view.Cursor.Marks.Keys)
            {
                (marked.TryGetValue(paneMs, out List<PartitionView>? views) ? views : marked[paneMs] = []).Add(view);
            }
        }

        SortedSet<long> withRows = [.. marked.Keys, .. state.Panes.Keys];
        List<(FamilyProgress Family, Interval Window)> open = OpenWindows(state, withRows);
        HashSet<long> needed = [];
        open.RemoveAll(entry => !LivePanes.TryNeed(needed, withRows.GetViewBetween(entry.Window.StartMs, entry.Window.EndMs - 1)));
        _panes.KeepOnly(needed);
        long reads = _panes.Reads;
        long watermarkMs = Math.Max(state.PublishedWatermarkMs, topic.WatermarkMs(options.Engine));
        List<WindowResult> results = [];
        WindowMerger merger = new(options.Engine);
        foreach ((FamilyProgress family, Interval window) in open)
        {
            if (await ResultAsync(family, window).ConfigureAwait(false) is { } result)
            {
                results.Add(result);
            }
        }

        if (results.Count > 0)
        {
            await sinks.WriteLiveAsync(results, cancellationToken).ConfigureAwait(false);
            Note(results, open, topic);
        }
        else if (_panes.Reads == reads)
        {
            await _rest.TryBeginAsync(partitions, cancellationToken).ConfigureAwait(false);
        }

        async Task<WindowResult?> ResultAsync(FamilyProgress family, Interval window)
        {
            List<Accumulator> parts = [];
            long sequence = 0;
            foreach (long paneMs in withRows.GetViewBetween(window.StartMs, window.EndMs - 1))
            {
                state.Panes.TryGetValue(paneMs, out PaneProgress? progress);
                List<PartitionView> partitions = marked.GetValueOrDefault(paneMs) ?? [];
                if (await _panes.GetAsync(entities, paneMs, progress, partitions, cancellationToken).ConfigureAwait(false) is not { } pane)
                {
                    return null;
                }

                parts.Add(pane.Rows);
                sequence += pane.Sequence;
            }

            return _published.GetValueOrDefault((family.Definition.Name, window.EndMs), -1) >= sequence
                ? null
                : merger.Merge(Publication.Of(
                    family.Definition, window, Phase.Live, 0, watermarkMs == EventTime.None ? null : watermarkMs, parts, sequence));
        }
    }

    /// <summary>The windows with rows that were never written; of each family those that close next.</summary>
    private List<(FamilyProgress Family, Interval Window)> OpenWindows(TopicState state, SortedSet<long> withRows)
    {
        List<(FamilyProgress Family, Interval Window)> open = [];
        foreach (FamilyProgress family in state.Families)
        {
            SortedDictionary<long, Interval> windows = [];
            foreach (long paneMs in withRows)
            {
                if (windows.Count >= LiveWindows.MaxOfFamily && windows.Keys.Skip(LiveWindows.MaxOfFamily - 1).First() <= paneMs)
                {
                    break;
                }

                foreach (Interval window in family.Definition.WindowsContaining(options.Grid.PaneAt(paneMs)))
                {
                    if (window.EndMs > family.FinalBeforeMs && !family.IsPublished(window.EndMs))
                    {
                        windows.TryAdd(window.EndMs, window);
                    }
                }
            }

            open.AddRange(LiveWindows.CloseNext(windows.Values, families: 1, _ => 0).Select(window => (family, window)));
        }

        return open;
    }

    private void Note(List<WindowResult> results, List<(FamilyProgress Family, Interval Window)> open, TopicView topic)
    {
        foreach (WindowResult result in results)
        {
            _published[(result.Window, result.EndMs)] = result.Sequence;
        }

        HashSet<(string, long)> kept = [.. open.Select(entry => (entry.Family.Definition.Name, entry.Window.EndMs))];
        foreach ((string, long) gone in _published.Keys.Where(window => !kept.Contains(window)).ToList())
        {
            _published.Remove(gone);
        }

        metrics.Live(TimeSpan.FromMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds() - topic.LastArrivalMs));
    }
}
