using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Sinks;

/// <summary>
/// The bounded, ordered queue in front of a sink: results, the sessions of minutes, and marks. A live result replaces a queued one of the same
/// window, and the sessions of a minute those of an older revision. When the queue is full, the least valuable results are dropped: live
/// results first, then revisions that a later one in the queue replaces. Not thread-safe.
/// </summary>
/// <param name="most">The maximum number of results, the sessions of a minute counted as one.</param>
/// <param name="maxBytes">The maximum memory of the results in bytes.</param>
/// <param name="dropped">Called for each result that is dropped.</param>
/// <param name="droppedSessions">Called for sessions that are dropped, or replaced by those of a newer revision.</param>
internal sealed class PendingResults(
    int most, long maxBytes, Action<WindowResult>? dropped = null, Action<EndedSessions>? droppedSessions = null)
{
    private readonly LinkedList<Entry> _queue = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs), long> _newest = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs), LinkedListNode<Entry>> _live = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _notes = [];
    private readonly Dictionary<long, LinkedListNode<Entry>> _sessions = []; // by the start of the minute
    private int _results;
    private long _bytes;
    private int _takenResults;
    private long _takenBytes;

    /// <summary>A result, the sessions of a minute, or a mark that a family is final before a time.</summary>
    public readonly record struct Entry(WindowResult? Result, EndedSessions? Sessions, string Window, long FinalBeforeMs, long Bytes)
    {
        /// <summary>Whether it is neither a result nor sessions.</summary>
        public bool IsMark => Result is null && Sessions is null;
    }

    /// <summary>The number of queued results, including those being written.</summary>
    public int Count => _results + _takenResults;

    /// <summary>Whether nothing is queued, except what is being written.</summary>
    public bool IsEmpty => _queue.Count == 0;

    /// <summary>The number of results dropped because the queue was full.</summary>
    public long Dropped { get; private set; }

    /// <summary>Adds a mark, which replaces a queued one of the same family: writing a mark later is always correct.</summary>
    public void AddFinalMark(string window, long finalBeforeMs)
    {
        if (_notes.Remove(window, out LinkedListNode<Entry>? before))
        {
            finalBeforeMs = Math.Max(finalBeforeMs, before.Value.FinalBeforeMs);
            _queue.Remove(before);
        }

        _notes.Add(window, _queue.AddLast(new Entry(null, null, window, finalBeforeMs, 0)));
    }

    /// <summary>
    /// Adds a result if there is room or less valuable results can be dropped. A live result is always accepted or dropped.
    /// </summary>
    public bool TryAdd(WindowResult result)
    {
        if (result.Phase == Phase.Live && _live.TryGetValue(WindowOf(result), out LinkedListNode<Entry>? waiting))
        {
            Unlink(waiting);
            result = result.Sequence >= waiting.Value.Result!.Sequence ? result : waiting.Value.Result;
        }

        Entry entry = new(result, null, result.Window, 0, SizeOf(result));
        while (!HasRoom(entry.Bytes))
        {
            if (result.Phase == Phase.Live && _live.Count == 0)
            {
                Drop(entry);
                return true;
            }

            if (!TryDropLesser())
            {
                return false;
            }
        }

        Append(entry);
        return true;
    }

    /// <summary>
    /// Adds the sessions of a minute if there is room or less valuable results can be dropped. They replace those of an older revision; those of a
    /// newer one stay.
    /// </summary>
    public bool TryAdd(EndedSessions sessions)
    {
        Entry entry = new(null, sessions, EndedSessions.Name, 0, SizeOf(sessions));
        if (_sessions.TryGetValue(sessions.Minute.StartMs, out LinkedListNode<Entry>? known))
        {
            if (known.Value.Sessions!.Revision >= sessions.Revision)
            {
                droppedSessions?.Invoke(sessions);
                return true;
            }

            Unlink(known);
            droppedSessions?.Invoke(known.Value.Sessions!);
        }

        while (!HasRoom(entry.Bytes))
        {
            if (!TryDropLesser())
            {
                return false;
            }
        }

        Append(entry);
        return true;
    }

    /// <summary>Adds a result, dropping the oldest ones while there is no room.</summary>
    public void AddAnyway(WindowResult result)
    {
        while (!TryAdd(result))
        {
            if (!TryDropOldest())
            {
                Drop(new Entry(result, null, result.Window, 0, 0));
                return;
            }
        }
    }

    /// <summary>Adds the sessions of a minute, dropping the oldest results while there is no room.</summary>
    public void AddAnyway(EndedSessions sessions)
    {
        while (!TryAdd(sessions))
        {
            if (!TryDropOldest())
            {
                Drop(new Entry(null, sessions, EndedSessions.Name, 0, 0));
                return;
            }
        }
    }

    /// <summary>
    /// Takes the oldest entries: one mark, the sessions of one minute, or results up to either or the limits. They count against the bound until
    /// <see cref="Release"/>.
    /// </summary>
    public List<Entry> Take(int maxResults, long maxBytesTaken)
    {
        List<Entry> taken = [];
        while (_queue.First is { } node && taken.Count < maxResults)
        {
            bool isAlone = node.Value.Result is null;
            if (taken.Count > 0 && (isAlone || _takenBytes + node.Value.Bytes > maxBytesTaken))
            {
                break;
            }

            taken.Add(node.Value);
            Unlink(node);
            if (!node.Value.IsMark)
            {
                _takenResults++;
                _takenBytes += node.Value.Bytes;
            }

            if (isAlone)
            {
                break;
            }
        }

        return taken;
    }

    /// <summary>Releases the room of the entries taken.</summary>
    public void Release() => (_takenResults, _takenBytes) = (0, 0);

    /// <summary>The approximate memory of a result in bytes: the sketch, and two bytes per character with overhead for each key.</summary>
    internal static long SizeOf(WindowResult result) =>
        512 + result.UsersSketch.Length + Of(result.TopPages) + Of(result.Devices) + Of(result.Countries) + Of(result.EventTypes);

    /// <summary>The approximate memory of the sessions of a minute in bytes.</summary>
    internal static long SizeOf(EndedSessions sessions)
    {
        long bytes = 256;
        foreach (Session session in sessions.Sessions)
        {
            bytes += 512 + Of(session.PagesVisited) + Of(session.Replaces)
                + (2L * (session.SessionId.Length + session.UserId.Length + (session.EntryPage?.Length ?? 0) + (session.ExitPage?.Length ?? 0)
                    + (session.Referrer?.Length ?? 0)));
        }

        return bytes;
    }

    private static long Of(IReadOnlyList<string> texts)
    {
        long bytes = 0;
        foreach (string text in texts)
        {
            bytes += 32 + (2L * text.Length);
        }

        return bytes;
    }

    private static long Of(Breakdown breakdown)
    {
        long bytes = 0;
        foreach (var entry in breakdown.Counts)
        {
            bytes += 48 + 2L * entry.Key.Length;
        }

        return bytes;
    }

    private static (string Window, long StartMs, long EndMs) WindowOf(WindowResult result) => (result.Window, result.StartMs, result.EndMs);

    private bool HasRoom(long bytes) => Count == 0 || (Count < most && _bytes + _takenBytes + bytes <= maxBytes);

    /// <summary>Drops what is worth less than a closed result: a live one, or one that a later one replaces.</summary>
    private bool TryDropLesser()
    {
        LinkedListNode<Entry>? lesser = _live.Count > 0 ? First(static entry => entry.Result?.Phase == Phase.Live) : FirstReplaced();
        return TryDrop(lesser);
    }

    /// <summary>Drops the oldest; false when all room is taken by what is being written.</summary>
    private bool TryDropOldest() => TryDrop(First(static entry => !entry.IsMark));

    private bool TryDrop(LinkedListNode<Entry>? node)
    {
        if (node is null)
        {
            return false;
        }

        Unlink(node);
        Drop(node.Value);
        return true;
    }

    private void Drop(Entry entry)
    {
        Dropped++;
        if (entry.Result is { } result)
        {
            dropped?.Invoke(result);
        }
        else
        {
            droppedSessions?.Invoke(entry.Sessions!);
        }
    }

    private void Append(Entry entry)
    {
        LinkedListNode<Entry> node = _queue.AddLast(entry);
        _results++;
        _bytes += entry.Bytes;
        if (entry.Sessions is { } sessions)
        {
            _sessions.Add(sessions.Minute.StartMs, node);
        }
        else if (entry.Result is { Phase: Phase.Live } live)
        {
            _live.Add(WindowOf(live), node);
        }
        else if (entry.Result is { } result && (!_newest.TryGetValue(WindowOf(result), out long revision) || revision < result.Revision))
        {
            _newest[WindowOf(result)] = result.Revision;
        }
    }

    private LinkedListNode<Entry>? First(Predicate<Entry> isIt)
    {
        LinkedListNode<Entry>? node = _queue.First;
        while (node is not null && !isIt(node.Value))
        {
            node = node.Next;
        }

        return node;
    }

    /// <summary>The first result that a later one replaces. With as many windows as results there is none, and nothing to search.</summary>
    private LinkedListNode<Entry>? FirstReplaced() => _newest.Count + _sessions.Count >= _results ? null : First(
        entry => entry.Result is { } result && _newest.TryGetValue(WindowOf(result), out long newest) && result.Revision < newest);

    private void Unlink(LinkedListNode<Entry> node)
    {
        _queue.Remove(node);
        if (node.Value.IsMark)
        {
            _notes.Remove(node.Value.Window);
            return;
        }

        _results--;
        _bytes -= node.Value.Bytes;
        if (node.Value.Sessions is { } sessions)
        {
            _sessions.Remove(sessions.Minute.StartMs);
        }
        else if (node.Value.Result is { Phase: Phase.Live } live)
        {
            _live.Remove(WindowOf(live));
        }
        else if (node.Value.Result is { } result && _newest.TryGetValue(WindowOf(result), out long newest) && newest == result.Revision)
        {
            _newest.Remove(WindowOf(result));
        }
    }
}
