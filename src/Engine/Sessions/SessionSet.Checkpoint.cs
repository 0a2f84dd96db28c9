using System.Buffers.Binary;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Engine.Sessions;

/// <content>
/// Checkpoints: each holds the users that have changed since the one before. When these pieces have grown to a part of the whole, the slices of all
/// users are written anew, one with each checkpoint, and what is older than the oldest of them is dropped. So a checkpoint costs what has changed
/// and a sixteenth of the rest at most.
/// </content>
internal sealed partial class SessionSet
{
    /// <summary>The number of slices: by the highest bits of the user.</summary>
    private const int Slices = 16;

    private const int SliceShift = 60;

    /// <summary>Below so many bytes of changes nothing is written anew.</summary>
    private const int LeastChangeBytes = 1 << 20;

    private const int ChangesPerWhole = 4;

    private const int SmallPieceBytes = 1 << 16;

    [Flags]
    private enum PartFlags
    {
        None = 0,
        StartsSession = 1,
        PagesCut = 2,
        MixedCurrencies = 4,
        Ended = 8,
        Revenue = 16,
    }

    private readonly List<ulong> _changed = [];
    private readonly List<SessionPiece> _pieces = [];
    private readonly HashSet<ulong> _recentUsers = []; // of the last piece with changes, while it is small
    private SessionPiece? _recent;
    private int _epoch; // of the next checkpoint; 0 before the first one, when nothing is noted
    private int _nextSlice;

    /// <summary>Captures the state whole.</summary>
    public SessionsSnapshot Capture() => Snapshot([new SessionPiece(-1, Encode(AllUsers()))]);

    /// <summary>
    /// Captures the state as pieces of which only those are new that no earlier capture has. Only for captures that are stored one after another.
    /// </summary>
    public SessionsSnapshot CaptureChanges()
    {
        // Those of the capture before are stored by now.
        foreach (SessionPiece piece in _pieces)
        {
            piece.Forget();
        }

        if (_pieces.Count == 0)
        {
            _pieces.AddRange(Enumerable.Range(0, Slices).Select(WholeSlice));
        }
        else if (_changed.Count > 0)
        {
            WriteChanges();
            WriteAnew();
        }

        _changed.Clear();
        _epoch++;
        return Snapshot([.. _pieces]);
    }

    /// <summary>Restores a captured state.</summary>
    public void Restore(SessionsSnapshot snapshot)
    {
        _finalMinute = snapshot.FinalMinute;
        LeftOut = snapshot.LeftOut;
        foreach (MinuteSnapshot minute in snapshot.Minutes)
        {
            _minutes.Add(minute.Minute, new EndedMinute { Revision = minute.Revision });
            if (minute.IsChanged)
            {
                _changedMinutes.Add(minute.Minute);
            }
        }

        foreach (SessionPiece piece in snapshot.Pieces)
        {
            if (piece.Slice >= 0)
            {
                foreach (ulong user in UsersOf(piece.Slice))
                {
                    RemoveUser(user);
                }
            }

            Decode(piece.Bytes);
        }

        foreach (int head in _users.Heads())
        {
            Resume(head);
        }

        if (snapshot.Pieces is not [{ Slice: -1 }])
        {
            _pieces.AddRange(snapshot.Pieces);
            _nextSlice = snapshot.Pieces.FirstOrDefault(piece => piece.Slice >= 0)?.Slice ?? 0;
        }

        // What changes from now on is noted: the next checkpoint goes on from these pieces.
        _epoch = 1;
    }

    private SessionsSnapshot Snapshot(SessionPiece[] pieces) => new(
        _finalMinute, LeftOut,
        [.. _minutes.Select(minute => new MinuteSnapshot(minute.Key, minute.Value.Revision, _changedMinutes.Contains(minute.Key)))],
        pieces);

    /// <summary>Notes that a user has changed.</summary>
    private void Touch(ref SessionPart part)
    {
        if (part.Epoch != _epoch)
        {
            part.Epoch = _epoch;
            _changed.Add(part.User);
        }
    }

    /// <summary>Writes the users that have changed; a piece that is small is replaced by one that holds its users too.</summary>
    private void WriteChanges()
    {
        if (_recent is not null)
        {
            _pieces.Remove(_recent);
        }

        _recentUsers.UnionWith(_changed);
        _recent = new SessionPiece(-1, Encode(_recentUsers));
        _pieces.Add(_recent);
        if (_recent.Length >= SmallPieceBytes)
        {
            _recent = null;
            _recentUsers.Clear();
        }
    }

