using System.Runtime.InteropServices;

namespace Tidemark.Core.Metrics;

/// <summary>
/// Exact sums of amounts by currency. The currencies of ISO 4217 always have their own; of others the <see cref="MaxUnlisted"/> that are
/// first in the order of their bytes, and all the rest are summed as <see cref="Other"/>. Which those are does not depend on any order: a
/// code that is among the first of all was among the first of every part. Not thread-safe.
/// </summary>
public sealed class CurrencySums
{
    /// <summary>The currencies outside ISO 4217 that have their own sums.</summary>
    public const int MaxUnlisted = 32;

    /// <summary>The name of the currencies that have no sums of their own. In lower case, which no code is in.</summary>
    public const string Other = "other";

    /// <summary>The name of what is summed of amounts without a currency. In lower case, which no code is in.</summary>
    public const string Unknown = "unknown";

    private readonly Dictionary<CurrencyCode, Int128> _sums = [];
    private int _unlisted;
    private CurrencyCode _lastUnlisted; // once there are as many as may be

    internal CurrencySums()
    {
    }

    /// <summary>The sums by currency in ten-thousandths, in the order of the codes.</summary>
    internal IEnumerable<KeyValuePair<CurrencyCode, Int128>> Sums => _sums.OrderBy(pair => pair.Key);

    /// <summary>Whether nothing was added.</summary>
    internal bool IsEmpty => _sums.Count == 0;

    /// <summary>
    /// The sums in ten-thousandths, by code; then <see cref="Unknown"/>, which is what is left of all amounts, and <see cref="Other"/>.
    /// </summary>
    /// <param name="total">The sum of all amounts, in ten-thousandths.</param>
    public IReadOnlyList<KeyValuePair<string, Int128>> Of(Int128 total)
    {
        List<KeyValuePair<string, Int128>> sums = [];
        Int128 unknown = total;
        foreach ((CurrencyCode code, Int128 sum) in Sums.Where(pair => pair.Key != CurrencyCode.Other))
        {
            sums.Add(KeyValuePair.Create(code.ToString(), sum));
            unknown -= sum;
        }

        bool hasOther = _sums.TryGetValue(CurrencyCode.Other, out Int128 other);
        unknown -= other;
        if (unknown != 0)
        {
            sums.Add(KeyValuePair.Create(Unknown, unknown));
        }

        if (hasOther)
        {
            sums.Add(KeyValuePair.Create(Other, other));
        }

        return sums;
    }

    internal void Add(CurrencyCode code, Int128 tenThousandths)
    {
        bool isFull = _unlisted == MaxUnlisted;
        bool isBeyond = isFull && code.CompareTo(_lastUnlisted) > 0 && !code.IsListed;
        ref Int128 sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, isBeyond ? CurrencyCode.Other : code, out bool isKnown);
        sum += tenThousandths;
        if (isKnown || isBeyond || code.IsListed)
        {
            return;
        }

        if (isFull)
        {
            _sums.Remove(_lastUnlisted, out Int128 last);
            CollectionsMarshal.GetValueRefOrAddDefault(_sums, CurrencyCode.Other, out _) += last;
        }
        else
        {
            _unlisted++;
        }

        _lastUnlisted = _unlisted == MaxUnlisted ? _sums.Keys.Where(key => !key.IsListed).Max() : default;
    }

    internal void Merge(CurrencySums other)
    {
        foreach ((CurrencyCode code, Int128 sum) in other._sums)
        {
            Add(code, sum);
        }
    }

    internal CurrencySums Clone()
    {
        CurrencySums copy = new();
        copy.Merge(this);
        return copy;
    }

    internal void Clear()
    {
        _sums.Clear();
        _unlisted = 0;
        _lastUnlisted = default;
    }
}
