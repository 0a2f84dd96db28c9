using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Status;
using Tidemark.Engine;

namespace Tidemark.Cli.Dashboard;

/// <summary>How a run stands. The engine is looked at between two records, and not more often than a few times a second.</summary>
/// <param name="host">The command.</param>
/// <param name="job">The run.</param>
/// <param name="source">What it reads.</param>
/// <param name="checkpointer">What saves its state; null when nothing does.</param>
/// <param name="windows">Its families of windows.</param>
/// <param name="finalBefore">The time before which windows of a family are final, epoch milliseconds; null when it is not known.</param>
/// <param name="time">The clock.</param>
internal sealed class RunStatus(
    string host, StreamJob job, IRecordSource source, Checkpointer? checkpointer,
    IReadOnlyList<WindowDefinition> windows, Func<string, long?> finalBefore, TimeProvider time) : IStatusSource
{
    private const int MaxMinutes = 5;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private DashboardStatus? _known;
    private long _readAt;
    private bool _hasEnded;

    /// <summary>Nothing will come any more: what is known now stays.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (!_hasEnded)
            {
                _hasEnded = true;
                _known = Read();
            }
        }
    }

    /// <inheritdoc/>
    public Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_known is null || (!_hasEnded && time.GetElapsedTime(_readAt) > MaxAge))
            {
                _known = Read();
                _readAt = time.GetTimestamp();
            }

            return Task.FromResult(_known);
        }
    }

    private DashboardStatus Read()
    {
        DateTimeOffset now = time.GetUtcNow();
        return job.Look(engine =>
        {
            RecordTotals totals = RecordTotals.Of(engine);
            long watermarkMs = WatermarkMs(engine);
            return new DashboardStatus
            {
                Host = host,
                Source = source.Name,
                State = _hasEnded ? "ended" : "running",
                Now = TimeText.Format(now.ToUnixTimeMilliseconds()),
                Watermark = TimeOf(watermarkMs),
                MaxEventTime = TimeOf(engine.MaxEventTimeMs),
                WatermarkLagSeconds = IsTime(watermarkMs) ? (now.ToUnixTimeMilliseconds() - watermarkMs) / 1000d : null,
                Lag = LagOf(engine),
                OpenWindows = engine.OpenWindows,
                StateAgeSeconds = checkpointer?.Age?.TotalSeconds,
                Records = new RecordCounts(totals.Read, totals.Counted, totals.Late, totals.Rejected),
                Rejected = Rejected(totals),
                Late = Late(engine, totals),
                Windows = [.. windows.Select(Family)],
                Partitions = [.. engine.Partitions.Select((cursor, partition) => PartitionOf(cursor, partition, source.LagOf(partition)))],
            };
        });
    }

    /// <summary>The least of the partitions that are not idle. The engine's own is where it closed windows last, up to a minute behind.</summary>
    private static long WatermarkMs(WindowEngine engine)
    {
        IEnumerable<long> active = engine.Partitions.Where(cursor => !cursor.IsIdle).Select(cursor => cursor.WatermarkMs);
        return Math.Max(engine.WatermarkMs, active.DefaultIfEmpty(EventTime.None).Min());
    }

    private FamilyProgress Family(WindowDefinition window) =>
        new(window.Name, finalBefore(window.Name) is { } beforeMs ? TimeOf(beforeMs) : null);

    private long? LagOf(WindowEngine engine)
    {
        IEnumerable<long?> lags = engine.Partitions.Select((_, partition) => source.LagOf(partition));
        return lags.All(lag => lag is not null) ? lags.Sum() : null;
    }

    private static PartitionProgress PartitionOf(PartitionCursor cursor, int partition, long? lag) => new(
        partition, cursor.Next, TimeOf(cursor.WatermarkMs), lag, cursor.IsIdle, cursor.Counted, cursor.Late, cursor.Rejected, Problem: null)
    {
        MaxEventTime = TimeOf(cursor.MaxEventTimeMs),
    };

    private List<UncountedRecords> Rejected(RecordTotals totals)
    {
        List<UncountedRecords> rejected = [];
        for (RecordOutcome reason = RecordOutcome.TooLarge; reason < RecordOutcome.Late; reason++)
        {
            if (totals.CountOf(reason) > 0)
            {
                rejected.Add(new UncountedRecords(reason.Name(), totals.CountOf(reason), SampleOf(reason)));
            }
        }

        rejected.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        return rejected;
    }

    private LateEvents Late(WindowEngine engine, RecordTotals totals) => new(
        totals.Late, engine.Late.InOpenWindow,
        engine.Late.ByMinute.OrderByDescending(minute => minute.Value).Take(MaxMinutes)
            .ToDictionary(minute => TimeText.Format(minute.Key), minute => minute.Value),
        SampleOf(RecordOutcome.Late));

    private RecordSample? SampleOf(RecordOutcome outcome) =>
        job.Review.ExampleOf(outcome) is { } example ? RecordSample.Of(example.Place, example.Text) : null;

    private static bool IsTime(long timeMs) =>
        timeMs >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && timeMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>A time; null when there is none yet, or none any more: a source that has ended lets its watermark pass everything.</summary>
    private static string? TimeOf(long timeMs) => IsTime(timeMs) ? TimeText.Format(timeMs) : null;
}
