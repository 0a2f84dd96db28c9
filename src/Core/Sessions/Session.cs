namespace Tidemark.Core.Sessions;

/// <summary>
/// A session that has ended: what one user did without a silence longer than the gap. Everything but <see cref="Replaces"/> is decided by the
/// events alone, whatever the order in which they came. Immutable.
/// </summary>
public sealed record Session
{
    /// <summary>Identifies the session: 16 hex digits for the user, <c>-</c>, and the start in epoch milliseconds.</summary>
    public required string SessionId { get; init; }

    /// <summary>The user, or the user's pseudonym; cut as keys are (<see cref="Parsing.EventKey"/>).</summary>
    public required string UserId { get; init; }

    /// <summary>The time of the earliest event, epoch milliseconds.</summary>
    public required long StartMs { get; init; }

    /// <summary>The time of the latest event, epoch milliseconds.</summary>
    public required long EndMs { get; init; }

    /// <summary>Events of any type.</summary>
    public required long EventCount { get; init; }

    /// <summary>Events of type <c>page_view</c>.</summary>
    public required long PageViewCount { get; init; }

    /// <summary>Events of type <c>click</c>.</summary>
    public required long ClickCount { get; init; }

    /// <summary>Events of type <c>purchase</c>.</summary>
    public required long PurchaseCount { get; init; }

    /// <summary>The distinct pages of its events in the order of their bytes, at most <see cref="SessionOptions.MaxPages"/>.</summary>
    public required IReadOnlyList<string> PagesVisited { get; init; }

    /// <summary>Whether there were more distinct pages than are kept.</summary>
    public required bool PagesVisitedCut { get; init; }

    /// <summary>The page of the earliest event that has one; null when none has.</summary>
    public required string? EntryPage { get; init; }

    /// <summary>The page of the latest event that has one.</summary>
    public required string? ExitPage { get; init; }

    /// <summary>The referrer of the earliest event that has one.</summary>
    public required string? Referrer { get; init; }

    /// <summary>The device type of the earliest event that has one.</summary>
    public required string? DeviceType { get; init; }

    /// <summary>The country of the earliest event that has one.</summary>
    public required string? Country { get; init; }

    /// <summary>
    /// The sum of the amounts of its purchases, 4 decimals, clamped like that of windows; null when they are of more than one currency.
    /// </summary>
    public required decimal? Revenue { get; init; }

    /// <summary>The currency of <see cref="Revenue"/>; null when no currency is mapped, it has no amount, or they are of several.</summary>
    public required string? Currency { get; init; }

    /// <summary>
    /// The ids of sessions published before that are part of this one since events came late; they are not published any more. In ordinal
    /// order. Describes the publication, not the content.
    /// </summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>Orders by the start, then by the id.</summary>
    public static IComparer<Session> ByStart { get; } = Comparer<Session>.Create(static (a, b) =>
        a.StartMs != b.StartMs ? a.StartMs.CompareTo(b.StartMs) : string.CompareOrdinal(a.SessionId, b.SessionId));

    /// <summary>From the first to the last event, in seconds.</summary>
    public decimal DurationSeconds => (EndMs - StartMs) / 1000m;

    /// <summary>Whether there was a purchase.</summary>
    public bool Conversion => PurchaseCount > 0;

    /// <summary>Whether there was one page view at most.</summary>
    public bool IsBounce => PageViewCount <= 1;
}
