using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// The latest closed windows of one family, each with its highest revision. From <see cref="CompleteFromMs"/> on it knows every window that
/// there is. Not thread-safe.
/// </summary>
/// <param name="definition">The family.</param>
/// <param name="hasHistory">Whether there may be windows from before this process, which <see cref="Fill"/> brings.</param>
internal sealed class RecentFamily(WindowDefinition definition, bool hasHistory)
{
    private readonly SortedList<Interval, (WindowResult Result, long Bytes)> _windows = new(ByStart);
    private bool _isFilled = !hasHistory;

    private static readonly IComparer<Interval> ByStart =
        Comparer<Interval>.Create(static (a, b) => (a.StartMs, a.EndMs).CompareTo((b.StartMs, b.EndMs)));

    /// <summary>
    /// Every window that starts at this time or later is known; epoch milliseconds, <see cref="long.MaxValue"/>: not known yet.
    /// </summary>
    public long CompleteFromMs { get; private set; } = hasHistory ? long.MaxValue : long.MinValue;

    /// <summary>How many windows there are.</summary>
    public int Count => _windows.Count;

    /// <summary>How many bytes they take, about.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether a window is known as closed, at any revision.</summary>
    public bool Contains(Interval window) => _windows.ContainsKey(window) || (_isFilled && window.StartMs < CompleteFromMs);

    /// <summary>Takes a closed window, unless a higher revision of it is known or it is older than everything that is kept.</summary>
    /// <returns>Whether it is news: the first that is heard of the window, or a higher revision.</returns>
    public bool Add(WindowResult result)
    {
        Interval window = new(result.StartMs, result.EndMs);
        if (_isFilled && window.StartMs < CompleteFromMs)
        {
            return true;
        }

        if (_windows.TryGetValue(window, out (WindowResult Result, long Bytes) known))
        {
            if (known.Result.Revision >= result.Revision)
            {
                return false;
            }

            Bytes -= known.Bytes;
        }

        // Users are merged over windows side by side only: the sketches of windows that overlap would only take memory.
        WindowResult kept = definition.Kind.Overlaps ? result with { UsersSketch = default } : result;
        long bytes = PendingResults.SizeOf(kept);
        _windows[window] = (kept, bytes);
        Bytes += bytes;
        return true;
    }

    /// <summary>Takes what was stored before this process, the latest windows of it.</summary>
    /// <param name="stored">The windows, by start.</param>
    /// <param name="isAll">Whether there are no others.</param>
    public void Fill(IReadOnlyList<WindowResult> stored, bool isAll)
    {
        foreach (WindowResult result in stored)
        {
            Add(result);
        }

        _isFilled = true;
        CompleteFromMs = isAll ? long.MinValue : stored.Count == 0 ? long.MaxValue : stored[0].StartMs;
        while (_windows.Count > 0 && _windows.Keys[0].StartMs < CompleteFromMs)
        {
            RemoveFirst();
        }
    }

    /// <summary>Forgets the oldest window, and all others with its start.</summary>
    public void Evict()
    {
        long startMs = _windows.Keys[0].StartMs;
        while (_windows.Count > 0 && _windows.Keys[0].StartMs == startMs)
        {
            RemoveFirst();
        }

        if (_isFilled)
        {
            CompleteFromMs = Math.Max(CompleteFromMs, startMs + 1);
        }
    }

    /// <summary>The windows that start in a range, by start and end.</summary>
    public List<WindowResult> Read(Interval range)
    {
        List<WindowResult> found = [];
        for (int i = IndexOf(range.StartMs); i < _windows.Count && _windows.Keys[i].StartMs < range.EndMs; i++)
        {
            found.Add(_windows.Values[i].Result);
        }

        return found;
    }

    private void RemoveFirst()
    {
        Bytes -= _windows.Values[0].Bytes;
        _windows.RemoveAt(0);
    }

    /// <summary>The index of the first window that starts at a time or later.</summary>
    private int IndexOf(long startMs)
    {
        int low = 0;
        int high = _windows.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_windows.Keys[middle].StartMs < startMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
