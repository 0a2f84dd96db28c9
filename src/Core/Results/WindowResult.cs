using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Results;

/// <summary>Counts by key, greatest first, ties by the key's UTF-8 bytes.</summary>
/// <param name="Counts">The keys and their counts.</param>
/// <param name="MaxError">The error bound: no count exceeds the true one by more. 0 when exact.</param>
public sealed record Breakdown(IReadOnlyList<KeyCount> Counts, long MaxError)
{
    /// <summary>A breakdown without keys.</summary>
    public static Breakdown Empty { get; } = new([], 0);
}

/// <summary>A breakdown that the configuration adds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The counts by key.</param>
public sealed record NamedBreakdown(string Name, Breakdown Value);

/// <summary>A counter that the configuration adds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">The number of events.</param>
public sealed record NamedCount(string Name, long Count);

/// <summary>An amount of a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Amount">The amount, of at most 14 integer and 4 fraction digits.</param>
public sealed record KeyAmount(string Key, decimal Amount);

/// <summary>Averages per minute of a window, rounded to 4 decimals, half to even.</summary>
/// <param name="Events">All events.</param>
/// <param name="PageViews">Page views.</param>
/// <param name="Clicks">Clicks.</param>
/// <param name="Purchases">Purchases.</param>
/// <param name="Revenue">Revenue; null when that of the window is.</param>
public sealed record AveragePerMinute(decimal Events, decimal PageViews, decimal Clicks, decimal Purchases, decimal? Revenue)
{
    /// <summary>All averages zero.</summary>
    public static AveragePerMinute Zero { get; } = new(0, 0, 0, 0, 0);

    /// <summary>What a reader begins with: the revenue may stay null.</summary>
    internal static AveragePerMinute None { get; } = Zero with { Revenue = null };
}

/// <summary>
/// The metrics of one window at one revision, as written by sinks. Immutable. <see cref="ResultColumns"/> lists its columns.
/// </summary>
public sealed record WindowResult
{
    private const decimal MaxAmount = Accumulator.MaxRevenueTenThousandths / 10_000m;

    /// <summary>An empty result without a window, from which a reader builds a result column by column.</summary>
    public static WindowResult Blank { get; } = new()
    {
        Window = "",
        StartMs = 0,
        EndMs = 0,
        Phase = Phase.OnTime,
        Revision = 0,
        WatermarkMs = null,
        TotalEvents = 0,
        UniqueUsers = 0,
        UniqueUsersExact = true,
        UsersSketch = default,
        PageViews = 0,
        Clicks = 0,
        Purchases = 0,
        Revenue = 0,
        RevenueOverflow = false,
        InvalidAmounts = 0,
        TopPages = Breakdown.Empty,
        Devices = Breakdown.Empty,
        Countries = Breakdown.Empty,
        EventTypes = Breakdown.Empty,
        Averages = null,
    };

    /// <summary>The name of the window's family, such as <c>1min</c>.</summary>
    public required string Window { get; init; }

    /// <summary>The first millisecond inside the window, epoch milliseconds.</summary>
    public required long StartMs { get; init; }

    /// <summary>The first millisecond after the window, epoch milliseconds.</summary>
    public required long EndMs { get; init; }

    /// <summary>The kind of publication.</summary>
    public required Phase Phase { get; init; }

    /// <summary>The revision, which grows with every change of content; 0 for live results and empty windows.</summary>
    public required long Revision { get; init; }

    /// <summary>Orders the live results of a window; grows with the events counted. 0 for other phases.</summary>
    public long Sequence { get; init; }

    /// <summary>The watermark at the publication, epoch milliseconds; null once a bounded source has ended.</summary>
    public required long? WatermarkMs { get; init; }

    /// <summary>The number of events.</summary>
    public required long TotalEvents { get; init; }

    /// <summary>The number of distinct users: exact or an estimate, see <see cref="UniqueUsersExact"/>.</summary>
    public required long UniqueUsers { get; init; }

    /// <summary>Whether <see cref="UniqueUsers"/> is exact.</summary>
    public required bool UniqueUsersExact { get; init; }

    /// <summary>The users' HyperLogLog as Redis stores it (dense). Live results may lack it.</summary>
    public required ReadOnlyMemory<byte> UsersSketch { get; init; }

    /// <summary>Events of type <c>page_view</c>.</summary>
    public required long PageViews { get; init; }

    /// <summary>Events of type <c>click</c>.</summary>
    public required long Clicks { get; init; }

    /// <summary>Events of type <c>purchase</c>.</summary>
    public required long Purchases { get; init; }

    /// <summary>Events of type <c>add_to_cart</c>.</summary>
    public long AddToCarts { get; init; }

    /// <summary>Events of type <c>search</c>.</summary>
    public long Searches { get; init; }

