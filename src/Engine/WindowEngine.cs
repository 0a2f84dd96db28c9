using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;
using Tidemark.Engine.Sessions;

namespace Tidemark.Engine;

/// <summary>
/// Adds the records of each partition, in offset order, to panes, and publishes windows as the watermark passes them, at exactly
/// the record that moved it. Publications and their order are a function of the records alone, not of how they were batched.
/// Not thread-safe: use it from one thread at a time.
/// </summary>
public sealed class WindowEngine
{
    private readonly EngineOptions _options;
    private readonly AccumulatorLimits _limits;
    private readonly IEngineOutput _output;
    private readonly PaneGrid _grid;
    private readonly WindowSet _windows;
    private readonly SessionSet? _sessions;
    private readonly List<PartitionCursor> _partitions = [];
    private readonly long _outOfOrdernessMs;
    private readonly Lateness _lateness;

    // Per partition: the event time that moves its watermark past the end of the pane it is in.
    private readonly List<long> _passesPaneAtMs = [];

    // The pane of the previous record, and the span of event time whose events enter it and become late with it: nearly always the next
    // record's too.
    private Pane? _pane;
    private Interval _span;
    private long _spanLateAtMs;

    /// <summary>Creates an empty engine.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="partitions">The number of partitions of the source, at least 1.</param>
    /// <param name="output">Receives publications and dead letters.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all mistakes.</exception>
    public WindowEngine(EngineOptions options, int partitions, IEngineOutput output)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        IReadOnlyList<string> mistakes = options.Validate();
        if (mistakes.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", mistakes), nameof(options));
        }

