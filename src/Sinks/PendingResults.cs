using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// What waits for a sink, in order and bounded. A live result takes the place of the one of the same window that still waits. When there is no room, what is
/// worth least goes: live results first, then revisions that a later one in the queue replaces. Not thread-safe.
/// </summary>
/// <param name="most">Most results.</param>
/// <param name="maxBytes">Most bytes of them.</param>
/// <param name="dropped">Told of each result that is thrown away.</param>
internal sealed class PendingResults(int most, long maxBytes, Action<WindowResult>? dropped = null)
{
    private readonly LinkedList<Entry> _queue = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs), long> _newest = [];
    private readonly Dictionary<(string Window, long StartMs, long EndMs), LinkedListNode<Entry>> _live = [];
    private readonly Dictionary<string, LinkedListNode<Entry>> _notes = [];
    private int _results;
    private long _bytes;
    private int _takenResults;
    private long _takenBytes;

    /// <summary>A result, or the note that a family is final before a time.</summary>
    public readonly record struct Entry(WindowResult? Result, string Window, long FinalBeforeMs, long Bytes);

    /// <summary>Results that wait, those that are being written among them.</summary>
    public int Count => _results + _takenResults;

    /// <summary>Whether nothing waits but, perhaps, what is being written.</summary>
    public bool IsEmpty => _queue.Count == 0;

    /// <summary>Results that were thrown away for want of room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Notes of the same family replace one another; the later place in the queue is always right, for it only waits longer.</summary>
    public void AddNote(string window, long finalBeforeMs)
    {
        if (_notes.Remove(window, out LinkedListNode<Entry>? before))
        {
            finalBeforeMs = Math.Max(finalBeforeMs, before.Value.FinalBeforeMs);
            _queue.Remove(before);
        }

        _notes.Add(window, _queue.AddLast(new Entry(null, window, finalBeforeMs, 0)));
    }

    /// <summary>Adds a result if there is room, or can be made by dropping what is worth less; a live one is always dealt with.</summary>
    public bool TryAdd(WindowResult result)
    {
        if (result.Phase == Phase.Live && _live.TryGetValue(WindowOf(result), out LinkedListNode<Entry>? waiting))
        {
            Unlink(waiting);
            result = result.Sequence >= waiting.Value.Result!.Sequence ? result : waiting.Value.Result;
        }

        long bytes = SizeOf(result);
        while (!HasRoom(bytes))
        {
            if (_live.Count > 0)
            {
                Drop(First(static entry => entry.Result!.Phase == Phase.Live));
            }
            else if (result.Phase == Phase.Live)
            {
                Drop(result);
                return true;
            }
            else if (FirstReplaced() is { } replaced)
            {
                Drop(replaced);
            }
            else
            {
                return false;
            }
        }

        Append(result, bytes);
        return true;
    }

    /// <summary>Adds a result, dropping the oldest while there is no room.</summary>
    public void AddAnyway(WindowResult result)
    {
        while (!TryAdd(result))
        {
            if (_results == 0)
            {
                Drop(result); // all room is taken by what is being written
                return;
            }

            Drop(First(static _ => true));
        }
    }

    /// <summary>Takes the oldest: one note, or results up to a note or the limits. They keep their room until <see cref="Release"/>.</summary>
    public List<Entry> Take(int maxResults, long maxBytesTaken)
    {
        List<Entry> taken = [];
        while (_queue.First is { } node && taken.Count < maxResults)
        {
            bool isNote = node.Value.Result is null;
            if (taken.Count > 0 && (isNote || _takenBytes + node.Value.Bytes > maxBytesTaken))
            {
                break;
            }

            taken.Add(node.Value);
            Unlink(node);
            if (isNote)
            {
                break;
            }

            _takenResults++;
            _takenBytes += node.Value.Bytes;
        }

        return taken;
    }

    /// <summary>Frees the room of what was taken.</summary>
    public void Release() => (_takenResults, _takenBytes) = (0, 0);

    /// <summary>About what a result takes in memory: the sketch, and two bytes a character with overhead for each key.</summary>
    internal static long SizeOf(WindowResult result) =>
        512 + result.UsersSketch.Length + Of(result.TopPages) + Of(result.Devices) + Of(result.Countries) + Of(result.EventTypes);

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

    private void Append(WindowResult result, long bytes)
    {
        LinkedListNode<Entry> node = _queue.AddLast(new Entry(result, result.Window, 0, bytes));
        _results++;
        _bytes += bytes;
        if (result.Phase == Phase.Live)
        {
            _live.Add(WindowOf(result), node);
        }
        else if (!_newest.TryGetValue(WindowOf(result), out long revision) || revision < result.Revision)
        {
            _newest[WindowOf(result)] = result.Revision;
        }
    }

    private LinkedListNode<Entry> First(Predicate<Entry> isIt)
    {
        for (LinkedListNode<Entry>? node = _queue.First; node is not null; node = node.Next)
        {
            if (node.Value.Result is not null && isIt(node.Value))
            {
                return node;
            }
        }

        throw new InvalidOperationException("There is none.");
    }

    private LinkedListNode<Entry>? FirstReplaced()
    {
        // As many windows as results: none is replaced, and there is nothing to search.
        for (LinkedListNode<Entry>? node = _newest.Count < _results ? _queue.First : null; node is not null; node = node.Next)
        {
            if (node.Value.Result is { } result && _newest.TryGetValue(WindowOf(result), out long newest) && result.Revision < newest)
            {
                return node;
            }
        }

        return null;
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        Unlink(node);
        Drop(node.Value.Result!);
    }

    private void Drop(WindowResult result)
    {
        Dropped++;
        dropped?.Invoke(result);
    }

    private void Unlink(LinkedListNode<Entry> node)
    {
        _queue.Remove(node);
        if (node.Value.Result is not { } result)
        {
            _notes.Remove(node.Value.Window);
            return;
        }

        _results--;
        _bytes -= node.Value.Bytes;
        if (result.Phase == Phase.Live)
        {
            _live.Remove(WindowOf(result));
        }
        else if (_newest.TryGetValue(WindowOf(result), out long newest) && newest == result.Revision)
        {
            _newest.Remove(WindowOf(result));
        }
    }
}
