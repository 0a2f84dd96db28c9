using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Sessions;

/// <content>
/// Closing: what has ended is published by the minute, and forgotten when its minute is final. Every session is looked at when it would end if
/// nothing more came, so an event costs nothing here.
/// </content>
internal sealed partial class SessionSet
{
    private readonly SortedDictionary<long, List<PartRef>> _checks = [];
    private readonly SortedDictionary<long, EndedMinute> _minutes = [];
    private readonly SortedSet<long> _changedMinutes = []; // those that must be published, for the first time or again
    private long _finalMinute = SessionPart.NoMinute;

    /// <summary>Minutes that end at or before this time are final, epoch milliseconds; null while none is.</summary>
    public long? FinalBeforeMs => _finalMinute == SessionPart.NoMinute ? null : _finalMinute * MinuteMs;

    /// <summary>Publishes the minutes that have ended, and anew those whose sessions late events have changed.</summary>
    /// <param name="untilMs">Minutes that end at or before this time have ended.</param>
    /// <param name="watermarkMs">The topic's watermark; null at the end of a bounded source.</param>
    public void CloseDue(long untilMs, long? watermarkMs)
    {
        long untilMinute = untilMs == long.MaxValue ? long.MaxValue : MinuteOf(untilMs);
        while (FirstKey(_checks) is { } minute && minute < untilMinute)
        {
            _checks.Remove(minute, out List<PartRef>? checks);
            foreach (PartRef check in checks!)
            {
                Check(check, minute, untilMinute);
            }
        }

        while (_changedMinutes.Count > 0 && _changedMinutes.Min < untilMinute)
        {
            long minute = _changedMinutes.Min;
            _changedMinutes.Remove(minute);
            Publish(minute, _minutes[minute], watermarkMs);
        }
    }

    /// <summary>Forgets the sessions that no event can change any more, and tells that their minutes are final.</summary>
    /// <param name="finalBeforeMs">No event before this time is counted any more, or <see cref="EventTime.None"/>.</param>
    public void ForgetFinal(long finalBeforeMs)
    {
        if (finalBeforeMs == EventTime.None || MinuteOf(finalBeforeMs) <= _finalMinute)
        {
            return;
        }

        _finalMinute = MinuteOf(finalBeforeMs);
        while (FirstKey(_minutes) is { } minute && minute < _finalMinute)
        {
            _minutes.Remove(minute, out EndedMinute? ended);
            _changedMinutes.Remove(minute);
            foreach (PartRef session in ended!.Sessions)
            {
                if (IsEndedIn(session, minute))
                {
                    Drop(session.Place);
                }
            }
        }

        _output.MarkSessionsFinal(FinalBeforeMs!.Value);
    }

    /// <summary>Ends a bounded source for good: closes everything, which is final then.</summary>
    public void Complete()
    {
        CloseDue(long.MaxValue, null);
        if (_minutes.Count > 0)
        {
            ForgetFinal((_minutes.Last().Key + 1) * MinuteMs);
        }
    }

    /// <summary>
    /// What was published and can still change, by minute, for a sink that may have lost it: the latest minutes until they have enough sessions.
    /// Sessions that changed since their minute was published are missing until it is published again.
    /// </summary>
    /// <param name="watermarkMs">The topic's watermark.</param>
    /// <param name="enough">The number of sessions that is enough.</param>
    public IReadOnlyList<EndedSessions> Published(long watermarkMs, long enough)
    {
        List<EndedSessions> published = [];
        foreach ((long minute, EndedMinute ended) in _minutes.Reverse())
        {
            if (enough <= 0)
            {
                break;
            }

            if (ended.Revision > 0)
            {
                published.Add(EndedIn(minute, ended, watermarkMs));
                enough -= published[^1].Sessions.Count;
            }
        }

        published.Reverse();
        return published;
    }

    /// <summary>Has a session looked at when it has ended, if nothing more comes.</summary>
    private void CheckWhenEnded(int first, int end)
    {
        ref SessionPart part = ref _parts[_of[first]];
        if (part.EndedIn == SessionPart.NoMinute)
        {
            CheckAt(_of[first], MinuteOf(EndedAtMs(end)));
        }
    }

    private void CheckAt(int place, long minute)
    {
        ref SessionPart part = ref _parts[place];
        if (part.CheckAt != SessionPart.NoMinute && part.CheckAt <= minute)
        {
            return;
        }

        part.CheckAt = minute;
        if (!_checks.TryGetValue(minute, out List<PartRef>? checks))
        {
            _checks.Add(minute, checks = []);
        }

        checks.Add(new PartRef(place, part.Generation));
    }

