using System.Collections.Concurrent;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Results;

/// <content>The columns that a configuration adds.</content>
public static partial class ResultColumns
{
    /// <summary>The name of the column with the revenue by currency.</summary>
    public const string RevenueByCurrencyName = "revenue_by_currency";

    /// <summary>The revenue by currency, which results have when a currency is mapped.</summary>
    public static AmountMapColumn RevenueByCurrency { get; } = new(
        RevenueByCurrencyName,
        "sum of the amounts of purchases by currency, exact; `unknown`: of amounts without one; `other`: of those past the bound",
        static r => r.RevenueByCurrency ?? [],
        static (r, v) => r with { RevenueByCurrency = v })
    {
        IsAdded = true, IsIn = static r => r.RevenueByCurrency is not null,
    };

    private static readonly CountColumn SessionsEnded = SessionCount(
        "sessions_ended", "sessions that ended: silent for the gap, or cut", static s => s.Ended, static (s, v) => s with { Ended = v });

    private static readonly CountColumn SessionsBounced = SessionCount(
        "sessions_bounced", "sessions that ended with one page view at most", static s => s.Bounced, static (s, v) => s with { Bounced = v });

    private static readonly CountColumn SessionsConverted = SessionCount(
        "sessions_converted", "sessions that ended with a purchase", static s => s.Converted, static (s, v) => s with { Converted = v });

    /// <summary>The columns that results have when sessions are configured.</summary>
    public static IReadOnlyList<ResultColumn> Sessions { get; } =
    [
        SessionCount("sessions_started", "sessions that started", static s => s.Started, static (s, v) => s with { Started = v }),
        SessionsEnded,
        SessionsBounced,
        SessionsConverted,
        SessionMean("session_duration_mean", "mean duration in seconds of the sessions that ended; null when none did, as the next five",
            static s => s.DurationMean, static (s, v) => s with { DurationMean = v }, SessionsEnded),
        SessionMean("session_duration_p50", "median duration in seconds, within 1 %",
            static s => s.DurationP50, static (s, v) => s with { DurationP50 = v }),
        SessionMean("session_duration_p95", "duration in seconds that 95 % are not longer than, within 1 %",
            static s => s.DurationP95, static (s, v) => s with { DurationP95 = v }),
        SessionMean("bounce_rate", "share of the sessions that ended with one page view at most",
            static s => s.BounceRate, static (s, v) => s with { BounceRate = v }, SessionsEnded, SessionsBounced),
        SessionMean("conversion_rate", "share of the sessions that ended with a purchase",
            static s => s.ConversionRate, static (s, v) => s with { ConversionRate = v }, SessionsEnded, SessionsConverted),
        SessionMean("pages_per_session", "mean of the page views of the sessions that ended",
            static s => s.PagesPerSession, static (s, v) => s with { PagesPerSession = v }, SessionsEnded),
    ];

    /// <summary>Names come from configurations and from what is stored: more of them than this are not worth remembering.</summary>
    private const int MaxKept = 1000;

    /// <summary>The columns that were made, so that a name has one column in all results.</summary>
    private static readonly ConcurrentDictionary<(Type Kind, string Name), ResultColumn> Kept = new();

    /// <summary>The column of a counter that a configuration adds.</summary>
    public static CountColumn AddedCounter(string name) => Keep(name, static name => new CountColumn(
        name,
        "a counter of the configuration",
        r => r.Counters.FirstOrDefault(counter => counter.Name == name)?.Count ?? 0,
        (r, v) => r with { Counters = With(r.Counters, counter => counter.Name == name, new NamedCount(name, v)) })
    {
        IsAdded = true, IsAdditive = true, IsIn = r => r.Counters.Any(counter => counter.Name == name),
    });

    /// <summary>The column of a breakdown that a configuration adds.</summary>
    public static MapColumn AddedBreakdown(string name) => Keep(name, static name => new MapColumn(
        name, "a breakdown of the configuration", r => ValueOf(r, name), (r, v) => WithValue(r, name, v))
    {
        Dimension = name, Exactness = Exactness.Bounded, IsAdded = true, IsIn = r => HasBreakdown(r, name),
    });

    /// <summary>The column of the error bound of a breakdown that a configuration adds.</summary>
    public static CountColumn AddedMaxError(string breakdown) => Keep(breakdown + ErrorSuffix, name => new CountColumn(
        name,
        $"no count of `{breakdown}` is over the truth by more than this; 0: exact",
        r => ValueOf(r, breakdown).MaxError,
        (r, v) => WithValue(r, breakdown, ValueOf(r, breakdown) with { MaxError = v }))
    {
        IsAdded = true, IsIn = r => HasBreakdown(r, breakdown),
    });