        _options = options;
        _limits = options.Limits;
        _output = output;
        _grid = PaneGrid.For(options.Windows);
        _windows = new WindowSet(options, _grid, output);
        _sessions = options.Input.Sessions is null ? null : new SessionSet(options, output, SessionCountsAt);
        _outOfOrdernessMs = (long)options.MaxOutOfOrderness.TotalMilliseconds;
        _lateness = new Lateness(options);
        while (_partitions.Count < partitions)
        {
            AddPartition();
        }
    }

    /// <summary>
    /// Restores an engine that behaves exactly as the captured one: the same records lead to the same publications, byte for byte.
    /// </summary>
    /// <param name="options">The options of the captured engine, equal in everything that affects results.</param>
    /// <param name="snapshot">The captured state.</param>
    /// <param name="output">Receives publications and dead letters.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message lists all mistakes.</exception>
    public static WindowEngine Restore(EngineOptions options, EngineSnapshot snapshot, IEngineOutput output)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        WindowEngine engine = new(options, snapshot.Partitions, output) { WatermarkMs = snapshot.WatermarkMs };
        for (int partition = 0; partition < snapshot.Partitions; partition++)
        {
            PartitionCursor cursor = engine._partitions[partition];
            cursor.Restore(snapshot.Cursors[partition]);
            engine._passesPaneAtMs[partition] = engine.PassesPaneAtMs(cursor);
        }

        engine.Late.Restore(snapshot.Late);
        engine._windows.Restore(snapshot.Windows);
        if (snapshot.Sessions is { } sessions)
        {
            engine._sessions?.Restore(sessions);
        }

        return engine;
    }

    /// <summary>The grid of panes.</summary>
    public PaneGrid Grid => _grid;

    /// <summary>The progress of each partition.</summary>
    public IReadOnlyList<PartitionCursor> Partitions => _partitions;

    /// <summary>The highest watermark that has closed windows, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long WatermarkMs { get; private set; } = EventTime.None;

    /// <summary>The greatest event time of a counted or late event, epoch milliseconds, or <see cref="EventTime.None"/>.</summary>
    public long MaxEventTimeMs => _partitions.Max(partition => partition.MaxEventTimeMs);

    /// <summary>The counts of late events.</summary>
    public LateCounts Late { get; } = new();

    /// <summary>The number of windows that hold events and can still change.</summary>
    public int OpenWindows => _windows.Count;

    /// <summary>The number of empty windows left out because more than <see cref="EmptyWindows.MaxInARow"/> were due in a row.</summary>
    public long SkippedEmptyWindows => _windows.SkippedEmptyWindows;

    /// <summary>
    /// The number of events in closed panes. Equal to the counted events of all partitions once a bounded source is complete.
    /// </summary>
    public long PublishedEvents => _windows.PublishedEvents;

    /// <summary>
    /// The event time of the first counted or late event in this process, epoch milliseconds, or <see cref="EventTime.None"/>.
    /// </summary>
    public long FirstEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>
    /// Adds a partition. Its watermark starts where windows that are final cannot change: events of panes that may be final are late.
    /// </summary>
    /// <returns>The partition's number.</returns>
    public int AddPartition()
    {
        PartitionCursor cursor = new(_outOfOrdernessMs);
        cursor.Lift(BirthWatermarkMs);
        _partitions.Add(cursor);
        _passesPaneAtMs.Add(PassesPaneAtMs(cursor));
        return _partitions.Count - 1;
    }

    /// <summary>
    /// Applies the records of a batch to a partition, all of them or until the output is full (<see cref="IEngineOutput.IsFull"/>).
    /// </summary>
    /// <param name="partition">The partition's number.</param>
    /// <param name="batch">Records in offset order, none before the partition's next offset.</param>
    /// <param name="firstOffset">The offset of the batch's first line.</param>
    /// <param name="start">The index in the batch of the first record to apply.</param>
    /// <param name="end">The index after the last record to apply; by default all are.</param>
    /// <returns>The index of the first record that was not applied; the number of records when all were.</returns>
    public int Apply(int partition, EventBatch batch, long firstOffset, int start = 0, int end = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(batch);
        PartitionCursor cursor = Wake(partition);
        ReadOnlySpan<EventRecord> records = batch.Records;
        end = Math.Min(end, records.Length);

        // Consecutive records of the same pane are added together: [runStart, i).
        int runStart = start;
        for (int i = start; i < end; i++)
        {
            ref readonly EventRecord record = ref records[i];
            long timeMs = record.TimestampMs;
            if (record.Outcome == RecordOutcome.Counted)
            {
                if (FirstEventTimeMs == EventTime.None)
                {
                    FirstEventTimeMs = timeMs;
                }

                cursor.Observe(timeMs);
                if (timeMs >= _passesPaneAtMs[partition])
                {
                    AddRun(cursor, records, runStart, i, batch);
                    runStart = i;
                    _passesPaneAtMs[partition] = PassesPaneAtMs(cursor);
                    Advance(TopicWatermark(sinceLastArrivalMs: 0));
                    end = _output.IsFull ? i + 1 : end;
                }

                if (_span.Contains(timeMs) && cursor.WatermarkMs < _spanLateAtMs)
                {
                    continue;
                }
            }

            AddRun(cursor, records, runStart, i, batch);
            runStart = i;
            if (record.Outcome != RecordOutcome.Counted || !OpenPaneOf(timeMs, cursor))
            {
                Reject(partition, cursor, record, batch, firstOffset + record.Index);
                runStart = i + 1;
            }
        }

        AddRun(cursor, records, runStart, end, batch);
        cursor.Read += end - start;
        cursor.Next = firstOffset + (end < records.Length ? records[end].Index : batch.Lines);
        return end;
    }

    /// <summary>Marks a partition idle, so that it does not hold back the watermark until its next record.</summary>
    public void MarkIdle(int partition) => _partitions[partition].IsIdle = true;

    /// <summary>
    /// Marks a partition active: it holds back the watermark and finality again. Call it when an idle partition has more to read or is
    /// watched again.
    /// A restored engine starts with the idle partitions of the captured one.
    /// </summary>
    public void MarkActive(int partition) => Wake(partition);

    /// <summary>Closes what is due by the clock. Call it periodically while all partitions are idle.</summary>
    /// <param name="sinceLastArrivalMs">Milliseconds since a record last arrived on any partition.</param>
    public void AdvanceIdle(long sinceLastArrivalMs) => Advance(TopicWatermark(sinceLastArrivalMs));

    /// <summary>
    /// The current results of open windows that hold events: <see cref="Phase.Live"/>, revision 0, at most the
    /// <see cref="LiveWindows.MaxOfFamily"/> windows of each family that close next. Copies the events of open panes, about 10 ms for a
    /// million users: do not call it for every batch.
    /// </summary>
    public IReadOnlyList<Publication> Live() => _windows.Live(WatermarkMs);

    /// <summary>
    /// The current results of windows that were published and can still change, for a sink that may have lost them.
    /// </summary>
    public IReadOnlyList<Publication> Published() => _windows.Published(WatermarkMs);

    /// <summary>The sessions that were published and can still change, by the minute, for a sink that may have lost them.</summary>
    public IEnumerable<EndedSessions> PublishedSessions() => _sessions?.Published(WatermarkMs) ?? [];

    /// <summary>Minutes of sessions that end at or before this time are final, epoch milliseconds; null while none is.</summary>
    public long? SessionsFinalBeforeMs => _sessions?.FinalBeforeMs;

    /// <summary>The number of users with a session that is open or can still change.</summary>
    public int SessionUsers => _sessions?.Users ?? 0;

    /// <summary>The number of events in no session because there were <see cref="SessionOptions.MaxOpen"/> already.</summary>
    public long SessionEventsLeftOut => _sessions?.LeftOut ?? 0;

    /// <summary>The families with final windows, and the time before which they are final, epoch milliseconds.</summary>
    public IEnumerable<(WindowDefinition Family, long BeforeMs)> FinalMarks() => _windows.FinalMarks();

    /// <summary>
    /// Captures the state of the engine. Call it between two records, never from within the output. Published content is shared; the events
    /// of open panes are copied, which takes about 10 ms for a million users.
    /// </summary>
    /// <param name="isStored">
    /// Whether it is stored before the next capture, by a <see cref="SnapshotCodec"/> with one table for all of them: of sessions it then holds
    /// what has changed. Otherwise all of them, which takes 0.2 s for a million.
    /// </param>
    public EngineSnapshot Capture(bool isStored = false) => new(
        [.. _partitions.Select(cursor => cursor.Capture())], WatermarkMs, Late.Capture(), _windows.Capture(),
        isStored ? _sessions?.CaptureChanges() : _sessions?.Capture());

    /// <summary>
    /// Ends a bounded source whose state is kept: closes every window that holds events, and keeps it open for corrections by a further
    /// source or by more of this one. Nothing becomes final, and no watermark moves.
    /// </summary>
    public void CloseAll()
    {
        ForgetPane();
        if (MaxEventTimeMs != EventTime.None)
        {
            _sessions?.CloseDue(long.MaxValue, null);
            _windows.CloseAll(MaxEventTimeMs);
        }
    }

    /// <summary>Ends a bounded source for good: closes every window that holds events.</summary>
    public void Complete()
    {
        ForgetPane();
        if (MaxEventTimeMs != EventTime.None)
        {
            _sessions?.Complete();
            _windows.Complete(MaxEventTimeMs);
        }
    }

    private long TopicWatermark(long sinceLastArrivalMs) => Watermark.OfTopic(
        _partitions.Select(cursor => new PartitionTimes(cursor.MaxEventTimeMs, cursor.WatermarkMs, cursor.IsIdle)),
        sinceLastArrivalMs, _outOfOrdernessMs);

    private void Advance(long watermarkMs)
    {
        if (watermarkMs <= WatermarkMs)
        {
            return;
        }

        bool closes = WatermarkMs == EventTime.None || Due.IsDue(NextClosingMs(WatermarkMs), watermarkMs);
        WatermarkMs = watermarkMs;
        if (closes)
        {
            ForgetPane();

            // What has ended is counted in the panes before they close.
            _sessions?.CloseDue(Due.UntilMs(watermarkMs), watermarkMs);
            _windows.CloseDue(watermarkMs, FinalWatermarkMs(), MaxEventTimeMs);
            _sessions?.ForgetFinal(_windows.FinalBeforeMs);
        }
    }

    /// <summary>The end of the pane at a watermark; with sessions that of the minute, if that is earlier.</summary>
    private long NextClosingMs(long watermarkMs)
    {
        long untilMs = Due.UntilMs(watermarkMs);
        long paneEndMs = _grid.PaneAt(untilMs).EndMs;
        return _sessions is null ? paneEndMs : Math.Min(paneEndMs, SessionRules.MinuteOf(untilMs).EndMs);
    }

    private SessionCounts SessionCountsAt(long timeMs) => _windows.OpenPane(_grid.PaneAt(timeMs)).Open(_limits).Added!.Sessions!;

    /// <summary>The event time that moves a partition's watermark past the end of the pane it is in.</summary>
    private long PassesPaneAtMs(PartitionCursor cursor) =>
        cursor.WatermarkMs == EventTime.None
            ? EventTime.None
            : Watermark.EventTimeToPass(NextClosingMs(cursor.WatermarkMs), _outOfOrdernessMs);

    /// <summary>
    /// The lowest watermark of the partitions that are not idle. An idle one would prevent finality, perhaps for ever; when it wakes it
    /// starts from what is final by then (<see cref="Wake"/>). When all are idle nothing moves, and all of them count.
    /// </summary>
    private long FinalWatermarkMs()
    {
        IEnumerable<PartitionCursor> awake = _partitions.Where(cursor => !cursor.IsIdle);
        return (awake.Any() ? awake : _partitions).Min(cursor => cursor.WatermarkMs);
    }

    /// <summary>The lowest watermark at which every event of a pane that may be final is late; none while nothing is final.</summary>
    private long BirthWatermarkMs => _lateness.FinalAtMs(_windows.FinalBeforeMs);

    private PartitionCursor Wake(int partition)
    {
        PartitionCursor cursor = _partitions[partition];
        if (cursor.IsIdle)
        {
            cursor.IsIdle = false;
            cursor.Lift(BirthWatermarkMs);
            _passesPaneAtMs[partition] = PassesPaneAtMs(cursor);
        }

        return cursor;
    }

    /// <summary>Makes the pane of a time the current one, unless events of that time are late.</summary>
    private bool OpenPaneOf(long timeMs, PartitionCursor cursor)
    {
        if (_lateness.IsLate(timeMs, cursor.WatermarkMs))
        {
            return false;
        }

        Interval interval = _grid.PaneAt(timeMs);
        _pane = _windows.OpenPane(interval);
        _span = interval.Intersect(Lateness.SpanAt(timeMs));
        _spanLateAtMs = _lateness.LateAtMs(timeMs);
        return true;
    }

    private void ForgetPane()
    {
        _pane = null;
        _span = default;
    }

    private void AddRun(PartitionCursor cursor, ReadOnlySpan<EventRecord> records, int start, int end, EventBatch batch)
    {
        if (start == end)
        {
            return;
        }

        _pane!.Open(_limits).AddRange(records[start..end], batch);
        _sessions?.AddRange(records, start, end, batch);
        cursor.Tally(RecordOutcome.Counted, end - start);
    }

    private void Reject(int partition, PartitionCursor cursor, in EventRecord record, EventBatch batch, long offset)
    {
        RecordOutcome reason = record.Outcome;
        long? missedMinuteMs = null;
        if (reason == RecordOutcome.Counted)
        {
            reason = RecordOutcome.Late;
            missedMinuteMs = Lateness.SpanAt(record.TimestampMs).StartMs;
            Late.Add(missedMinuteMs.Value, _lateness.IsInOpenWindow(record.TimestampMs, cursor.WatermarkMs));
        }

        cursor.Tally(reason, 1);
        _output.DeadLetter(new DeadLetter(reason, partition, offset, missedMinuteMs, batch.Line(record)));
    }
}