    /// <summary>Writes the slice anew that was written longest ago, while the changes are many, and drops what nothing needs any more.</summary>
    private void WriteAnew()
    {
        long changes = _pieces.Where(piece => piece.Slice < 0).Sum(piece => (long)piece.Length);
        long whole = _pieces.Where(piece => piece.Slice >= 0).Sum(piece => (long)piece.Length);
        if (changes >= Math.Max(LeastChangeBytes, whole / ChangesPerWhole))
        {
            _pieces.RemoveAll(piece => piece.Slice == _nextSlice);
            _pieces.Add(WholeSlice(_nextSlice));
            _nextSlice = (_nextSlice + 1) % Slices;
        }

        while (_pieces.Count > 0 && _pieces[0].Slice < 0)
        {
            _pieces.RemoveAt(0);
        }
    }

    private SessionPiece WholeSlice(int slice) => new(slice, Encode(UsersOf(slice)));

    private IEnumerable<ulong> AllUsers() => _users.Heads().Select(head => _parts[head].User);

    private List<ulong> UsersOf(int slice) => [.. AllUsers().Where(user => (int)(user >> SliceShift) == slice)];

    private byte[] Encode(IEnumerable<ulong> users)
    {
        ByteWriter writer = new(4096);
        foreach (ulong user in users)
        {
            Write(writer, user, _users.Find(user));
        }

        return writer.Written.ToArray();
    }

    private void Write(ByteWriter to, ulong user, int head)
    {
        to.UInt64(user);
        ListParts(head);
        to.VarInt(_of.Count);
        foreach (int place in _of)
        {
            Write(to, ref _parts[place]);
        }

        if (_of.Count > 0)
        {
            List<long> replaced = _replaced.GetValueOrDefault(user) ?? [];
            to.VarInt(replaced.Count);
            foreach (long startMs in replaced)
            {
                to.Signed(startMs);
            }
        }
    }

    private void Write(ByteWriter to, ref SessionPart part)
    {
        PartFlags flags = (part.StartsSession ? PartFlags.StartsSession : 0) | (part.PagesCut ? PartFlags.PagesCut : 0)
            | (part.Currency == SessionPart.MixedCurrencies ? PartFlags.MixedCurrencies : 0)
            | (part.EndedIn != SessionPart.NoMinute ? PartFlags.Ended : 0) | (part.Revenue != 0 ? PartFlags.Revenue : 0);
        to.VarInt((int)flags);
        to.Signed(part.Block);
        foreach (int number in (ReadOnlySpan<int>)[part.Start, part.End, part.Events, part.PageViews, part.Clicks, part.Purchases])
        {
            to.VarInt(number);
        }

        if (flags.HasFlag(PartFlags.Revenue))
        {
            BinaryPrimitives.WriteInt128LittleEndian(to.Take(16), part.Revenue);
        }

        if (flags.HasFlag(PartFlags.Ended))
        {
            to.Signed(part.EndedIn);
        }

        WriteText(to, part.UserId);
        WriteText(to, part.Currency);
        WriteText(to, part.Entry, part.EntryAt);
        WriteText(to, part.Exit, part.ExitAt);
        WriteText(to, part.Referrer, part.ReferrerAt);
        WriteText(to, part.Device, part.DeviceAt);
        WriteText(to, part.Country, part.CountryAt);
        to.VarInt(part.PageCount);
        foreach (int page in _pages[part.Pages, part.PageCount])
        {
            WriteText(to, page);
        }
    }

    private void WriteText(ByteWriter to, int text)
    {
        to.VarInt(text < 0 ? 0 : _texts[text].Length + 1);
        if (text >= 0)
        {
            to.Bytes(_texts[text]);
        }
    }

    private void WriteText(ByteWriter to, int text, int at)
    {
        WriteText(to, text);
        if (text >= 0)
        {
            to.VarInt(at);
        }
    }

