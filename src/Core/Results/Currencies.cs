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
}
