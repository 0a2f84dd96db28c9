using Tidemark.Core.Metrics;

namespace Tidemark.Core.Results;

/// <summary>
/// The revenue of several results together: by currency, and whether it can be one number, which that of different currencies cannot. Not
/// thread-safe.
/// </summary>
public sealed class CurrencyTotals
{
    private readonly SortedSet<string> _currencies = new(StringComparer.Ordinal);
    private Dictionary<string, decimal>? _amounts; // null while no result has them by currency

    /// <summary>
    /// The currencies of all revenues; <c>unknown</c> stands for amounts of which no currency is known, <c>other</c> for those past the bound.
    /// </summary>
    public IReadOnlyCollection<string> Currencies => _currencies;

    /// <summary>Whether the revenues must not be added up: they are of several currencies, or of one that may be several.</summary>
    public bool IsMixed => AreMixed(_currencies);

    /// <summary>
    /// The sums as results have them: by code, then what is of no known currency, then what is of others; null when no result has them so.
    /// </summary>
    public IReadOnlyList<KeyAmount>? ByCurrency => _amounts is null ? null :
    [
        .. _amounts.OrderBy(pair => pair.Key switch { CurrencySums.Other => 2, CurrencySums.Unknown => 1, _ => 0 })
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new KeyAmount(pair.Key, pair.Value)),
    ];

    /// <summary>Adds the revenue of a result.</summary>
    public void Add(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.RevenueByCurrency is null)
        {
            if (result.Revenue != 0)
            {
                _currencies.Add(CurrencySums.Unknown);
            }

            return;
        }

        _amounts ??= new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (KeyAmount entry in result.RevenueByCurrency)
        {
            _currencies.Add(entry.Key);
            _amounts[entry.Key] = _amounts.GetValueOrDefault(entry.Key) + entry.Amount;
        }
    }

    /// <summary>Whether amounts of these currencies must not be added up.</summary>
    internal static bool AreMixed(IReadOnlyCollection<string> currencies) => currencies.Count > 1 || currencies.Contains(CurrencySums.Other);

    /// <summary>Whether a column has no value over all results, since it would add up different currencies.</summary>
    public bool Hides(ResultColumn column) => IsMixed && column is AmountColumn { IsNullWhenMixed: true };
}
