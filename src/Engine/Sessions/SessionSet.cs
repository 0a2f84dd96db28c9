using System.Runtime.CompilerServices;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;

namespace Tidemark.Engine.Sessions;

/// <summary>
/// The sessions of all users that are open or can still change. An event usually extends the one part that its user has; everything else
/// (<see cref="AddElsewhere"/>) looks at the parts of the user around the event, and compares the sessions before and after. What a session is
/// decides <see cref="SessionRules"/>. Not thread-safe.
/// </summary>
internal sealed partial class SessionSet
{
    private const long MinuteMs = EventTime.MinuteMs;

    // How far ahead the place of a user and then the part there are fetched: far enough ahead for the memory to respond, near enough for the cache
    // lines to be still there.
    private const int UserDistance = 18;
    private const int PartDistance = 12;

    private readonly SessionOptions _options;
    private readonly SessionRules _rules;
    private readonly int _firstKey;
    private readonly bool _hasCurrency;
    private readonly IEngineOutput _output;
    private readonly Func<long, SessionCounts> _countsAt;
    private readonly UserTable _users = new();
    private readonly Slab<SessionPart> _parts = new();
    private readonly NumberLists _pages = new();
    private readonly TextTable _texts = new();
    private readonly Dictionary<ulong, List<long>> _replaced = []; // the starts of sessions that were published and are part of others now
    private readonly List<int> _of = []; // the parts of the user that is looked at
    private readonly List<long> _startsBefore = [];
    private readonly List<long> _publishedBefore = [];

    /// <param name="options">Options with sessions.</param>
    /// <param name="output">Receives what has ended.</param>
    /// <param name="countsAt">The counts of the pane of a time, for adding to them.</param>
    public SessionSet(EngineOptions options, IEngineOutput output, Func<long, SessionCounts> countsAt)
    {
        _options = options.Input.Sessions ?? throw new ArgumentException("expected options with sessions", nameof(options));
        _rules = new SessionRules(_options);
        _firstKey = options.Input.Breakdowns.Count;
        _hasCurrency = options.Input.HasCurrency;
        _output = output;
        _countsAt = countsAt;
    }

    /// <summary>The number of users with a session that is open or can still change.</summary>
    public int Users => _users.Count;

    /// <summary>The number of events that are in no session because there were too many (<see cref="SessionOptions.MaxOpen"/>).</summary>
    public long LeftOut { get; private set; }