    /// <summary>
    /// Sum of the amounts of purchases, 4 decimals; null when they are of more than one currency, whose sum would be of no currency.
    /// </summary>
    public required decimal? Revenue { get; init; }

    /// <summary>
    /// Whether <see cref="Revenue"/> or one of <see cref="RevenueByCurrency"/> was clamped to the greatest amount that can be shown.
    /// </summary>
    public required bool RevenueOverflow { get; init; }

    /// <summary>Purchases whose amount is present but not a valid decimal.</summary>
    public required long InvalidAmounts { get; init; }

    /// <summary>The pages with the most page views.</summary>
    public required Breakdown TopPages { get; init; }

    /// <summary>Events by device type.</summary>
    public required Breakdown Devices { get; init; }

    /// <summary>Events by country.</summary>
    public required Breakdown Countries { get; init; }

    /// <summary>Events by event type.</summary>
    public required Breakdown EventTypes { get; init; }

    /// <summary>Averages per minute; null for windows of a minute or less.</summary>
    public required AveragePerMinute? Averages { get; init; }

    /// <summary>
    /// The sum of the amounts of purchases by currency, in the order of the codes, then <c>unknown</c> and <c>other</c>; null when no
    /// currency is mapped.
    /// </summary>
    public IReadOnlyList<KeyAmount>? RevenueByCurrency { get; init; }

    /// <summary>The sessions; null when none are configured.</summary>
    public SessionMetrics? Sessions { get; init; }

    /// <summary>The counters that the configuration adds.</summary>
    public IReadOnlyList<NamedCount> Counters { get; init; } = [];

    /// <summary>The breakdowns that the configuration adds.</summary>
    public IReadOnlyList<NamedBreakdown> Breakdowns { get; init; } = [];

    internal static WindowResult From(Publication publication, Accumulator content, HyperLogLog? sketch, int topPages)
    {
        byte[] usersSketch = sketch is null ? [] : new byte[HyperLogLog.RedisDenseBytes];
        sketch?.WriteRedisDense(usersSketch);
        Revenues revenues = Revenues.Of(content);
        return new WindowResult
        {
            Window = publication.Definition.Name,
            StartMs = publication.Interval.StartMs,
            EndMs = publication.Interval.EndMs,
            Phase = publication.Phase,
            Revision = publication.Revision,
            Sequence = publication.Sequence,
            WatermarkMs = publication.WatermarkMs,
            TotalEvents = content.TotalEvents,
            UniqueUsers = content.Users.Count,
            UniqueUsersExact = content.Users.IsExact,
            UsersSketch = usersSketch,
            PageViews = content.PageViews,
            Clicks = content.Clicks,
            Purchases = content.Purchases,
            AddToCarts = content.CountOf(EventKind.AddToCart),
            Searches = content.CountOf(EventKind.Search),
            Revenue = revenues.Total,
            RevenueOverflow = revenues.IsCut,
            RevenueByCurrency = revenues.ByCurrency,
            InvalidAmounts = content.InvalidAmounts,
            TopPages = Top(content.Pages, topPages),
            Devices = Top(content.Devices, int.MaxValue),
            Countries = Top(content.Countries, int.MaxValue),
            EventTypes = Top(content.EventTypes, int.MaxValue),
            Averages = publication.Interval.LengthMs > EventTime.MinuteMs ? PerMinute(content, revenues.Total, publication.Interval.LengthMs) : null,
            Sessions = content.Added?.Sessions is { } sessions ? SessionMetrics.From(sessions) : null,
            Counters = content.Added is { } counted ? CountersOf(counted) : [],
            Breakdowns = content.Added is { } added ? BreakdownsOf(added) : [],
        };
    }

    private static NamedCount[] CountersOf(AddedCounts added) =>
        [.. added.Metrics.Counters.Zip(added.Counters, (name, count) => new NamedCount(name, count))];

    private static NamedBreakdown[] BreakdownsOf(AddedCounts added) =>
        [.. added.Metrics.Breakdowns.Zip(added.Breakdowns, (name, counts) => new NamedBreakdown(name, Top(counts, int.MaxValue)))];

    private static Breakdown Top(KeyCounter counter, int most) => new(counter.Top(most), counter.MaxError);

    private static AveragePerMinute PerMinute(Accumulator content, decimal? revenue, long lengthMs)
    {
        return new AveragePerMinute(
            Round(content.TotalEvents), Round(content.PageViews), Round(content.Clicks), Round(content.Purchases),
            revenue is { } sum ? Round(sum) : null);

        // Averages of windows of a few milliseconds exceed the sum, so they are clamped to the same greatest amount.
        decimal Round(decimal total) => Math.Clamp(
            Math.Round(total * 60_000m / lengthMs, 4, MidpointRounding.ToEven), -MaxAmount, MaxAmount);
    }
}
