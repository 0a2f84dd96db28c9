using System.Diagnostics.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Protocol;

namespace Tidemark.Functions.Hosting;

/// <summary>
/// What the app says about itself: the meter <c>Tidemark</c>. Counters count what became durable while this worker was applying it, each offset at most once; the exact
/// counts are the cursors' own.
/// </summary>
public sealed class TidemarkMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Tidemark";

    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private readonly Counter<long> _events;
    private readonly Counter<long> _late;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _closeFailures;
    private readonly Histogram<long> _signals;
    private readonly Histogram<double> _closeSeconds;
    private readonly Histogram<double> _liveDelaySeconds;
    private readonly TimeProvider _time;
    private Tick? _tick;
    private Lag? _lag;
    private StoppedCount? _stopped;

    /// <summary>Makes the instruments.</summary>
    public TidemarkMetrics(IMeterFactory meters, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _time = time ?? TimeProvider.System;
        Meter meter = meters.Create(MeterName);
        _events = meter.CreateCounter<long>("tidemark.events", "{event}", "Events counted in a window.");
        _late = meter.CreateCounter<long>("tidemark.late", "{event}", "Events past their allowed lateness.");
        _rejected = meter.CreateCounter<long>("tidemark.rejected", "{record}", "Records that could not be counted, by reason.");
        _deadLetters = meter.CreateCounter<long>("tidemark.dead_letters", "{record}", "Records written to the dead-letter topic; what is done again counts again.");
        _closeFailures = meter.CreateCounter<long>("tidemark.close_failures", "{failure}", "Attempts to close a pane or to write a window that failed, by step.");
        _signals = meter.CreateHistogram<long>("tidemark.signals_per_batch", "{signal}", "Signals that one batch took.");
        _closeSeconds = meter.CreateHistogram<double>("tidemark.close_duration", "s", "From a tick seeing the watermark pass a window's end to the window being written for the first time.");
        _liveDelaySeconds = meter.CreateHistogram<double>("tidemark.live_delay", "s", "From a batch being confirmed to its numbers being in the live results.");
        meter.CreateObservableGauge("tidemark.watermark_lag", LagOfTheWatermark, "s", "How far the topic's watermark is behind the clock; nothing while there is no watermark.");
        meter.CreateObservableGauge(
            "tidemark.watermark_missing",
            () => Volatile.Read(ref _tick) is { } tick ? WhileFresh(tick.At, tick.IsWatermarkMissing ? 1L : 0L) : [],
            "{topic}",
            "1 while the topic has records and no watermark, so that nothing closes; else 0.");
        meter.CreateObservableGauge("tidemark.open_panes", () => Volatile.Read(ref _tick) is { } tick ? WhileFresh(tick.At, tick.OpenPanes) : [], "{pane}", "Panes that hold events and are part of windows that are not final.");
        meter.CreateObservableGauge("tidemark.consumer_lag", () => Volatile.Read(ref _lag) is { } lag ? WhileFresh(lag.At, lag.Records) : [], "{record}", "Offsets between the cursors and the ends of their logs, over all partitions.");
        meter.CreateObservableGauge("tidemark.stopped_partitions", () => Volatile.Read(ref _stopped) is { } stopped ? WhileFresh(stopped.At, stopped.Partitions) : [], "{partition}", "Partitions that cannot go on until a person decides.");
    }

    /// <summary>Notes how far a cursor has come.</summary>
    /// <param name="before">What was counted before.</param>
    /// <param name="after">What is counted now.</param>
    public void Applied(PartitionState before, PartitionState after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        _events.Add(after.CountOf(RecordOutcome.Counted) - before.CountOf(RecordOutcome.Counted));
        _late.Add(after.CountOf(RecordOutcome.Late) - before.CountOf(RecordOutcome.Late));
        for (RecordOutcome reason = RecordOutcome.TooLarge; reason < RecordOutcome.Late; reason++)
        {
            if (after.CountOf(reason) - before.CountOf(reason) is var count and > 0)
            {
                _rejected.Add(count, new KeyValuePair<string, object?>("reason", reason.Name()));
            }
        }
    }

    /// <summary>Notes records that went to the dead letters.</summary>
    public void DeadLettered(int records) => _deadLetters.Add(records);

    /// <summary>Notes an attempt to close a pane or to write a window that failed.</summary>
    /// <param name="step">The activity.</param>
    public void CloseFailed(string step) => _closeFailures.Add(1, new KeyValuePair<string, object?>("step", step));

    /// <summary>Notes how many records wait.</summary>
    public void Lagging(long records) => Volatile.Write(ref _lag, new Lag(_time.GetTimestamp(), records));

    /// <summary>Notes how many partitions are stopped.</summary>
    public void Stopped(long partitions) => Volatile.Write(ref _stopped, new StoppedCount(_time.GetTimestamp(), partitions));

    /// <summary>Notes a batch that was applied.</summary>
    public void BatchApplied(long signals) => _signals.Record(signals);

    /// <summary>Notes what a tick saw.</summary>
    /// <param name="watermarkLagMs">How far the topic's watermark is behind the clock, in milliseconds; null while there is none.</param>
    /// <param name="hasRecords">Whether any partition has or had a record.</param>
    /// <param name="openPanes">Panes that hold events and are part of windows that are not final.</param>
    public void Ticked(long? watermarkLagMs, bool hasRecords, long openPanes) =>
        Volatile.Write(ref _tick, new Tick(_time.GetTimestamp(), watermarkLagMs / 1000.0, watermarkLagMs is null && hasRecords, openPanes));

    /// <summary>Notes a window that was written.</summary>
    public void Closed(TimeSpan duration) => _closeSeconds.Record(Math.Max(0, duration.TotalSeconds));

    /// <summary>Notes a live result with new rows.</summary>
    public void Live(TimeSpan delay) => _liveDelaySeconds.Record(Math.Max(0, delay.TotalSeconds));

    /// <summary>No watermark is no lag of 0: an alert on the lag would never see it.</summary>
    private IEnumerable<Measurement<double>> LagOfTheWatermark() =>
        Volatile.Read(ref _tick) is { WatermarkLagSeconds: { } seconds } tick ? WhileFresh(tick.At, seconds) : [];

    /// <summary>What an instance saw when it still ran the clock says nothing once another one runs it.</summary>
    private IEnumerable<Measurement<T>> WhileFresh<T>(long seenAt, T value)
        where T : struct => _time.GetElapsedTime(seenAt) < Stale ? [new Measurement<T>(value)] : [];

    // Read as a whole by the thread that exports, whatever a tick writes meanwhile.
    private sealed record Tick(long At, double? WatermarkLagSeconds, bool IsWatermarkMissing, long OpenPanes);

    private sealed record Lag(long At, long Records);

    private sealed record StoppedCount(long At, long Partitions);
}
