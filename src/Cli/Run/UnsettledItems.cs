namespace Tidemark.Cli.Run;

/// <summary>
/// What every sink has been given and one of them may not have written, by the result or the sessions that it will be settled by. Bounded: beyond
/// <see cref="Max"/> the oldest are not kept in the state, for each holds its panes. Not thread-safe.
/// </summary>
internal sealed class UnsettledItems
{
    private const int Max = 256;

    private readonly LinkedList<OutboxItem> _given = [];
    private readonly Dictionary<object, OutboxItem> _byResult = new(ReferenceEqualityComparer.Instance);

    /// <summary>The items that every sink has been given, in order.</summary>
    public IEnumerable<OutboxItem> Given => _given;

    /// <summary>A result of an item is about to be given to the sinks: one of them may have written it before its call returns.</summary>
    public void Expect(object result, OutboxItem item)
    {
        item.Missing = 1;
        _byResult[result] = item;
    }

    /// <summary>Every sink has been given an item.</summary>
    public void Add(OutboxItem item)
    {
        if (item.Missing > 0)
        {
            _given.AddLast(item);
            if (_given.Count > Max)
            {
                _given.RemoveFirst();
            }
        }
    }

    /// <summary>A result is written now, or never will be.</summary>
    public void Settle(object result)
    {
        if (_byResult.Remove(result, out OutboxItem? item))
        {
            item.Missing--;
            _given.Remove(item);
        }
    }
}
