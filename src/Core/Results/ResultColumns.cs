using Tidemark.Core.Parsing;

namespace Tidemark.Core.Results;

/// <summary>
/// All columns of a result, in the order in which they are shown everywhere: the one place where a metric is declared. A configuration may
/// add columns, see <see cref="AddedOf(WindowResult)"/>.
/// </summary>
public static partial class ResultColumns
{
    /// <summary>What the name of a map's error bound ends in.</summary>
    public const string ErrorSuffix = "_max_error";

    private const string PerMinute = "average_per_minute";

    /// <summary>The columns that every result has.</summary>
    public static IReadOnlyList<ResultColumn> All { get; } =
    [
        new TextColumn(
            "window", "name of the window's family: `1min`, `5min`, `1hour`, ...", static r => r.Window, static (r, v) => r with { Window = v })
        {
            Role = ColumnRole.Window,
        },
        new TimeColumn("window_start", "first moment inside", static r => r.StartMs, static (r, v) => r with { StartMs = v!.Value })
        {
            Role = ColumnRole.Window,
        },
        new TimeColumn("window_end", "first moment after", static r => r.EndMs, static (r, v) => r with { EndMs = v!.Value })
        {
            Role = ColumnRole.Window,
        },
        new CountColumn("total_events", "events of any type", static r => r.TotalEvents, static (r, v) => r with { TotalEvents = v })
        {
            Title = "events", Width = 10, IsAdditive = true,
        },
        new CountColumn("unique_users", "distinct `user_id`", static r => r.UniqueUsers, static (r, v) => r with { UniqueUsers = v })
        {
            Title = "users",
            Exactness = Exactness.ExactOrEstimate,
            Mark = static r => r.UniqueUsersExact ? ValueMark.None : ValueMark.Estimate,
        },
        new CountColumn("page_views", OfType(EventKind.PageView), static r => r.PageViews, static (r, v) => r with { PageViews = v })
        {
            Title = "views", IsAdditive = true,
        },
        new CountColumn("clicks", OfType(EventKind.Click), static r => r.Clicks, static (r, v) => r with { Clicks = v })
        {
            Title = "clicks", IsAdditive = true,
        },
        new CountColumn("purchases", OfType(EventKind.Purchase), static r => r.Purchases, static (r, v) => r with { Purchases = v })
        {
            Title = "buys", Width = 7, IsAdditive = true,
        },
        new CountColumn("add_to_carts", OfType(EventKind.AddToCart), static r => r.AddToCarts, static (r, v) => r with { AddToCarts = v })
        {
            IsAdditive = true, IsLater = true,
        },
        new CountColumn("searches", OfType(EventKind.Search), static r => r.Searches, static (r, v) => r with { Searches = v })
        {
            IsAdditive = true, IsLater = true,
        },
        new AmountColumn(
            "revenue", "sum of the amounts of purchases; null when they are of more than one currency",
            static r => r.Revenue, static (r, v) => r with { Revenue = v })
        {
            IsNullable = true, IsNullWhenMixed = true, Title = "revenue", Width = 14, IsAdditive = true,
            Mark = static r => r.RevenueOverflow ? ValueMark.Cut : ValueMark.None,
        },
        new MapColumn(
            "top_pages", "page views by `page_url`, the greatest (10 by default)", static r => r.TopPages, static (r, v) => r with { TopPages = v })
        {
            Dimension = "page", Exactness = Exactness.Bounded, Greatest = ("top_page", "top_page_views"), Title = "top page",
        },
        new MapColumn("device_breakdown", "events by `device.type`", static r => r.Devices, static (r, v) => r with { Devices = v })
        {
            Dimension = "device", Exactness = Exactness.Bounded,
        },
        new MapColumn("country_breakdown", "events by `geo.country`", static r => r.Countries, static (r, v) => r with { Countries = v })
        {
            Dimension = "country", Exactness = Exactness.Bounded,
        },
        new MapColumn("event_types", "events by `event_type`", static r => r.EventTypes, static (r, v) => r with { EventTypes = v })
        {
            Dimension = "event_type", Exactness = Exactness.Bounded,
        },
        Average("events", "events", static a => a.Events, static (a, v) => a with { Events = v }),
        Average("page_views", "page views", static a => a.PageViews, static (a, v) => a with { PageViews = v }),
        Average("clicks", "clicks", static a => a.Clicks, static (a, v) => a with { Clicks = v }),
        Average("purchases", "purchases", static a => a.Purchases, static (a, v) => a with { Purchases = v }),
        Average("revenue", "revenue", static a => a.Revenue, static (a, v) => a with { Revenue = v }),
        new TextColumn(
            "phase", "`live`, `on_time` or `corrected`", static r => r.Phase.Name(), static (r, v) => r with { Phase = PhaseNames.Parse(v) })
        {
            Role = ColumnRole.Publication,
        },
        new CountColumn("revision", "grows with every change of content", static r => r.Revision, static (r, v) => r with { Revision = v })
        {
            Role = ColumnRole.Publication,
        },
        new CountColumn(
            "sequence", "in live results: grows with what has been counted", static r => r.Sequence, static (r, v) => r with { Sequence = v })
        {
            Role = ColumnRole.Publication, IsLiveOnly = true,
        },
        new TimeColumn(
            "watermark",
            "the watermark when it was published; null once a bounded source has ended",
            static r => r.WatermarkMs,
            static (r, v) => r with { WatermarkMs = v })
        {
            Role = ColumnRole.Publication, IsNullable = true,
        },
        new CountColumn(
            "invalid_amounts",
            "purchases whose amount is present but not a valid decimal",
            static r => r.InvalidAmounts,
            static (r, v) => r with { InvalidAmounts = v })
        {
            IsAdditive = true,
        },
        new FlagColumn(
            "unique_users_exact", "whether `unique_users` is exact",
            static r => r.UniqueUsersExact, static (r, v) => r with { UniqueUsersExact = v }),
        new FlagColumn(
            "revenue_overflow",
            "whether `revenue` or one of `revenue_by_currency` was cut to ±99,999,999,999,999.9999",
            static r => r.RevenueOverflow,
            static (r, v) => r with { RevenueOverflow = v }),
        MaxError("top_pages", static r => r.TopPages, static (r, v) => r with { TopPages = v }),
        MaxError("device_breakdown", static r => r.Devices, static (r, v) => r with { Devices = v }),
        MaxError("country_breakdown", static r => r.Countries, static (r, v) => r with { Countries = v }),
        MaxError("event_types", static r => r.EventTypes, static (r, v) => r with { EventTypes = v }),
        new BytesColumn(
            "users_sketch", "HyperLogLog of the users in Redis's dense form", static r => r.UsersSketch, static (r, v) => r with { UsersSketch = v }),
    ];

