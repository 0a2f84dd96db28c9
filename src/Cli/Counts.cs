using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tidemark.Cli;

/// <summary>Numbers of things as people write them: <c>2000000</c>, <c>10k</c>, <c>1.5M</c>, <c>2G</c>.</summary>
public static class Counts
{
    /// <summary>Reads a whole number with an optional suffix k, M or G (thousand, million, thousand million).</summary>
    /// <param name="text">The text; white space around it is ignored.</param>
    /// <param name="count">The number.</param>
    /// <param name="mistake">What was expected and what was found, to follow the name of an option.</param>
    public static bool TryParse(string? text, out long count, [NotNullWhen(false)] out string? mistake)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        decimal factor = rest.IsEmpty ? 1 : rest[^1] switch
        {
            'k' or 'K' => 1000,
            'M' => 1_000_000,
            'G' => 1_000_000_000,
            _ => 1,
        };
        rest = factor == 1 ? rest : rest[..^1];
        bool read = decimal.TryParse(
            rest, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number);
        if (read && Math.Abs(number) <= 1_000_000_000 && decimal.IsInteger(number * factor))
        {
            count = (long)(number * factor);
            mistake = null;
            return true;
        }

        // Without a suffix a number may be longer.
        if (factor == 1 && long.TryParse(rest, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count))
        {
            mistake = null;
            return true;
        }

        count = 0;
        mistake = $"expected a whole number, perhaps with k, M or G, such as 500, 10k or 2M, got '{text}'";
        return false;
    }
}
