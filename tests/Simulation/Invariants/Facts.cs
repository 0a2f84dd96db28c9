using System.Text.Json;
using Tidemark.Core;
using Tidemark.Protocol;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation.Invariants;

/// <summary>The committed states, and the states that follow from the logs. Invariants use nothing else.</summary>
internal sealed class Facts(OracleOptions options, EngineOptions engine)
{
    private readonly SortedDictionary<int, Replay> _replays = [];

    public OracleOptions Options => options;

    public EngineOptions Engine => engine;

    public OracleGrid Grid { get; } = new(options.Windows);

    /// <summary>The replays of all partitions that have ever had a record or a cursor.</summary>
    public IReadOnlyDictionary<int, Replay> Replays => _replays;

    public SortedDictionary<int, PartitionState> Cursors { get; } = [];

    public Dictionary<(long PaneMs, int Partition), PaneShard> Shards { get; } = [];

    public SortedDictionary<long, PaneState> Panes { get; } = [];

    public TopicState Topic { get; set; } = TopicState.Decode(null, engine);

    /// <summary>The result with the highest revision of each closed window, by any writer.</summary>
    public Dictionary<(string Window, long StartMs, long EndMs), StoredResult> Written { get; } = [];

    /// <summary>Partitions whose log a fault has truncated beyond the cursor or recreated, and the kind of fault.</summary>
    public Dictionary<int, string> BrokenLogs { get; } = [];

    /// <summary>The same, including those whose cursor continued after all, because a batch in progress had the deleted records.</summary>
    public HashSet<int> OnceBroken { get; } = [];

    /// <summary>Partitions that the app has reported as stopped.</summary>
    public HashSet<int> ReportedLogs { get; } = [];

    /// <summary>The first offset that still exists in a partition's log.</summary>
    public Func<int, long> LogStart { get; set; } = _ => 0;

    /// <summary>The world's time, epoch milliseconds.</summary>
    public Func<long> NowMs { get; set; } = () => 0;

    /// <summary>The maximum staleness of a read state, in milliseconds.</summary>
    public long StalenessMs { get; set; }

    /// <summary>Whether a record has been written as a dead letter.</summary>
    public Func<int, long, bool> HasLetter { get; set; } = (_, _) => true;

    /// <summary>When each record of a partition's first log was appended.</summary>
    public Dictionary<int, List<(long Offset, long AtMs)>> Appended { get; } = [];

    /// <summary>The content of Redis.</summary>
    public Redis.RedisStore? Redis { get; set; }

    /// <summary>The lake as a reader sees it; null in runs without a lake.</summary>
    public IReadOnlyDictionary<(string Window, long StartMs, long EndMs), StoredResult>? Lake { get; set; }

    /// <summary>Whether Redis has ever lost data.</summary>
    public bool HasRedisLost { get; set; }

    /// <summary>Windows that end at or before this time must have been written; set at the end of a run.</summary>
    public Func<long> DueMs { get; set; } = () => EventTime.None;

    public Replay ReplayOf(int partition)
    {
        if (!_replays.TryGetValue(partition, out Replay? replay))
        {
            _replays.Add(partition, replay = new Replay(options, Grid));
        }

        return replay;
    }

    /// <summary>Records that a record was appended to a partition's first log.</summary>
    public void Append(int partition, long offset, byte[] value, long timestampMs)
    {
        if (!Appended.TryGetValue(partition, out List<(long Offset, long AtMs)>? appended))
        {
            Appended.Add(partition, appended = []);
        }

        appended.Add((offset, NowMs()));
        if (OracleReader.IsBlank(value))
        {
            ReplayOf(partition).Append(new JournalRecord(offset, null, OracleOutcome.Blank));
            return;
        }

        (OracleEvent? read, string? reason) = OracleReader.Read((int)offset, partition, value, timestampMs + options.MaxFutureSkewMs);
        ReplayOf(partition).Append(new JournalRecord(offset, read, reason));
    }

    /// <summary>The highest offset of each partition merged into each pane.</summary>
    public Dictionary<(long PaneMs, int Partition), long> MergedTo { get; } = [];

    /// <summary>
    /// Rows that were merged ahead of a cursor that can never follow, because its log no longer exists: those of the one step in progress.
    /// They belong to the right log and are in windows, but in no counter.
    /// </summary>
    public IEnumerable<OracleEvent> Stranded() => MergedTo
        .Where(merged => BrokenLogs.ContainsKey(merged.Key.Partition) && merged.Value > ReplayOf(merged.Key.Partition).Next)
        .SelectMany(merged => ReplayOf(merged.Key.Partition).Rows(merged.Key.PaneMs, merged.Value)
            .Skip(ReplayOf(merged.Key.Partition).Rows(merged.Key.PaneMs, ReplayOf(merged.Key.Partition).Next).Count()));

    /// <summary>
    /// Whether the app can know that a window was written. A window that was written but not recorded waits for the watermark, which a
    /// partition with another log holds back until an operator acts.
    /// </summary>
    public bool IsKnownToBeWritten(string window, long endMs) =>
        BrokenLogs.Count == 0 || (Topic.Family(window) is { } family && (endMs <= family.FinalBeforeMs || family.IsPublished(endMs)));

    /// <summary>All events counted by the cursors, and the stranded ones.</summary>
    public IEnumerable<OracleEvent> Counted() =>
        _replays.Values.SelectMany(replay => replay.Outcomes).Where(outcome => outcome.IsCounted)
            .Select(outcome => outcome.Record.Event!).Concat(Stranded());

    /// <summary>
    /// The final content of each window, from the rows counted by the cursors, including empty windows if enabled.
    /// </summary>
    public Dictionary<(string Window, long StartMs, long EndMs), string> Expected(Func<OracleInterval, bool> isWanted)
    {
        OracleEvent[] counted = [.. Counted()];
        Dictionary<OracleInterval, List<OracleEvent>> windows = counted
            .SelectMany(read => Grid.WindowsOf(read.Time).Where(isWanted).Select(window => (Window: window, Event: read)))
            .GroupBy(pair => pair.Window, pair => pair.Event)
            .ToDictionary(group => group.Key, group => group.ToList());
        if (options.EmitEmptyWindows && counted.Length > 0)
        {
            foreach (OracleInterval window in Grid.WindowsBetween(counted.Min(read => read.Time), counted.Max(read => read.Time)).Where(isWanted))
            {
                windows.TryAdd(window, []);
            }
        }

        return windows.ToDictionary(
            pair => (options.Windows[pair.Key.Order].Name, pair.Key.Start, pair.Key.End),
            pair => (OracleMetrics.Compute(pair.Value, pair.Key, options) with { TrueUniqueUsers = 0 }).ToText());
    }

    /// <summary>The bytes of a state in the store.</summary>
    public static byte[]? Bytes(string? text) => text is null ? null : JsonSerializer.Deserialize<byte[]>(text);
}
