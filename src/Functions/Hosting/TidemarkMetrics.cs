using System.Diagnostics.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Protocol;

namespace Tidemark.Functions.Hosting;

/// <summary>
/// The metrics of the app, in the meter <c>Tidemark</c>. Counters count what became durable while this worker was applying it, each offset
/// at most once; the exact counts are those of the cursors.
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

    /// <summary>Creates the instruments.</summary>
    public TidemarkMetrics(IMeterFactory meters, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _time = time ?? TimeProvider.System;
        Meter meter = meters.Create(MeterName);
        _events = meter.CreateCounter<long>("tidemark.events", "{event}", "Events counted in a window.");
        _late = meter.CreateCounter<long>("tidemark.late", "{event}", "Events past their allowed lateness.");
        _rejected = meter.CreateCounter<long>("tidemark.rejected", "{record}", "Records that could not be counted, by reason.");
        _deadLetters = meter.CreateCounter<long>(
            "tidemark.dead_letters", "{record}", "Records written to the dead-letter topic, including repeated writes.");
        _closeFailures = meter.CreateCounter<long>(
            "tidemark.close_failures", "{failure}", "Failed attempts to close a pane or to write a window, by step.");
        _signals = meter.CreateHistogram<long>("tidemark.signals_per_batch", "{signal}", "Signals sent for one batch.");
        _closeSeconds = meter.CreateHistogram<double>("tidemark.close_duration", "s", "From a tick seeing the watermark "
            + "pass a window's end to the window being written for the first time.");
        _liveDelaySeconds = meter.CreateHistogram<double>(
            "tidemark.live_delay", "s", "From a batch being confirmed to its events being in the live results.");
        meter.CreateObservableGauge("tidemark.watermark_lag", LagOfTheWatermark, "s", "How far the topic's watermark is behind the clock; "
            + "absent while there is no watermark.");
        meter.CreateObservableGauge(
            "tidemark.watermark_missing",
            () => Volatile.Read(ref _tick) is { } tick ? WhileFresh(tick.At, tick.IsWatermarkMissing ? 1L : 0L) : [],
            "{topic}",
            "1 while the topic has records and no watermark, so that nothing closes; else 0.");
        meter.CreateObservableGauge(
            "tidemark.open_panes",
            () => Volatile.Read(ref _tick) is { } tick ? WhileFresh(tick.At, tick.OpenPanes) : [],
            "{pane}",
            "Panes that hold events and are part of windows that are not final.");
        meter.CreateObservableGauge(
            "tidemark.consumer_lag",
            () => Volatile.Read(ref _lag) is { } lag ? WhileFresh(lag.At, lag.Records) : [],
            "{record}",
            "Offsets between the cursors and the ends of their logs, over all partitions.");
        meter.CreateObservableGauge(
            "tidemark.stopped_partitions",
            () => Volatile.Read(ref _stopped) is { } stopped ? WhileFresh(stopped.At, stopped.Partitions) : [],
            "{partition}",
            "Partitions that are stopped until an operator decides.");
    }

    /// <summary>Records the progress of a cursor.</summary>
    /// <param name="before">The cursor before.</param>
    /// <param name="after">The cursor now.</param>
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

    /// <summary>Records written dead letters.</summary>
    public void DeadLettered(int records) => _deadLetters.Add(records);

    /// <summary>Records a failed attempt to close a pane or to write a window.</summary>
    /// <param name="step">The name of the activity.</param>
    public void CloseFailed(string step) => _closeFailures.Add(1, new KeyValuePair<string, object?>("step", step));

    /// <summary>Records the number of waiting records.</summary>
    public void Lagging(long records) => Volatile.Write(ref _lag, new Lag(_time.GetTimestamp(), records));

    /// <summary>Records the number of stopped partitions.</summary>
    public void Stopped(long partitions) => Volatile.Write(ref _stopped, new StoppedCount(_time.GetTimestamp(), partitions));

    /// <summary>Records an applied batch.</summary>
    public void BatchApplied(long signals) => _signals.Record(signals);

    /// <summary>Records the state seen by a tick.</summary>
    /// <param name="watermarkLagMs">How far the topic's watermark is behind the clock, in milliseconds; null while there is none.</param>
    /// <param name="hasRecords">Whether any partition has or had a record.</param>
    /// <param name="openPanes">The number of panes that hold events and are part of windows that are not final.</param>
    public void Ticked(long? watermarkLagMs, bool hasRecords, long openPanes) =>
        Volatile.Write(ref _tick, new Tick(_time.GetTimestamp(), watermarkLagMs / 1000.0, watermarkLagMs is null && hasRecords, openPanes));

    /// <summary>Records the first writing of a window.</summary>
    public void Closed(TimeSpan duration) => _closeSeconds.Record(Math.Max(0, duration.TotalSeconds));

    /// <summary>Records a live result with new rows.</summary>
    public void Live(TimeSpan delay) => _liveDelaySeconds.Record(Math.Max(0, delay.TotalSeconds));

    /// <summary>No measurement while there is no watermark: a lag of 0 would hide the problem from alerts.</summary>
    private IEnumerable<Measurement<double>> LagOfTheWatermark() =>
        Volatile.Read(ref _tick) is { WatermarkLagSeconds: { } seconds } tick ? WhileFresh(tick.At, seconds) : [];

    /// <summary>Drops an old value, so that an instance that no longer runs the timers does not report outdated state.</summary>
    private IEnumerable<Measurement<T>> WhileFresh<T>(long seenAt, T value)
        where T : struct => _time.GetElapsedTime(seenAt) < Stale ? [new Measurement<T>(value)] : [];

    // Immutable, so that the exporting thread reads a consistent state while a tick writes.
    private sealed record Tick(long At, double? WatermarkLagSeconds, bool IsWatermarkMissing, long OpenPanes);

    private sealed record Lag(long At, long Records);

    private sealed record StoppedCount(long At, long Partitions);
}
