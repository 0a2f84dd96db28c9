using System.Text.Json;
using Tidemark.Core.Results;

namespace Tidemark.Dashboard.Api;

/// <summary>The sums over many windows of every column that can be added up. Amounts of different currencies are not.</summary>
internal sealed class RangeTotals
{
    private readonly ResultColumn[] _columns;
    private readonly decimal[] _sums;
    private readonly SortedDictionary<string, decimal> _amounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _currencies = [];

    /// <param name="columns">The columns of results.</param>
    public RangeTotals(IEnumerable<ResultColumn> columns)
    {
        _columns = [.. columns.Where(Has)];
        _sums = new decimal[_columns.Length];
    }

    /// <summary>Whether a column has a sum.</summary>
    public static bool Has(ResultColumn column) => column.IsAdditive || column is AmountMapColumn;

    /// <summary>Adds a window that does not overlap those added before.</summary>
    public void Add(WindowResult window)
    {
        _currencies.UnionWith(Currencies.Of(window));
        for (int i = 0; i < _columns.Length; i++)
        {
            switch (_columns[i])
            {
                case CountColumn count:
                    _sums[i] += count.Get(window);
                    break;
                case AmountColumn amount:
                    _sums[i] += amount.Get(window) ?? 0;
                    break;
                case AmountMapColumn amounts:
                    foreach (KeyAmount entry in amounts.Get(window))
                    {
                        _amounts[entry.Key] = _amounts.GetValueOrDefault(entry.Key) + entry.Amount;
                    }

                    break;
                default:
                    throw new NotSupportedException($"A {_columns[i].GetType().Name} cannot be added up.");
            }
        }
    }

    /// <summary>Writes the sums as an object; an amount of several currencies is null.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        for (int i = 0; i < _columns.Length; i++)
        {
            switch (_columns[i])
            {
                case AmountMapColumn map:
                    json.WriteStartObject(map.Name);
                    foreach ((string currency, decimal sum) in _amounts)
                    {
                        json.WriteNumber(currency, Plain(sum));
                    }

                    json.WriteEndObject();
                    break;
                case AmountColumn { IsNullWhenMixed: true } amount when _currencies.Count > 1:
                    json.WriteNull(amount.Name);
                    break;
                default:
                    json.WriteNumber(_columns[i].Name, Plain(_sums[i]));
                    break;
            }
        }

        json.WriteEndObject();
    }

    /// <summary>Without trailing zeros, so that equal sums have equal text.</summary>
    private static decimal Plain(decimal sum) => sum / 1.0000000000000000000000000000m;
}
