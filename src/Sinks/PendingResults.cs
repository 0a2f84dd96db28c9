using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// The bounded, ordered queue in front of a sink. A live result replaces a queued one of the same window. When the queue is full, the least
/// valuable results are dropped: live results first, then revisions that a later one in the queue replaces. Not thread-safe.
/// </summary>
/// <param name="most">The maximum number of results.</param>
/// <param name="maxBytes">The maximum memory of the results in bytes.</param>
/// <param name="dropped">Called for each result that is dropped.</param>
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

    /// <summary>A result, or a mark that a family is final before a time.</summary>
    public readonly record struct Entry(WindowResult? Result, string Window, long FinalBeforeMs, long Bytes);

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

        _notes.Add(window, _queue.AddLast(new Entry(null, window, finalBeforeMs, 0)));
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

    /// <summary>Adds a result, dropping the oldest ones while there is no room.</summary>
    public void AddAnyway(WindowResult result)
    {
        while (!TryAdd(result))
        {
            if (_results == 0)
            {
                Drop(result); // all room is taken by the results being written
                return;
            }

            Drop(First(static _ => true));
        }
    }

    /// <summary>
    /// Takes the oldest entries: one mark, or results up to a mark or the limits. They count against the bound until <see cref="Release"/>.
    /// </summary>
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

    /// <summary>Releases the room of the entries taken.</summary>
    public void Release() => (_takenResults, _takenBytes) = (0, 0);

    /// <summary>The approximate memory of a result in bytes: the sketch, and two bytes per character with overhead for each key.</summary>
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
        // There are as many windows as results, so none is replaced and there is nothing to search.
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
