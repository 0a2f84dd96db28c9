using Tidemark.Core.Metrics;

namespace Tidemark.Core.Results;

/// <summary>Whose revenue can be added up: only that of results whose currencies are one and the same.</summary>
public static class Currencies
{
    /// <summary>
    /// The currencies of a result's revenue; <c>unknown</c> stands for amounts of which no currency is known. Revenues of several results
    /// may be added up when these are at most one in all of them together and none is <c>other</c>.
    /// </summary>
    public static IEnumerable<string> Of(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.RevenueByCurrency?.Select(entry => entry.Key) ?? (result.Revenue == 0 ? [] : [CurrencySums.Unknown]);
    }

    /// <summary>Whether revenues of these currencies together may be added up: they are of at most one, which is known to be one.</summary>
    public static bool CanBeAdded(IReadOnlyCollection<string> currencies) =>
        currencies.Count == 0 || (currencies.Count == 1 && currencies.First() != CurrencySums.Other);

    /// <summary>Amounts by currency as results have them: by code, then what is of no known currency, then what is of others.</summary>
    public static IEnumerable<KeyAmount> InOrder(IEnumerable<KeyValuePair<string, decimal>> amounts) =>
        amounts.OrderBy(pair => pair.Key switch { CurrencySums.Other => 2, CurrencySums.Unknown => 1, _ => 0 })
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new KeyAmount(pair.Key, pair.Value));
}
