using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>The sums over many windows of every column that can be added up. Amounts of different currencies are not.</summary>
internal sealed class RangeTotals
{
    private readonly ResultColumn[] _columns;
    private readonly decimal[] _sums;
    private readonly CurrencyTotals _revenue = new();

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
        _revenue.Add(window);
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
                case AmountMapColumn:
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
            if (_columns[i] is AmountMapColumn map)
            {
                ResultJson.WriteAmounts(json, map.Name, _revenue.ByCurrency ?? []);
            }
            else if (_revenue.Hides(_columns[i]))
            {
                json.WriteNull(_columns[i].Name);
            }
            else
            {
                json.WriteNumber(_columns[i].Name, ResultJson.Plain(_sums[i]));
            }
        }

        json.WriteEndObject();
    }
}
