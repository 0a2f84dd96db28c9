using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// Everything that an engine knows, as it stood between two records. Immutable, so it can be encoded on another thread
/// while the engine goes on. An engine restored from it goes on exactly as the captured one does.
/// </summary>
public sealed class EngineSnapshot
{
    internal EngineSnapshot(CursorSnapshot[] cursors, long watermarkMs, LateSnapshot late, WindowsSnapshot windows)
    {
        Cursors = cursors;
        WatermarkMs = watermarkMs;
        Late = late;
        Windows = windows;
    }

    /// <summary>How many partitions the engine had.</summary>
    public int Partitions => Cursors.Length;

    /// <summary>The highest watermark that windows have been closed by, epoch milliseconds, or <see cref="Core.EventTime.None"/>.</summary>
    public long WatermarkMs { get; }

    /// <summary>How many windows hold events and can still change.</summary>
    public int OpenWindows => Windows.Open.Length + Windows.Published.Length;

    /// <summary>How many records had an outcome, over all partitions.</summary>
    public long CountOf(RecordOutcome outcome) => Cursors.Sum(cursor => (int)outcome < cursor.Outcomes.Length ? cursor.Outcomes[(int)outcome] : 0);

    internal CursorSnapshot[] Cursors { get; }

    internal LateSnapshot Late { get; }

    internal WindowsSnapshot Windows { get; }
}

/// <summary>A <see cref="PartitionCursor"/> as it stood.</summary>
internal readonly record struct CursorSnapshot(long Next, long MaxEventTimeMs, long WatermarkMs, long Read, bool IsIdle, long[] Outcomes);

/// <summary>A <see cref="LateCounts"/> as it stood.</summary>
internal readonly record struct LateSnapshot(KeyValuePair<long, long>[] ByMinute, long Elsewhere, long InOpenWindow);

/// <summary>A <see cref="Pane"/> as it stood.</summary>
internal readonly record struct PaneSnapshot(Interval Interval, long Revision, PaneContent[] Published, Accumulator? Pending);

/// <summary>A window by its family's place in the configuration.</summary>
internal readonly record struct WindowSnapshot(int Order, Interval Interval);

/// <summary>An <see cref="EmptyWindowSet"/> as it stood.</summary>
internal readonly record struct EmptyWindowsSnapshot(EmptyRangeSnapshot[] Ranges);

/// <summary>An <see cref="EmptyRange"/> as it stood.</summary>
internal readonly record struct EmptyRangeSnapshot(long FirstMs, long EnumeratedFromMs, long EnumeratedUntilMs, long Skipped);

/// <summary>A <see cref="WindowSet"/> as it stood.</summary>
internal sealed record WindowsSnapshot(
    PaneSnapshot[] Panes, WindowSnapshot[] Open, WindowSnapshot[] Published, long[] LastEndMs, long[] FinalBeforeMs, long PublishedEvents, EmptyWindowsSnapshot? Empty);
