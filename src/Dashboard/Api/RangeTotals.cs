using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>
/// The sums over many windows of every column that can be added up, and the means and shares that follow from such sums. Amounts of different
/// currencies are not added up. Quantiles of several windows do not follow from theirs, and are left out.
/// </summary>
internal sealed class RangeTotals
{
    private const int MeanDecimals = 4;

    private readonly ResultColumn[] _columns;
    private readonly decimal[] _sums;
    private readonly long[] _over;
    private readonly CurrencyTotals _revenue = new();

    /// <param name="columns">The columns of results.</param>
    public RangeTotals(IEnumerable<ResultColumn> columns)
    {
        _columns = [.. columns.Where(Has)];
        _sums = new decimal[_columns.Length];
        _over = new long[_columns.Length];
    }

    /// <summary>Whether a column has a value over several windows.</summary>
    public static bool Has(ResultColumn column) => column.IsAdditive || column is AmountMapColumn or AmountColumn { Over: not null };

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
                case AmountColumn { Over: { } over } mean:
                    long weight = over.Get(window);
                    _over[i] += weight;
                    _sums[i] += mean.Part?.Get(window) ?? (mean.Get(window) ?? 0) * weight;
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

    /// <summary>Writes the sums as an object; an amount of several currencies is null, and so is a mean of nothing.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        for (int i = 0; i < _columns.Length; i++)
        {
            if (_columns[i] is AmountMapColumn map)
            {
                ResultJson.WriteAmounts(json, map.Name, _revenue.ByCurrency ?? []);
            }
            else if (_columns[i] is AmountColumn { Over: not null })
            {
                WriteMean(json, i);
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

    private void WriteMean(Utf8JsonWriter json, int i)
    {
        if (_over[i] > 0)
        {
            json.WriteNumber(_columns[i].Name, ResultJson.Plain(Math.Round(_sums[i] / _over[i], MeanDecimals, MidpointRounding.ToEven)));
        }
        else
        {
            json.WriteNull(_columns[i].Name);
        }
    }
}
