using System.Runtime.InteropServices;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>Merges the rows of several files, keeping the highest revision of each window.</summary>
internal sealed class LakeMerge<TRow>(LakeTable<TRow> table)
    where TRow : class, ILakeRecord
{
    /// <summary>Orders by start, then by end.</summary>
    public static readonly IComparer<Interval> ByStart = Comparer<Interval>.Create(
        static (a, b) => a.StartMs != b.StartMs ? a.StartMs.CompareTo(b.StartMs) : a.EndMs.CompareTo(b.EndMs));

    private readonly SortedDictionary<Interval, List<TRow>> _windows = new(ByStart);

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the rows of a file.</summary>
    /// <returns>Whether they contain anything new.</returns>
    /// <exception cref="SinkException">Two files contain the same revision of a window with different content.</exception>
    public bool Add(IReadOnlyList<TRow> rows, string file)
    {
        Dictionary<Interval, List<TRow>> found = [];
        foreach (TRow row in rows)
        {
            ref List<TRow>? window = ref CollectionsMarshal.GetValueRefOrAddDefault(found, row.Window, out _);
            (window ??= []).Add(row);
        }

        bool isNew = false;
        foreach ((Interval key, List<TRow> window) in found)
        {
            if (_windows.TryGetValue(key, out List<TRow>? known))
            {
                if (known[0].Revision == window[0].Revision && !table.AreSame(known, window))
                {
                    throw new SinkException(
                        $"{table.Files.FullPath(file)} and another file of the lake hold different results for the window that starts at "
                        + $"{TimeText.Format(key.StartMs)} and revision {known[0].Revision}: "
                        + "they were written from other events or under other options");
                }

                if (known[0].Revision >= window[0].Revision)
                {
                    continue;
                }

                Count -= known.Count;
            }

            _windows[key] = window;
            Count += window.Count;
            isNew = true;
        }

        return isNew;
    }

    /// <summary>All rows, by start and end.</summary>
    public IReadOnlyList<TRow> Rows() => [.. _windows.Values.SelectMany(window => window)];
}