    /// <summary>The column with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    public static ResultColumn Named(string name) =>
        All.FirstOrDefault(column => column.Name == name) ?? throw new KeyNotFoundException($"No column of a result is named '{name}'.");

    /// <summary>The total number of keys in the lists and maps of a result.</summary>
    public static int KeysOf(WindowResult result) => Of(result).Sum(column => column switch
    {
        MapColumn map => map.Get(result).Counts.Count,
        AmountMapColumn map => map.Get(result).Count,
        _ => 0,
    });

    private static string OfType(EventKind kind) => $"events of type `{kind.TypeName()}`";

    private static AmountColumn Average(
        string name, string what, Func<AveragePerMinute, decimal?> get, Func<AveragePerMinute, decimal, AveragePerMinute> with) =>
        new(
            $"average_{name}_per_minute",
            $"{what} per minute; null for windows of a minute or less",
            result => result.Averages is { } averages ? get(averages) : null,
            (result, value) => value is { } average ? result with { Averages = with(result.Averages ?? AveragePerMinute.None, average) } : result)
        {
            Group = PerMinute, JsonName = name, IsNullable = true,
        };

    private static CountColumn MaxError(string map, Func<WindowResult, Breakdown> get, Func<WindowResult, Breakdown, WindowResult> with) =>
        new(
            map + ErrorSuffix,
            $"no count of `{map}` is over the truth by more than this; 0: exact",
            result => get(result).MaxError,
            (result, value) => with(result, get(result) with { MaxError = value }));
}