    private void Check(PartRef check, long minute, long untilMinute)
    {
        ref SessionPart part = ref _parts[check.Place];
        if (part.Generation != check.Generation || part.CheckAt != minute)
        {
            return;
        }

        part.CheckAt = SessionPart.NoMinute;
        if (!TryFind(check.Place, out int first, out int end) || part.EndedIn != SessionPart.NoMinute)
        {
            return;
        }

        long endedAtMs = EndedAtMs(end);
        long endedIn = MinuteOf(endedAtMs);
        if (endedIn >= untilMinute)
        {
            CheckAt(check.Place, endedIn);
            return;
        }

        part.EndedIn = endedIn;
        Touch(ref part);
        Count(endedAtMs, first, end, sign: 1);
        EndedMinute ended = Change(endedIn);
        ended.Sessions.Add(check);
    }

    /// <summary>Lists the parts of the user of a part, and finds the session that starts with it: none when the part continues another.</summary>
    private bool TryFind(int place, out int first, out int end)
    {
        ListParts(_users.Find(_parts[place].User));
        for (first = 0; first < _of.Count; first = end)
        {
            end = EndOfSession(first);
            if (_of[first] == place)
            {
                return true;
            }
        }

        end = first;
        return false;
    }

    /// <summary>Takes back a session that was published: it is not part of its minute any more.</summary>
    private void TakeBack(int first, int end)
    {
        ref SessionPart part = ref _parts[_of[first]];
        Count(EndedAtMs(end), first, end, sign: -1);
        Change(part.EndedIn);
        part.EndedIn = SessionPart.NoMinute;
    }

    private EndedMinute Change(long minute)
    {
        if (!_minutes.TryGetValue(minute, out EndedMinute? ended))
        {
            _minutes.Add(minute, ended = new EndedMinute());
        }

        _changedMinutes.Add(minute);
        return ended;
    }

    private void Count(long endedAtMs, int first, int end, int sign)
    {
        long pageViews = 0;
        long purchases = 0;
        for (int i = first; i < end; i++)
        {
            pageViews += _parts[_of[i]].PageViews;
            purchases += _parts[_of[i]].Purchases;
        }

        _countsAt(endedAtMs).AddEnded(EndMs(_of[end - 1]) - StartMs(_of[first]), pageViews, purchases, sign);
    }

    private bool IsEndedIn(PartRef session, long minute) =>
        _parts[session.Place].Generation == session.Generation && _parts[session.Place].EndedIn == minute;

    private void Publish(long minute, EndedMinute ended, long? watermarkMs)
    {
        ended.Sessions.RemoveAll(session => !IsEndedIn(session, minute));
        ended.Sessions.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        int kept = 0;
        for (int i = 0; i < ended.Sessions.Count; i++)
        {
            if (i == 0 || ended.Sessions[i] != ended.Sessions[i - 1])
            {
                ended.Sessions[kept++] = ended.Sessions[i];
            }
        }

        ended.Sessions.RemoveRange(kept, ended.Sessions.Count - kept);
        if (ended.Revision > 0 || kept > 0)
        {
            ended.Revision++;
            if (_output.TakesSessions)
            {
                _output.Publish(EndedIn(minute, ended, watermarkMs));
            }
        }
    }

    private EndedSessions EndedIn(long minute, EndedMinute ended, long? watermarkMs)
    {
        List<Session> rows = new(ended.Sessions.Count);
        foreach (PartRef session in ended.Sessions)
        {
            if (IsEndedIn(session, minute))
            {
                TryFind(session.Place, out int first, out int end);
                rows.Add(RowOf(first, end));
            }
        }

        _strings.Clear();
        rows.Sort(Session.ByStart);
        long startMs = minute * MinuteMs;
        Phase phase = ended.Revision == 1 ? Phase.OnTime : Phase.Corrected;
        return new EndedSessions(new Interval(startMs, startMs + MinuteMs), phase, ended.Revision, watermarkMs, rows);
    }

    /// <summary>Forgets a session, which is final. What follows it without a gap starts a session of its own, as it did.</summary>
    private void Drop(int place)
    {
        ulong user = _parts[place].User;
        TryFind(place, out int first, out int end);
        int head = _of[0];
        if (end < _of.Count && _rules.AreLinked(EndMs(_of[end - 1]), StartMs(_of[end])))
        {
            _parts[_of[end]].StartsSession = true;
        }

        if (_replaced.TryGetValue(user, out List<long>? starts))
        {
            long endMs = EndMs(_of[end - 1]);
            starts.RemoveAll(startMs => startMs <= endMs);
        }

        Touch(ref _parts[place]);
        for (int i = first; i < end; i++)
        {
            FreePart(_of[i]);
        }

        _of.RemoveRange(first, end - first);
        Link(user, head);
    }

    private static long? FirstKey<T>(SortedDictionary<long, T> items)
    {
        foreach (long key in items.Keys)
        {
            return key;
        }

        return null;
    }
}
