using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks;

/// <summary>
/// Keeps the last sessions by start of those that are added: as many as are asked for, and those that share the start of the first of them, so
/// that a next question can end there. Not thread-safe.
/// </summary>
/// <param name="count">The number of sessions, 1 or more.</param>
public sealed class LastSessions(int count)
{
    private readonly Dictionary<Interval, long> _newest = []; // the revision of each minute, also when none of its rows is kept
    private List<SessionRow> _rows = [];

    /// <summary>Whether there are enough already that start at or after a time.</summary>
    public bool IsFullFrom(long startMs)
    {
        if (_rows.Count < count)
        {
            return false;
        }

        Trim();
        return _rows.Count >= count && _rows[^count].Session.StartMs >= startMs;
    }

    /// <summary>Adds sessions, in any order.</summary>
    public void Add(IEnumerable<SessionRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int limit = Math.Max(2 * count, 1000);
        foreach (SessionRow row in rows)
        {
            _rows.Add(row);
            _newest[row.EndedMinute] = Math.Max(row.Revision, _newest.GetValueOrDefault(row.EndedMinute));
            if (_rows.Count > limit)
            {
                Trim();
                limit = Math.Max(2 * _rows.Count, limit);
            }
        }
    }

    /// <summary>The last sessions, by start and id.</summary>
    public IReadOnlyList<SessionRow> Take()
    {
        Trim();
        return _rows;
    }

    private void Trim()
    {
        _rows = [.. SessionRow.Once(_rows.Where(row => row.Revision == _newest[row.EndedMinute]))];
        _rows.Sort(SessionRow.ByStart);
        if (_rows.Count > count)
        {
            long first = _rows[^count].Session.StartMs;
            _rows.RemoveRange(0, _rows.FindIndex(row => row.Session.StartMs >= first));
        }
    }
}
