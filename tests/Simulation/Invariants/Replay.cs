using Tidemark.Core;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>A record as read by the oracle.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Event">The event, if it is one.</param>
/// <param name="Reason">Why it is not an event; <c>blank</c> for a blank value.</param>
internal sealed record JournalRecord(long Offset, OracleEvent? Event, string? Reason);

/// <summary>The outcome of a record.</summary>
/// <param name="Record">The record.</param>
/// <param name="Result">The oracle's name of the outcome.</param>
/// <param name="PaneMs">Start of the pane of an event.</param>
internal readonly record struct Outcome(JournalRecord Record, string Result, long PaneMs)
{
    /// <summary>Start of the minute of an event.</summary>
    public long MinuteMs => OracleGrid.MinuteStart(Record.Event!.Time);

    public bool IsCounted => Result == OracleOutcome.Counted;
}

/// <summary>
/// Replays one partition record by record from its log, the lifts that took effect and the shards that were frozen, on which alone the
/// outcome of a record depends. Shares no code with the engine.
/// </summary>
internal sealed class Replay(OracleOptions options, OracleGrid grid)
{
    private readonly List<JournalRecord> _journal = [];
    private readonly Dictionary<long, long> _frozen = [];
    private readonly List<Outcome> _outcomes = [];

    /// <summary>All records ever appended, including truncated ones.</summary>
    public IReadOnlyList<JournalRecord> Journal => _journal;

    public bool IsOpen { get; private set; }

    public long Start { get; private set; }

    public long Next { get; private set; }

    public long WatermarkMs { get; private set; } = EventTime.None;

    public long MaxEventTimeMs { get; private set; } = EventTime.None;

    /// <summary>The outcomes of the records before <see cref="Next"/>.</summary>
    public IReadOnlyList<Outcome> Outcomes => _outcomes;

    public void Append(JournalRecord record) => _journal.Add(record);

    public void Open(long start, long watermarkMs) => (IsOpen, Start, Next, WatermarkMs) = (true, start, start, watermarkMs);

    /// <summary>Applies a lift.</summary>
    public void Lift(long watermarkMs) => WatermarkMs = watermarkMs;

    /// <summary>Applies a freeze: rows of the pane from an offset on are late.</summary>
    public void Freeze(long paneMs, long at) => _frozen.TryAdd(paneMs, at);

    /// <summary>Advances to an offset and returns the outcomes up to it.</summary>
    public IReadOnlyList<Outcome> Advance(long next)
    {
        (List<Outcome> step, WatermarkMs, MaxEventTimeMs) = Classify(next);
        _outcomes.AddRange(step);
        Next = next;
        return step;
    }

    /// <summary>The rows of a pane before an offset; records beyond the cursor are classified as if they came next.</summary>
    public IEnumerable<OracleEvent> Rows(long paneMs, long before)
    {
        IEnumerable<Outcome> all =
            before > Next ? _outcomes.Concat(Classify(before).Step) : _outcomes.TakeWhile(outcome => outcome.Record.Offset < before);
        return all.Where(outcome => outcome.IsCounted && outcome.PaneMs == paneMs).Select(outcome => outcome.Record.Event!);
    }

    /// <summary>The first row of a pane in a range of offsets that is not counted.</summary>
    public JournalRecord? FirstUncounted(long paneMs, long from, long before) =>
        _outcomes.Concat(before > Next ? Classify(before).Step : [])
            .Where(outcome => outcome.Record.Offset >= from && outcome.Record.Offset < before
                && outcome is { IsCounted: false, Result: OracleOutcome.Late } && outcome.PaneMs == paneMs)
            .Select(outcome => outcome.Record).FirstOrDefault();

    private (List<Outcome> Step, long WatermarkMs, long MaxEventTimeMs) Classify(long before)
    {
        List<Outcome> step = [];
        long watermarkMs = WatermarkMs;
        long maxMs = MaxEventTimeMs;
        for (int i = FirstFrom(Next); i < _journal.Count && _journal[i].Offset < before; i++)
        {
            JournalRecord record = _journal[i];
            if (record.Event is not { } read)
            {
                step.Add(new Outcome(record, record.Reason!, 0));
                continue;
            }

            long paneMs = grid.PaneStart(read.Time);
            bool isLate = (watermarkMs != EventTime.None && watermarkMs >= OracleGrid.MinuteEnd(read.Time) - 1 + options.AllowedLatenessMs)
                || (_frozen.TryGetValue(paneMs, out long frozenAt) && record.Offset >= frozenAt);
            step.Add(new Outcome(record, isLate ? OracleOutcome.Late : OracleOutcome.Counted, paneMs));
            if (read.Time > maxMs)
            {
                maxMs = read.Time;
                watermarkMs = Math.Max(watermarkMs, read.Time - options.MaxOutOfOrdernessMs - 1);
            }
        }

        return (step, watermarkMs, maxMs);
    }

    private int FirstFrom(long offset)
    {
        int low = 0;
        int high = _journal.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _journal[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
