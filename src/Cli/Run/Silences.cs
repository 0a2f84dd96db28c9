using Tidemark.Cli.Sources;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>
/// How long partitions have been silent. Silence counts from the last event: lines that keep a connection open and lines that are rejected
/// carry no time, so they must not hold windows open. Not thread-safe: use it under the lock of the engine.
/// </summary>
internal sealed class Silences(IRecordSource source, TimeProvider time)
{
    private readonly List<LastSeen> _last = []; // by partition

    /// <summary>Begins with partitions that the engine has by now.</summary>
    public void AddNew(WindowEngine engine)
    {
        while (_last.Count < engine.Partitions.Count)
        {
            PartitionCursor cursor = engine.Partitions[_last.Count];
            _last.Add(new LastSeen(cursor.Next, cursor.Counted + cursor.Late, time.GetTimestamp(), time.GetTimestamp()));
        }
    }

    /// <summary>Notes in which partitions something came, and whether it was an event.</summary>
    /// <param name="engine">The engine, to which it was applied.</param>
    /// <param name="readAt">When it was read, as <see cref="TimeProvider.GetTimestamp"/> tells it.</param>
    public void Note(WindowEngine engine, long readAt)
    {
        for (int partition = 0; partition < _last.Count; partition++)
        {
            PartitionCursor cursor = engine.Partitions[partition];
            LastSeen last = _last[partition];
            if (cursor.Next != last.Next)
            {
                long events = cursor.Counted + cursor.Late;
                _last[partition] = new LastSeen(cursor.Next, events, readAt, events != last.Events ? readAt : last.EventAt);
            }
        }
    }

    /// <summary>
    /// What the source says (<see cref="IRecordSource.SilenceOf"/>), and how long it had been without an event when something came last.
    /// </summary>
    public TimeSpan? Of(int partition)
    {
        TimeSpan? silence = source.SilenceOf(partition);
        return silence is null || silence == TimeSpan.MaxValue
            ? silence
            : silence + time.GetElapsedTime(_last[partition].EventAt, _last[partition].At);
    }

    private readonly record struct LastSeen(long Next, long Events, long At, long EventAt);
}
