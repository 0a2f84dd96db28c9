using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// The sessions of the latest minutes, in memory. Bounded: the oldest minutes are forgotten first, but the latest is kept whatever it holds.
/// Thread-safe.
/// </summary>
/// <param name="maxSessions">The maximum number of sessions.</param>
internal sealed class RecentSessions(int maxSessions)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, EndedSessions> _minutes = [];
    private long _sessions;

    /// <summary>Takes the sessions of a minute, unless those of the same or a higher revision are there.</summary>
    public void Add(EndedSessions ended)
    {
        lock (_lock)
        {
            EndedSessions? known = _minutes.GetValueOrDefault(ended.Minute.StartMs);
            if (known?.Revision >= ended.Revision)
            {
                return;
            }

            _minutes[ended.Minute.StartMs] = ended;
            _sessions += ended.Sessions.Count - (known?.Sessions.Count ?? 0);
            while (_sessions > maxSessions && _minutes.Count > 1)
            {
                (long first, EndedSessions oldest) = _minutes.First();
                _minutes.Remove(first);
                _sessions -= oldest.Sessions.Count;
            }
        }
    }

    /// <summary>The last sessions to end, by end and id.</summary>
    public IReadOnlyList<SessionRow> ReadLastEnded(int count) => SessionRow.LastEnded(All(), count);

    /// <summary>The last sessions that start in a range, as <see cref="IResultReader.ReadLastSessionsAsync"/> has them.</summary>
    public LastSessions ReadLast(Interval range, string? user, int count)
    {
        LastSessions last = new(count);
        last.Add(All().Where(row => range.Contains(row.Session.StartMs) && (user is null || row.Session.UserId == user)));
        return last;
    }

    private IEnumerable<SessionRow> All()
    {
        lock (_lock)
        {
            return _minutes.Values.ToArray().SelectMany(SessionRow.Of);
        }
    }
}
