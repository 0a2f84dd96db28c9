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

    private readonly SortedDictionary<Interval, (LakeKey Key, List<TRow> Rows)> _windows = new(ByStart);

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>The windows, those without rows too, by start and end.</summary>
    public IReadOnlyList<LakeKey> Held => [.. _windows.Values.Select(window => window.Key)];

    /// <summary>Adds a file.</summary>
    /// <returns>Whether it contains anything new.</returns>
    /// <exception cref="SinkException">Two files contain the same revision of a window with different content.</exception>
    public bool Add(LakeRows<TRow> file, string path)
    {
        Dictionary<Interval, (LakeKey Key, List<TRow> Rows)> found = [];
        foreach (LakeKey key in file.Held)
        {
            found.TryAdd(key.Window, (key, []));
        }

        foreach (TRow row in file.Rows)
        {
            found[row.Window].Rows.Add(row);
        }

        bool isNew = false;
        foreach ((LakeKey key, List<TRow> rows) in found.Values)
        {
            if (_windows.TryGetValue(key.Window, out (LakeKey Key, List<TRow> Rows) known))
            {
                if (known.Key.Revision == key.Revision && !table.AreSame(known.Rows, rows))
                {
                    throw new SinkException(
                        $"{table.Files.FullPath(path)} and another file of the lake hold different results for the window that starts at "
                        + $"{TimeText.Format(key.Window.StartMs)} and revision {key.Revision}: "
                        + "they were written from other events or under other options");
                }

                if (known.Key.Revision >= key.Revision)
                {
                    continue;
                }

                Count -= known.Rows.Count;
            }

            _windows[key.Window] = (key, rows);
            Count += rows.Count;
            isNew = true;
        }

        return isNew;
    }

    /// <summary>All rows, by start and end of their windows.</summary>
    public IReadOnlyList<TRow> Rows() => [.. _windows.Values.SelectMany(window => window.Rows)];
}