    /// <summary>The columns that a result has beyond <see cref="All"/>.</summary>
    public static IReadOnlyList<ResultColumn> AddedOf(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result is { RevenueByCurrency: null, Sessions: null, Counters: [], Breakdowns: [] } ? [] : Added(
            result.RevenueByCurrency is not null,
            result.Sessions is not null,
            result.Counters.Select(counter => counter.Name),
            [.. result.Breakdowns.Select(breakdown => breakdown.Name)]);
    }

    /// <summary>The columns that any of the results has beyond <see cref="All"/>, each once.</summary>
    public static IReadOnlyList<ResultColumn> AddedOf(IEnumerable<WindowResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        bool hasCurrency = false;
        bool hasSessions = false;
        HashSet<string> counters = [];
        HashSet<string> breakdowns = [];
        foreach (WindowResult result in results)
        {
            hasCurrency |= result.RevenueByCurrency is not null;
            hasSessions |= result.Sessions is not null;
            counters.UnionWith(result.Counters.Select(counter => counter.Name));
            breakdowns.UnionWith(result.Breakdowns.Select(breakdown => breakdown.Name));
        }

        // A name was once a counter and is a breakdown now: it stays the former.
        breakdowns.ExceptWith(counters);
        return hasCurrency || hasSessions || counters.Count + breakdowns.Count > 0
            ? Added(hasCurrency, hasSessions, counters, [.. breakdowns])
            : [];
    }

    /// <summary>The columns that results have beyond <see cref="All"/> when they are made under such options.</summary>
    public static IReadOnlyList<ResultColumn> AddedBy(InputOptions options)
    {
        AddedMetrics added = AddedMetrics.Of(options);
        return Added(added.HasCurrency, added.HasSessions, added.Counters, added.Breakdowns);
    }

    /// <summary>
    /// Whether a stored column or member of this name can be a breakdown or counter that a configuration added: error bounds of breakdowns
    /// belong to these.
    /// </summary>
    public static bool CanBeAdded(string name) => AddedNames.HasForm(name) && All.Concat(Sessions).All(column => column.Name != name);

    /// <summary>All columns of a result.</summary>
    public static IReadOnlyList<ResultColumn> Of(WindowResult result) => AddedOf(result) is { Count: > 0 } added ? [.. All, .. added] : All;

    private static List<ResultColumn> Added(
        bool hasCurrency, bool hasSessions, IEnumerable<string> counters, IReadOnlyList<string> breakdowns) =>
    [
        .. hasCurrency ? [RevenueByCurrency] : (ResultColumn[])[],
        .. hasSessions ? Sessions : [],
        .. counters.Select(AddedCounter),
        .. breakdowns.Select(AddedBreakdown),
        .. breakdowns.Select(AddedMaxError),
    ];

    private static CountColumn SessionCount(
        string name, string meaning, Func<SessionMetrics, long> get, Func<SessionMetrics, long, SessionMetrics> with) =>
        new(
            name,
            meaning,
            r => r.Sessions is { } sessions ? get(sessions) : 0,
            (r, v) => r with { Sessions = with(r.Sessions ?? SessionMetrics.None, v) })
        {
            IsAdded = true, IsAdditive = true, IsIn = static r => r.Sessions is not null,
        };

    private static AmountColumn SessionMean(
        string name, string meaning, Func<SessionMetrics, decimal?> get, Func<SessionMetrics, decimal?, SessionMetrics> with,
        CountColumn? over = null, CountColumn? part = null) =>
        new(
            name,
            meaning,
            r => r.Sessions is { } sessions ? get(sessions) : null,
            (r, v) => v is null && r.Sessions is null ? r : r with { Sessions = with(r.Sessions ?? SessionMetrics.None, v) })
        {
            IsAdded = true, IsNullable = true, IsIn = static r => r.Sessions is not null, Over = over, Part = part,
        };

    private static T Keep<T>(string name, Func<string, T> make)
        where T : ResultColumn
    {
        if (Kept.TryGetValue((typeof(T), name), out ResultColumn? known))
        {
            return (T)known;
        }

        T made = make(name);
        return Kept.Count < MaxKept ? (T)Kept.GetOrAdd((typeof(T), name), made) : made;
    }

    private static bool HasBreakdown(WindowResult result, string name) => result.Breakdowns.Any(breakdown => breakdown.Name == name);

    private static Breakdown ValueOf(WindowResult result, string name) =>
        result.Breakdowns.FirstOrDefault(breakdown => breakdown.Name == name)?.Value ?? Breakdown.Empty;

    private static WindowResult WithValue(WindowResult result, string name, Breakdown value) => result with
    {
        Breakdowns = With(result.Breakdowns, breakdown => breakdown.Name == name, new NamedBreakdown(name, value)),
    };

    /// <summary>The list with another item at the place of the one that is replaced, or at the end.</summary>
    private static List<T> With<T>(IReadOnlyList<T> items, Func<T, bool> isReplaced, T item) =>
        items.Any(isReplaced) ? [.. items.Select(known => isReplaced(known) ? item : known)] : [.. items, item];
}
