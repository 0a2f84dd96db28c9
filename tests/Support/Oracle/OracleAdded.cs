using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Tidemark.Support.Oracle;

/// <summary>What the configuration adds to a window, recomputed from the list of its events.</summary>
internal sealed record OracleAdded(string Text, bool IsMixed, bool? IsCut)
{
    private const long MaxAmount = 999_999_999_999_999_999;

    /// <summary>The currencies of ISO 4217 that streams have.</summary>
    private static readonly HashSet<string> Listed = ["EUR", "USD", "SEK", "JPY"];

    public static OracleAdded Compute(IReadOnlyCollection<OracleEvent> events, OracleAdditions options)
    {
        var counters = options.Counters.Select(counter => (counter.Name, events.LongCount(e => e.Type == counter.Type)));
        var breakdowns = options.Breakdowns.Select(
            (breakdown, i) => (breakdown.Name, (IEnumerable<OracleCount>)OracleMetrics.Ranked(events.Select(e => e.Added[i]))));
        if (options.CurrencyPath is null)
        {
            return new OracleAdded(TextOf(counters, breakdowns, null), false, null);
        }

        var sums = Sums(events.Where(e => e is { Type: "purchase", Amount: not null and not 0 }));
        var shown = sums.Select(pair => (pair.Key, (decimal)BigInteger.Max(-MaxAmount, BigInteger.Min(MaxAmount, pair.Value)) / 10_000m));
        return new OracleAdded(
            TextOf(counters, breakdowns, shown),
            sums.Count > 1 || sums.Any(pair => pair.Key == "other"),
            sums.Any(pair => BigInteger.Abs(pair.Value) > MaxAmount));
    }

    /// <summary>One text for both sides; keys are quoted, so two different contents never have one text.</summary>
    public static string TextOf(
        IEnumerable<(string Name, long Count)> counters, IEnumerable<(string Name, IEnumerable<OracleCount> Counts)> breakdowns,
        IEnumerable<(string Key, decimal Amount)>? currencies)
    {
        StringBuilder text = new();
        foreach (var (name, count) in counters)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name}={count}");
        }

        foreach (var (name, counts) in breakdowns)
        {
            AppendMap(text, name, counts.Select(entry => (entry.Key, (decimal)entry.Count)));
        }

        if (currencies is not null)
        {
            AppendMap(text, "currencies", currencies);
        }

        return text.ToString();
    }

    private static void AppendMap(StringBuilder text, string name, IEnumerable<(string Key, decimal Number)> map) =>
        text.Append(CultureInfo.InvariantCulture, $" {name}=[").AppendJoin(',', map.Select(
            entry => string.Create(CultureInfo.InvariantCulture, $"{JsonSerializer.Serialize(entry.Key)}:{entry.Number:0.####}"))).Append(']');

    /// <summary>Exact sums by currency: those listed and the first 32 others by their bytes; then what has none, if anything, and the rest.</summary>
    private static List<KeyValuePair<string, BigInteger>> Sums(IEnumerable<OracleEvent> purchases)
    {
        var byCode = purchases.GroupBy(e => Code(e.Currency), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Aggregate(BigInteger.Zero, (sum, e) => sum + e.Amount!.Value));
        var codes = byCode.Keys.Where(code => code is not ("unknown" or "other")).Order(Comparer<string>.Create(OracleText.CompareUtf8)).ToList();
        var rest = codes.Where(code => !Listed.Contains(code)).Skip(32).ToHashSet();
        List<KeyValuePair<string, BigInteger>> sums =
            [.. codes.Where(code => !rest.Contains(code)).Select(code => KeyValuePair.Create(code, byCode[code]))];
        if (byCode.TryGetValue("unknown", out var unknown) && !unknown.IsZero)
        {
            sums.Add(KeyValuePair.Create("unknown", unknown));
        }

        if (byCode.TryGetValue("other", out var other) || rest.Count > 0)
        {
            sums.Add(KeyValuePair.Create("other", rest.Aggregate(other, (sum, code) => sum + byCode[code])));
        }

        return sums;
    }

    /// <summary>The currency of an amount: in upper case, <c>unknown</c> without one, <c>other</c> for what is none.</summary>
    public static string Code(string? text)
    {
        var code = new string([.. (text ?? "").Trim(' ', '\t', '\n', '\v', '\f', '\r').Select(c => c is >= 'a' and <= 'z' ? (char)(c - 32) : c)]);
        return code.Length == 0 ? "unknown" : Encoding.UTF8.GetByteCount(code) > 16 || code.Any(c => c < ' ') ? "other" : code;
    }
}
