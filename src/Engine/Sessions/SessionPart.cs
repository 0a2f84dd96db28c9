namespace Tidemark.Engine.Sessions;

/// <summary>
/// What one user did within one block of time (<see cref="Core.Sessions.SessionRules"/>) without a silence: a session, or half of one that goes on
/// in the next block. Times are milliseconds since the start of the block; texts and pages are numbers, or less than 0 for none.
/// </summary>
internal struct SessionPart
{
    /// <summary>No minute.</summary>
    public const long NoMinute = long.MinValue;

    /// <summary>The currency of amounts of several currencies.</summary>
    public const int MixedCurrencies = -2;

    // What nearly every event looks at comes first, in 64 bytes; the rest in 80.
    public ulong User;
    public long Block;
    public long EndedIn; // the minute in which it was published; only of the first part of a session
    public int Next; // the next part of the user in time
    public int Start, End;
    public int Events, PageViews, Clicks;
    public int ExitAt, Exit;
    public uint ExitHash; // of the text of the exit
    public int Pages; // the list of pages, in no order

    public short PageCount;
    private Flags _flags;
    public int Epoch; // of the last change, see SessionSet.Capture; only of the user's first part
    public int DeviceAt, Device, CountryAt, Country, ReferrerAt, Referrer, EntryAt, Entry;
    public int Purchases, Currency, UserId;
    public int Generation; // how often the place was freed
    public long CheckAt; // the minute at whose end it is looked at; only of the first part of a session
    public Int128 Revenue; // ten-thousandths

    [Flags]
    private enum Flags : byte
    {
        None = 0,
        PagesCut = 1,
        PagesAreHeap = 2,
        StartsSession = 4,
    }

    /// <summary>Whether there were more pages than are kept.</summary>
    public bool PagesCut
    {
        readonly get => (_flags & Flags.PagesCut) != 0;
        set => Set(Flags.PagesCut, value);
    }

    /// <summary>Whether the list of pages, which is full, is a heap with the greatest text first.</summary>
    public bool PagesAreHeap
    {
        readonly get => (_flags & Flags.PagesAreHeap) != 0;
        set => Set(Flags.PagesAreHeap, value);
    }

    /// <summary>Whether a session starts with it although it follows another without a gap: what it would continue is final.</summary>
    public bool StartsSession
    {
        readonly get => (_flags & Flags.StartsSession) != 0;
        set => Set(Flags.StartsSession, value);
    }

    private void Set(Flags flag, bool isSet) => _flags = isSet ? _flags | flag : _flags & ~flag;
}

/// <summary>A part by its place and the generation of the place, so that one that is gone is recognised.</summary>
internal readonly record struct PartRef(int Place, int Generation);
