using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine.Sessions;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// The complete state of an engine between two records. Immutable, so it can be encoded on another thread while the engine continues. An
/// engine restored from it behaves exactly as the captured one does.
/// </summary>
public sealed class EngineSnapshot
{
    internal EngineSnapshot(
        CursorSnapshot[] cursors, long watermarkMs, LateSnapshot late, WindowsSnapshot windows, SessionsSnapshot? sessions)
    {
        Cursors = cursors;
        WatermarkMs = watermarkMs;
        Late = late;
        Windows = windows;
        Sessions = sessions;
    }

    /// <summary>The number of partitions.</summary>
    public int Partitions => Cursors.Length;

    /// <summary>The highest watermark that has closed windows, epoch milliseconds, or <see cref="Core.EventTime.None"/>.</summary>
    public long WatermarkMs { get; }

    /// <summary>The number of windows that hold events and can still change.</summary>
    public int OpenWindows => Windows.Open.Length + Windows.Published.Length;

    /// <summary>The number of records with an outcome, over all partitions.</summary>
    public long CountOf(RecordOutcome outcome) => Cursors.Sum(cursor => (int)outcome < cursor.Outcomes.Length ? cursor.Outcomes[(int)outcome] : 0);

    internal CursorSnapshot[] Cursors { get; }

    internal LateSnapshot Late { get; }

    internal WindowsSnapshot Windows { get; }

    /// <summary>Null when there are none.</summary>
    internal SessionsSnapshot? Sessions { get; }
}

/// <summary>The state of a <see cref="PartitionCursor"/>.</summary>
internal readonly record struct CursorSnapshot(long Next, long MaxEventTimeMs, long WatermarkMs, long Read, bool IsIdle, long[] Outcomes);

/// <summary>The state of a <see cref="LateCounts"/>.</summary>
internal readonly record struct LateSnapshot(KeyValuePair<long, long>[] ByMinute, long Elsewhere, long InOpenWindow);

/// <summary>The state of a <see cref="Pane"/>.</summary>
internal readonly record struct PaneSnapshot(Interval Interval, long Revision, PaneContent[] Published, Accumulator? Pending);

/// <summary>A window, identified by the index of its family in the configuration.</summary>
internal readonly record struct WindowSnapshot(int Order, Interval Interval);

/// <summary>The state of an <see cref="EmptyWindowSet"/>.</summary>
internal readonly record struct EmptyWindowsSnapshot(EmptyRangeSnapshot[] Ranges);

/// <summary>The state of an <see cref="EmptyRange"/>.</summary>
internal readonly record struct EmptyRangeSnapshot(long FirstMs, long EnumeratedFromMs, long EnumeratedUntilMs, long Skipped);

/// <summary>The state of a <see cref="WindowSet"/>.</summary>
internal sealed record WindowsSnapshot(
    PaneSnapshot[] Panes, WindowSnapshot[] Open, WindowSnapshot[] Published, long[] LastEndMs,
    long[] FinalBeforeMs, long PublishedEvents, EmptyWindowsSnapshot? Empty);
