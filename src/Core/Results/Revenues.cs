using Tidemark.Core.Metrics;

namespace Tidemark.Core.Results;

/// <summary>The revenue of a window as it is shown: amounts of several currencies are never added up.</summary>
/// <param name="Total">The sum; null when the amounts are of more than one currency.</param>
/// <param name="ByCurrency">The sum of each currency; null when no currency is mapped.</param>
/// <param name="IsCut">Whether an amount was clamped to the greatest that can be shown.</param>
internal readonly record struct Revenues(decimal? Total, IReadOnlyList<KeyAmount>? ByCurrency, bool IsCut)
{
    public static Revenues Of(Accumulator content)
    {
        if (content.Added?.Currencies is not { } currencies)
        {
            return new Revenues(content.Revenue, null, content.RevenueOverflow);
        }

        IReadOnlyList<KeyValuePair<string, Int128>> sums = currencies.Of(content.RevenueTenThousandths);
        return new Revenues(
            CurrencyTotals.AreMixed([.. sums.Select(sum => sum.Key)]) ? null : content.Revenue,
            [.. sums.Select(sum => new KeyAmount(sum.Key, Accumulator.ToAmount(sum.Value)))],
            sums.Any(sum => Accumulator.IsCut(sum.Value)));
    }
}
