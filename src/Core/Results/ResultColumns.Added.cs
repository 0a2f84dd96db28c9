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
        return result is { RevenueByCurrency: null, Counters: [], Breakdowns: [] } ? [] : Added(
            result.RevenueByCurrency is not null,
            result.Counters.Select(counter => counter.Name),
            [.. result.Breakdowns.Select(breakdown => breakdown.Name)]);
    }

    /// <summary>The columns that any of the results has beyond <see cref="All"/>, each once.</summary>
    public static IReadOnlyList<ResultColumn> AddedOf(IEnumerable<WindowResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        bool hasCurrency = false;
        HashSet<string> counters = [];
        HashSet<string> breakdowns = [];
        foreach (WindowResult result in results)
        {
            hasCurrency |= result.RevenueByCurrency is not null;
            counters.UnionWith(result.Counters.Select(counter => counter.Name));
            breakdowns.UnionWith(result.Breakdowns.Select(breakdown => breakdown.Name));
        }

        // A name was once a counter and is a breakdown now: it stays the former.
        breakdowns.ExceptWith(counters);
        return hasCurrency || counters.Count + breakdowns.Count > 0 ? Added(hasCurrency, counters, [.. breakdowns]) : [];
    }

    /// <summary>The columns that results have beyond <see cref="All"/> when they are made under such options.</summary>
    public static IReadOnlyList<ResultColumn> AddedBy(InputOptions options)
    {
        AddedMetrics added = AddedMetrics.Of(options);
        return Added(added.HasCurrency, added.Counters, added.Breakdowns);
    }

    /// <summary>
    /// Whether a stored column or member of this name can be a breakdown or counter that a configuration added: error bounds of breakdowns
    /// belong to these.
    /// </summary>
    public static bool CanBeAdded(string name) => AddedNames.HasForm(name) && All.All(column => column.Name != name);

    /// <summary>All columns of a result.</summary>
    public static IReadOnlyList<ResultColumn> Of(WindowResult result) => AddedOf(result) is { Count: > 0 } added ? [.. All, .. added] : All;

    private static List<ResultColumn> Added(bool hasCurrency, IEnumerable<string> counters, IReadOnlyList<string> breakdowns) =>
    [
        .. hasCurrency ? [RevenueByCurrency] : (ResultColumn[])[],
        .. counters.Select(AddedCounter),
        .. breakdowns.Select(AddedBreakdown),
        .. breakdowns.Select(AddedMaxError),
    ];

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
