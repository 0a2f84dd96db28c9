namespace Tidemark.Support.Durable;

/// <summary>What is asked of a durable backend, and what it does.</summary>
internal enum HostWork
{
    /// <summary>A client's signal to an entity; bytes of its input.</summary>
    Signal,

    /// <summary>A client's read of an entity; bytes of its state.</summary>
    Read,

    /// <summary>An operation that was executed.</summary>
    Operation,

    /// <summary>A state that was written; its bytes.</summary>
    Save,

    /// <summary>An orchestration that was started.</summary>
    Start,

    /// <summary>A client's question for an orchestration.</summary>
    Question,

    /// <summary>A run of an orchestrator over its history.</summary>
    Episode,

    /// <summary>A run of an activity.</summary>
    Activity,
}

/// <summary>Counts what the host is asked for, by whom and for what: what a backend is paid for.</summary>
internal sealed class HostMeter
{
    private readonly Dictionary<(HostWork Work, string Who, string What), (long Count, long Bytes, long Large)> _sums = [];

    /// <summary>Bytes from which a signal or a state counts as large: Azure Storage then keeps it in a blob.</summary>
    public const int LargeBytes = 45 * 1024;

    /// <param name="work">The kind.</param>
    /// <param name="worker">The process that asks; its number is left out.</param>
    /// <param name="what">The entity and operation, or the function.</param>
    /// <param name="bytes">Of what is sent or stored.</param>
    public void Add(HostWork work, string worker, string what, int bytes = 0)
    {
        (HostWork, string, string) key = (work, worker.Split('-')[0], what);
        (long count, long sum, long large) = _sums.GetValueOrDefault(key);
        _sums[key] = (count + 1, sum + bytes, large + (bytes > LargeBytes ? 1 : 0));
    }

    public void Clear() => _sums.Clear();

    /// <param name="work">The kind.</param>
    /// <param name="who">The process; null for all.</param>
    /// <param name="what">How the entity's or function's name begins, in any case.</param>
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
