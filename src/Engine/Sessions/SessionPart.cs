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

    public ulong User;
    public Int128 Revenue; // ten-thousandths
    public long Block;
    public long CheckAt; // the minute at whose end it is looked at; only of the first part of a session
    public long EndedIn; // the minute in which it was published; only of the first part of a session
    public int Next; // the next part of the user in time
    public int Generation; // how often the place was freed
    public int Start, End;
    public int EntryAt, ExitAt, ReferrerAt, DeviceAt, CountryAt;
    public int UserId, Entry, Exit, Referrer, Device, Country, Currency;
    public int Events, PageViews, Clicks, Purchases;
    public int Pages; // the list of pages, in no order
    public short PageCount;
    public bool PagesCut;
    public bool PagesAreHeap; // with the greatest text first; only of a full list
    public bool StartsSession; // what it would continue is final
    public int Epoch; // of the last change, see SessionSet.Capture; only of the user's first part
}

/// <summary>A part by its place and the generation of the place, so that one that is gone is recognised.</summary>
internal readonly record struct PartRef(int Place, int Generation);
