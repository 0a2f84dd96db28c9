using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Functions.Closing;
using Tidemark.Protocol;
using Tidemark.Simulation.Invariants;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Tests;

/// <summary>
/// A forged history: five clicks of one minute in one partition, and a store with whatever states a test wants. Checked by one invariant,
/// to show that it can fail.
/// </summary>
internal sealed class Forged
{
    public const long Pane = 1_795_392_000_000;

    private readonly Violations _violations = new(_ => { });

    public Forged(Func<Facts, Violations, Invariant> invariant)
    {
        OracleOptions oracle = new([new OracleWindow("1min", 60_000)]);
        Engine = OracleBridge.ToEngine(oracle);
        Facts = new Facts(oracle, Engine);
        Invariant = invariant(Facts, _violations);
        Observer = new Observer(Facts, [Invariant]);
        for (int offset = 0; offset < 5; offset++)
        {
            Facts.Append(0, offset, Line(offset), Pane + 1_000);
        }
    }

    public EngineOptions Engine { get; }

    public Facts Facts { get; }

    public Invariant Invariant { get; }

    public Observer Observer { get; }

    public Violation? Found => _violations.First;

    public PartitionState Cursor { get; private set; } = new();

    public Forged Open(long watermarkMs = EventTime.None)
    {
        Cursor.Open(0, watermarkMs, Pane);
        return SaveCursor();
    }

    /// <summary>Saves a shard with the clicks before an offset, or with more or fewer of them.</summary>
    public Forged Shard(long next, int? rows = null)
    {
        PaneShard shard = new();
        shard.Apply(0, next - 1, Rows(rows ?? (int)next), Engine.Limits);
        Observer.ShardSaved(Pane, 0, shard);
        return this;
    }

    /// <summary>Saves a cursor after a consistent step.</summary>
    public Forged Advance(long next, long missing = 0, long? mark = null, long late = 0, long malformed = 0)
    {
        long[] outcomes = new long[RecordOutcomeNames.Count];
        outcomes[(int)RecordOutcome.Counted] = next - Cursor.Next - missing - late - malformed;
        outcomes[(int)RecordOutcome.MalformedJson] = malformed;
        outcomes[(int)RecordOutcome.Late] = late;
        Cursor.Advance(new PartitionAdvance
        {
            From = Cursor.Next, WatermarkSeenMs = Cursor.WatermarkMs, To = next - 1,
            WatermarkMs = Pane + next - 1 - 10_001, MaxEventTimeMs = Pane + next - 1, ArrivalMs = Pane,
            Marks = new Dictionary<long, long> { [Pane] = mark ?? next }, Outcomes = outcomes, Blank = 0, Missing = missing,
            Late = late > 0 ? new Dictionary<long, long> { [Pane] = late } : [],
        });
        return SaveCursor();
    }

    /// <summary>Starts the publication of the window by a tick that began at a given time.</summary>
    public Forged Ask(long sinceMs, long revision = 1)
    {
        Observer.PublishScheduled(new PublishOrder("1min", Pane, Pane + 60_000, revision, Pane + 60_000), sinceMs);
        return this;
    }

    public Forged SaveCursor(PartitionState? cursor = null)
    {
        Cursor = cursor ?? Cursor;
        Observer.CursorSaved(0, PartitionState.Decode(Cursor.Encode()));
        return this;
    }

    public Forged ClosePane(long next, int rows)
    {
        PaneState pane = new();
        pane.Put(1, new OffsetVector([KeyValuePair.Create(0, next)]), Rows(rows), Engine.Limits);
        Observer.PaneSaved(Pane, pane);
        return this;
    }

    /// <summary>Saves the topic's state with the pane closed and, if wanted, final.</summary>
    public Forged Topic(bool isFinal, bool isPublished, long next = 5)
    {
        TopicState topic = TopicState.Decode(null, Engine);
        topic.Register(0);
        topic.Closed(Pane, 1, new OffsetVector([KeyValuePair.Create(0, next)]));
        if (isPublished)
        {
            topic.Published("1min", Pane + 60_000, 1, Pane + 60_000);
        }

        if (isFinal)
        {
            topic.Final(Pane + 60_000, [0]);
        }

        Observer.TopicSaved(topic);
        return this;
    }

    public WindowResult Result(int rows, long revision = 1) => new WindowMerger(Engine).Merge(Publication.Of(
        Engine.Windows[0], new Interval(Pane, Pane + 60_000), Phase.OnTime, revision, Pane, [AccumulatorCodec.Decode(Rows(rows), Engine.Limits)]));

    public Forged Write(int rows, long revision = 1)
    {
        Observer.ResultWritten(Result(rows, revision));
        return this;
    }

    public StoredResult Stored(int rows, long revision) => Observer.Describe(Result(rows, revision));

    private byte[] Rows(int count)
    {
        KafkaValue[] values = [.. Enumerable.Range(0, count).Select(i => new KafkaValue(i, Pane + 1_000, Line(i)))];
        PartitionState cursor = new();
        cursor.Open(0, EventTime.None, Pane);
        PartitionSlice slice = new SliceReader(Engine).Read(cursor, values, count - 1, new Dictionary<long, long>());
        return slice.Panes.Single(pane => pane.PaneMs == Pane).Rows;
    }

    private static byte[] Line(int offset) =>
        Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{{\"timestamp\":{Pane + offset},\"event_type\":\"click\",\"user_id\":\"u{offset}\"}}"));
}