    /// <summary>Adds events that are not late, in the order in which they came.</summary>
    /// <param name="records">All records of the batch: those that follow are likely to be next.</param>
    /// <param name="start">The first one to add.</param>
    /// <param name="end">The end of those to add.</param>
    /// <param name="batch">The batch.</param>
    public void AddRange(ReadOnlySpan<EventRecord> records, int start, int end, EventBatch batch)
    {
        for (int i = start; i < end; i++)
        {
            if (i + UserDistance < records.Length)
            {
                _users.Prefetch(records[i + UserDistance].UserHash);
                Prefetch(_users.Find(records[i + PartDistance].UserHash));
            }

            ref readonly EventRecord record = ref records[i];
            if (record.HasUser)
            {
                Add(in record, batch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(int head)
    {
        if (head >= 0)
        {
            ref SessionPart part = ref _parts[head];
            CacheHint.Load(ref part);
            CacheHint.Load(ref part.Epoch);
        }
    }

    private void Add(in EventRecord record, EventBatch batch)
    {
        int head = _users.Find(record.UserHash);
        if (head >= 0)
        {
            ref SessionPart part = ref _parts[head];
            long at = record.TimestampMs - (part.Block * _rules.BlockMs);
            if (part.Next < 0 && part.EndedIn == SessionPart.NoMinute && at >= part.Start && at <= part.End + _rules.GapMs && at < _rules.BlockMs)
            {
                Touch(ref part);
                Extend(ref part, (int)at, in record, batch);
                return;
            }
        }

        AddElsewhere(head, in record, batch);
    }

    /// <summary>Adds an event that does not simply extend the only part of its user.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddElsewhere(int head, in EventRecord record, EventBatch batch)
    {
        ListParts(head);
        long timeMs = record.TimestampMs;
        long block = _rules.BlockOf(timeMs);
        int at = (int)(timeMs - (block * _rules.BlockMs));
        int after = _of.Count;
        while (after > 0 && StartMs(_of[after - 1]) > timeMs)
        {
            after--;
        }

        bool joinsBefore = after > 0 && _parts[_of[after - 1]].Block == block && _rules.AreLinked(EndMs(_of[after - 1]), timeMs);
        bool joinsAfter = after < _of.Count && _parts[_of[after]].Block == block && _rules.AreLinked(timeMs, StartMs(_of[after]));
        if (!joinsBefore && !joinsAfter && _parts.Count >= _options.MaxOpen)
        {
            LeftOut++;
            return;
        }

        Forget(after, timeMs);
        int changed;
        if (joinsBefore)
        {
            changed = after - 1;
            Extend(ref _parts[_of[changed]], at, in record, batch);
            if (joinsAfter)
            {
                Absorb(_of[changed], _of[after]);
                _of.RemoveAt(after);
            }
        }
        else
        {
            changed = after;
            if (!joinsAfter)
            {
                _of.Insert(after, NewPart(in record, batch, block, at));
            }

            Extend(ref _parts[_of[changed]], at, in record, batch);
        }

        Link(record.UserHash, head);
        Touch(ref _parts[_of[changed]]);
        Remember(record.UserHash, changed);
    }

    /// <summary>
    /// Takes back what is counted and published of the sessions that an event can change: those of the visits before and after it that it
    /// belongs to.
    /// </summary>
    private void Forget(int after, long timeMs)
    {
        _startsBefore.Clear();
        _publishedBefore.Clear();
        bool followsBefore = after > 0 && _rules.AreLinked(EndMs(_of[after - 1]), timeMs);
        bool precedesAfter = after < _of.Count && _rules.AreLinked(timeMs, StartMs(_of[after]));
        int from = followsBefore ? FirstOfVisit(after - 1) : after;
        int to = precedesAfter ? EndOfVisit(after) : followsBefore ? EndOfVisit(after - 1) : after;
        for (int first = from, end; first < to; first = end)
        {
            end = EndOfSession(first);
            long startMs = StartMs(_of[first]);
            _startsBefore.Add(startMs);
            if (_parts[_of[first]].EndedIn != SessionPart.NoMinute)
            {
                _publishedBefore.Add(startMs);
                TakeBack(first, end);
            }
        }
    }

    /// <summary>Counts the sessions of the visit that holds a part, as it is now, and sees that they are looked at when they have ended.</summary>
    private void Remember(ulong user, int changed)
    {
        int to = EndOfVisit(changed);
        for (int first = FirstOfVisit(changed), end; first < to; first = end)
        {
            end = EndOfSession(first);
            long startMs = StartMs(_of[first]);
            if (!_startsBefore.Remove(startMs))
            {
                _countsAt(startMs).AddStarted(1);
            }

            _publishedBefore.Remove(startMs);
            CheckWhenEnded(first, end);
        }

        foreach (long startMs in _startsBefore)
        {
            _countsAt(startMs).AddStarted(-1);
        }

        if (_publishedBefore.Count > 0)
        {
            if (!_replaced.TryGetValue(user, out List<long>? starts))
            {
                _replaced.Add(user, starts = []);
            }

            starts.AddRange(_publishedBefore);
        }
    }

    /// <summary>Lists the parts of a user in time.</summary>
    private void ListParts(int head)
    {
        _of.Clear();
        for (int place = head; place >= 0; place = _parts[place].Next)
        {
            _of.Add(place);
        }
    }

    /// <summary>Stores the list of parts of a user.</summary>
    private void Link(ulong user, int headBefore)
    {
        for (int i = 0; i < _of.Count; i++)
        {
            _parts[_of[i]].Next = i + 1 < _of.Count ? _of[i + 1] : -1;
        }

        if (_of.Count == 0)
        {
            _users.Remove(user);
            _replaced.Remove(user);
        }
        else if (_of[0] != headBefore)
        {
            _users.Set(user, _of[0]);
        }
    }

    /// <summary>The first part of the visit that holds a part: of all that follow one another without a gap.</summary>
    private int FirstOfVisit(int i)
    {
        while (i > 0 && _rules.AreLinked(EndMs(_of[i - 1]), StartMs(_of[i])))
        {
            i--;
        }

        return i;
    }

    private int EndOfVisit(int i)
    {
        i++;
        while (i < _of.Count && _rules.AreLinked(EndMs(_of[i - 1]), StartMs(_of[i])))
        {
            i++;
        }

        return i;
    }

    /// <summary>The end of the session that starts with a part: it may go on in the next block.</summary>
    private int EndOfSession(int first)
    {
        int next = first + 1;
        bool goesOn = next < _of.Count && !_parts[_of[next]].StartsSession && _rules.AreLinked(EndMs(_of[first]), StartMs(_of[next]))
            && SessionRules.Covers(_parts[_of[first]].Block, _parts[_of[next]].Block);
        return goesOn ? next + 1 : next;
    }

    /// <summary>When a session has ended, or will have if nothing more comes.</summary>
    private long EndedAtMs(int end)
    {
        long endMs = EndMs(_of[end - 1]);
        return _rules.EndedAtMs(endMs, end < _of.Count && _rules.AreLinked(endMs, StartMs(_of[end])) ? StartMs(_of[end]) : null);
    }

    private long StartMs(int place) => (_parts[place].Block * _rules.BlockMs) + _parts[place].Start;

    private long EndMs(int place) => (_parts[place].Block * _rules.BlockMs) + _parts[place].End;

    private static long MinuteOf(long timeMs) => EventTime.Floor(timeMs, MinuteMs) / MinuteMs;
}
