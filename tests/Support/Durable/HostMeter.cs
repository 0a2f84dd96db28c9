namespace Tidemark.Support.Durable;

/// <summary>The kinds of requests to a durable backend, and of work by it.</summary>
internal enum HostWork
{
    /// <summary>A client's signal to an entity, with the bytes of its input.</summary>
    Signal,

    /// <summary>A client's read of an entity, with the bytes of its state.</summary>
    Read,

    /// <summary>An operation that was executed.</summary>
    Operation,

    /// <summary>A state that was written, with its bytes.</summary>
    Save,

    /// <summary>An orchestration that was started.</summary>
    Start,

    /// <summary>A client's query for an orchestration.</summary>
    Question,

    /// <summary>A run of an orchestrator over its history.</summary>
    Episode,

    /// <summary>A run of an activity.</summary>
    Activity,
}

/// <summary>Counts the requests to the host by caller and target: what a backend charges for.</summary>
internal sealed class HostMeter
{
    private readonly Dictionary<(HostWork Work, string Who, string What), (long Count, long Bytes, long Large)> _sums = [];

    /// <summary>The size in bytes from which a signal or a state is large: Azure Storage then keeps it in a blob.</summary>
    public const int LargeBytes = 45 * 1024;

    /// <param name="work">The kind.</param>
    /// <param name="worker">The calling process; its number is ignored.</param>
    /// <param name="what">The entity and operation, or the function.</param>
    /// <param name="bytes">The bytes sent or stored.</param>
    public void Add(HostWork work, string worker, string what, int bytes = 0)
    {
        (HostWork, string, string) key = (work, worker.Split('-')[0], what);
        (long count, long sum, long large) = _sums.GetValueOrDefault(key);
        _sums[key] = (count + 1, sum + bytes, large + (bytes > LargeBytes ? 1 : 0));
    }

    public void Clear() => _sums.Clear();

    /// <param name="work">The kind.</param>
    /// <param name="who">The process; null for all.</param>
    /// <param name="what">The prefix of the entity's or function's name, case-insensitive.</param>
    public (long Count, long Bytes, long Large) Sum(HostWork work, string? who = null, string what = "")
    {
        (long Count, long Bytes, long Large) all = default;
        foreach (((HostWork Work, string Who, string What) key, (long Count, long Bytes, long Large) sum) in _sums)
        {
            if (key.Work == work && (who is null || key.Who == who) && key.What.StartsWith(what, StringComparison.OrdinalIgnoreCase))
            {
                all = (all.Count + sum.Count, all.Bytes + sum.Bytes, all.Large + sum.Large);
            }
        }

        return all;
    }
}
