namespace Tidemark.Support.Oracle;

/// <summary>
/// What docs/SEMANTICS.md says, written slowly and from the list of all records, to catch the engine where it differs.
/// Contents are recomputed from the events each time they are asked for: nothing is merged, nothing is estimated.
/// </summary>
public sealed class NaiveOracle
{
    private readonly OracleOptions options;
    private readonly OracleGrid grid;
    private readonly List<OracleOutcome> outcomes = [];

    public NaiveOracle(OracleOptions options, IReadOnlyList<(int Partition, byte[] Line)> records)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(records);
        this.options = options;
        grid = new OracleGrid(options.Windows);
        Classify(records);
    }

    /// <summary>One for each record, in arrival order; blank lines are among them.</summary>
    public IReadOnlyList<OracleOutcome> Outcomes => outcomes;

    public long PaneMs => grid.PaneMs;

    /// <summary>Records that are no blank lines: counted, late and rejected.</summary>
    public int RecordsRead => outcomes.Count(o => o.Result != OracleOutcome.Blank);

    /// <summary>How many records had each result; those that none had are left out, and so are blank lines.</summary>
    public IReadOnlyDictionary<string, int> Results() =>
        outcomes.Where(o => o.Result != OracleOutcome.Blank).GroupBy(o => o.Result).ToDictionary(g => g.Key, g => g.Count());

    /// <summary>Late events by the start of the minute that they missed.</summary>
    public IReadOnlyDictionary<long, int> LateByMinute() =>
        outcomes.Where(o => o.LateMinute is not null).GroupBy(o => o.LateMinute!.Value).ToDictionary(g => g.Key, g => g.Count());

    /// <summary>Late events that lie in a window whose end the watermark of their partition had not reached.</summary>
    public int LateInOpenWindow() => outcomes.Count(o => o.IsInOpenWindow);

    /// <summary>Every window with a counted event (and the empty ones between, if wanted), by end, configuration and start.</summary>
    public IReadOnlyList<OracleFinal> FinalContents()
    {
        var events = outcomes.Where(o => o.Result == OracleOutcome.Counted).Select(o => o.Event!).ToList();
        var windows = events
            .SelectMany(e => grid.WindowsOf(e.Time).Select(window => (Window: window, Event: e)))
            .GroupBy(pair => pair.Window, pair => pair.Event)
            .ToDictionary(group => group.Key, group => group.ToList());
        foreach (var empty in EmptyWindows(events).Where(window => !windows.ContainsKey(window)).ToList())
        {
            windows.Add(empty, []);
        }

        return InOrder(windows.Keys)
            .Select(w => new OracleFinal(options.Windows[w.Order].Name, w.Start, w.End, OracleMetrics.Compute(windows[w], w, options)))
            .ToList();
    }

    /// <summary>Everything that one source publishes, in order, its end included.</summary>
    public IReadOnlyList<OraclePublication> Publications()
    {
        if (outcomes.Select(o => o.Partition).Distinct().Count() > 1)
        {
            throw new InvalidOperationException("With several partitions the publications depend on how they interleave.");
        }

        var publishing = new OraclePublishing(options, grid, EmptyWindows);
        long? watermark = null;
        long? maxEventTime = null;
        foreach (var outcome in outcomes)
        {
            if (outcome.Event is not { } read)
            {
                continue; // A rejected record moves no watermark.
            }

            if (outcome.Result == OracleOutcome.Counted)
            {
                publishing.Count(read);
            }

            maxEventTime = Math.Max(maxEventTime ?? long.MinValue, read.Time);
            var moved = WatermarkAfter(maxEventTime.Value);
            if (watermark is not { } before || ReachesPaneEnd(before, moved))
            {
                publishing.PublishDue(moved);
            }

            watermark = moved;
        }

        publishing.PublishDue(watermark: null);
        return publishing.Published;
    }

    internal static IEnumerable<OracleInterval> InOrder(IEnumerable<OracleInterval> windows) =>
        windows.OrderBy(w => w.End).ThenBy(w => w.Order).ThenBy(w => w.Start);

    private void Classify(IReadOnlyList<(int Partition, byte[] Line)> records)
    {
        var maxEventTime = new Dictionary<int, long>();
        for (var index = 0; index < records.Count; index++)
        {
            var (partition, line) = records[index];
            if (OracleReader.IsBlank(line))
            {
                outcomes.Add(new OracleOutcome(index, partition, OracleOutcome.Blank, null, null));
                continue;
            }

            var (read, reason) = OracleReader.Read(index, partition, line, options.LatestMs, options.Added);
            if (read is null)
            {
                outcomes.Add(new OracleOutcome(index, partition, reason!, null, null));
                continue;
            }

            if (JumpsAlone(records, index, read.Time, maxEventTime))
            {
                outcomes.Add(new OracleOutcome(index, partition, "future_timestamp", null, null));
                continue;
            }

            // Judged by the events before it in its own partition only: its own time cannot make it late.
            var late = maxEventTime.TryGetValue(partition, out var max)
                && WatermarkAfter(max) >= OracleGrid.MinuteEnd(read.Time) - 1 + options.AllowedLatenessMs;
            outcomes.Add(late
                ? new OracleOutcome(index, partition, OracleOutcome.Late, OracleGrid.MinuteStart(read.Time), read)
                {
                    IsInOpenWindow = grid.WindowsOf(read.Time).Any(window => WatermarkAfter(max) < window.End - 1),
                }
                : new OracleOutcome(index, partition, OracleOutcome.Counted, null, read));
            maxEventTime[partition] = Math.Max(maxEventTime.GetValueOrDefault(partition, long.MinValue), read.Time);
        }
    }

    /// <summary>
    /// Whether an event is far ahead of all before it, and one of the next 100 lines of its partition is far behind it; or is the first, and
    /// most of them are.
    /// </summary>
    private bool JumpsAlone(IReadOnlyList<(int Partition, byte[] Line)> records, int index, long time, Dictionary<int, long> maxEventTime)
    {
        if (options.MaxJumpMs is not { } maxJump)
        {
            return false;
        }

        var isFirst = !maxEventTime.TryGetValue(records[index].Partition, out var max);
        var following = records.Skip(index + 1).Where(next => next.Partition == records[index].Partition).Take(100)
            .Where(next => !OracleReader.IsBlank(next.Line))
            .Select(next => OracleReader.Read(index, next.Partition, next.Line, options.LatestMs).Event)
            .OfType<OracleEvent>().ToList();
        var fallBack = following.Count(next => next.Time < time - maxJump);
        return isFirst ? fallBack > following.Count - fallBack : time > max + maxJump && fallBack > 0;
    }

    private long WatermarkAfter(long maxEventTime) => maxEventTime - options.MaxOutOfOrdernessMs - 1;

    /// <summary>Whether there is a pane end <c>e</c> with <c>before &lt; e - 1 &lt;= after</c>, whatever the pane holds.</summary>
    private bool ReachesPaneEnd(long before, long after) => grid.PaneStart(after + 1) > grid.PaneStart(before + 1);

    /// <summary>Windows that lie wholly between the first and the last of the events by time; some of them may hold events.</summary>
    private IEnumerable<OracleInterval> EmptyWindows(IReadOnlyCollection<OracleEvent> counted) =>
        options.EmitEmptyWindows && counted.Count > 0
            ? grid.WindowsBetween(counted.Min(e => e.Time), counted.Max(e => e.Time))
            : [];
}