    private void Decode(ReadOnlySpan<byte> bytes)
    {
        ByteReader reader = new(bytes);
        while (reader.Remaining > 0)
        {
            ulong user = reader.UInt64("a user");
            if (_users.Find(user) >= 0)
            {
                RemoveUser(user);
            }

            int parts = (int)reader.VarInt(reader.Remaining, "parts of sessions");
            _of.Clear();
            for (int i = 0; i < parts; i++)
            {
                _of.Add(ReadPart(ref reader, user));
            }

            if (parts > 0)
            {
                Link(user, headBefore: -1);
                int replaced = (int)reader.VarInt(reader.Remaining, "replaced sessions");
                List<long> starts = new(replaced);
                for (int i = 0; i < replaced; i++)
                {
                    starts.Add(reader.Signed("replaced sessions"));
                }

                if (replaced > 0)
                {
                    _replaced.Add(user, starts);
                }
            }
        }
    }

    private int ReadPart(ref ByteReader from, ulong user)
    {
        int place = _parts.Take();
        int generation = _parts[place].Generation;
        PartFlags flags = (PartFlags)from.VarInt(31, "a session");
        SessionPart part = new()
        {
            User = user,
            Generation = generation,
            StartsSession = flags.HasFlag(PartFlags.StartsSession),
            PagesCut = flags.HasFlag(PartFlags.PagesCut),
            Block = from.Signed("a block"),
            Start = ReadNumber(ref from),
            End = ReadNumber(ref from),
            Events = ReadNumber(ref from),
            PageViews = ReadNumber(ref from),
            Clicks = ReadNumber(ref from),
            Purchases = ReadNumber(ref from),
            Revenue = flags.HasFlag(PartFlags.Revenue) ? BinaryPrimitives.ReadInt128LittleEndian(from.Bytes(16, "revenue")) : 0,
            EndedIn = flags.HasFlag(PartFlags.Ended) ? from.Signed("a minute") : SessionPart.NoMinute,
            CheckAt = SessionPart.NoMinute,
            UserId = _texts.Own(ReadText(ref from)),
            Pages = NumberLists.None,
        };
        int currency = ShareText(ref from);
        part.Currency = flags.HasFlag(PartFlags.MixedCurrencies) ? SessionPart.MixedCurrencies : currency;
        (part.Entry, part.EntryAt) = ShareTextAt(ref from);
        (part.Exit, part.ExitAt) = ShareTextAt(ref from);
        part.ExitHash = part.Exit >= 0 ? EventKey.Hash(_texts[part.Exit]) : 0;
        (part.Referrer, part.ReferrerAt) = ShareTextAt(ref from);
        (part.Device, part.DeviceAt) = ShareTextAt(ref from);
        (part.Country, part.CountryAt) = ShareTextAt(ref from);
        int pages = (int)from.VarInt(short.MaxValue, "pages");
        for (; part.PageCount < pages; part.PageCount++)
        {
            part.Pages = _pages.Add(part.Pages, part.PageCount, ShareText(ref from));
        }

        _parts[place] = part;
        return place;
    }

    private static int ReadNumber(ref ByteReader from) => (int)from.VarInt(int.MaxValue, "a session");

    /// <summary>The bytes of a text; empty when there is none.</summary>
    private static ReadOnlySpan<byte> ReadText(ref ByteReader from)
    {
        int length = (int)from.VarInt(EventKey.MaxStoredBytes + 1, "a text");
        return length == 0 ? default : from.Bytes(length - 1, "a text");
    }

    private int ShareText(ref ByteReader from)
    {
        ReadOnlySpan<byte> text = ReadText(ref from);
        return text.IsEmpty ? TextTable.None : _texts.Share(text, EventKey.Hash(text));
    }

    private (int Text, int At) ShareTextAt(ref ByteReader from) =>
        ShareText(ref from) is >= 0 and var text ? (text, ReadNumber(ref from)) : (TextTable.None, 0);

    private void RemoveUser(ulong user)
    {
        int head = _users.Find(user);
        ListParts(head);
        foreach (int place in _of)
        {
            FreePart(place);
        }

        _of.Clear();
        Link(user, head);
    }

    /// <summary>Has the sessions of a user looked at again, or puts them into the minutes in which they were published.</summary>
    private void Resume(int head)
    {
        ListParts(head);
        for (int first = 0, end; first < _of.Count; first = end)
        {
            end = EndOfSession(first);
            int place = _of[first];
            if (_parts[place].EndedIn == SessionPart.NoMinute)
            {
                CheckWhenEnded(first, end);
            }
            else
            {
                if (!_minutes.TryGetValue(_parts[place].EndedIn, out EndedMinute? minute))
                {
                    throw new InvalidDataException("the state has a session that ended in a minute that it does not have");
                }

                minute.Sessions.Add(new PartRef(place, _parts[place].Generation));
            }
        }
    }
}
