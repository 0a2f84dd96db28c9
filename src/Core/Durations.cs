using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tidemark.Core;

/// <summary>
/// Durations as people write them: a whole number and a unit, such as <c>500ms</c>, <c>10s</c>, <c>5min</c>, <c>1hour</c>, <c>1d</c>.
/// </summary>
public static class Durations
{
    /// <summary>The longest duration that is understood: 36,500 days.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(36_500);

    private static readonly (string[] Names, long Ms)[] Units =
    [
        (["day", "d", "days"], 86_400_000),
        (["hour", "h", "hours"], 3_600_000),
        (["min", "m", "minute", "minutes"], 60_000),
        (["s", "sec", "second", "seconds"], 1000),
        (["ms"], 1),
    ];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">A whole number and a unit; white space around either is ignored. <c>0s</c> is a duration.</param>
    /// <param name="duration">The duration, a whole number of milliseconds from zero to <see cref="Max"/>.</param>
    /// <param name="mistake">What was expected and what was found, to follow the name of an option.</param>
    public static bool TryParse(string? text, out TimeSpan duration, [NotNullWhen(false)] out string? mistake)
    {
        duration = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> unit = digits > 0 ? rest[digits..].Trim() : default;
        long unitMs = UnitMs(unit);
        if (unitMs == 0)
        {
            mistake = $"expected a whole number and a unit (ms, s, min, h or d), such as 500ms, 10s, 5min, 1h or 1d, got '{text}'";
            return false;
        }

        if (!long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            || count > Max.Ticks / TimeSpan.TicksPerMillisecond / unitMs)
        {
            mistake = string.Create(CultureInfo.InvariantCulture, $"expected at most {Max.Days:N0} days, got '{text}'");
            return false;
        }

        duration = new TimeSpan(count * unitMs * TimeSpan.TicksPerMillisecond);
        mistake = null;
        return true;
    }

    /// <summary>Writes a duration in the largest unit that keeps it whole, as windows are named: <c>1hour</c>, <c>90s</c>, <c>1500ms</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative or no whole number of milliseconds.</exception>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero || duration.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(duration), duration, "A duration is a whole number of milliseconds, and not negative.");
        }

        long ms = duration.Ticks / TimeSpan.TicksPerMillisecond;
        if (ms == 0)
        {
            return "0s";
        }

        (string[] names, long unitMs) = Array.Find(Units, unit => ms % unit.Ms == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{ms / unitMs}{names[0]}");
    }

    /// <summary>
    /// Writes any duration for a person, with the units that <see cref="TryParse"/> reads: <c>1d</c>, <c>5min</c>, <c>90s</c>. One that is
    /// negative or no whole number of milliseconds is in seconds: <c>-0.5s</c>.
    /// </summary>
    public static string Describe(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero || duration.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / (decimal)TimeSpan.TicksPerSecond:0.#######}s");
        }

        string text = Format(duration);
        return text.EndsWith("day", StringComparison.Ordinal) ? text[..^"ay".Length]
            : text.EndsWith("hour", StringComparison.Ordinal) ? text[..^"our".Length]
            : text;
    }

    /// <summary>Checks a duration.</summary>
    /// <param name="key">The key of the duration in the message.</param>
    /// <param name="duration">The duration.</param>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="most">The most that is allowed.</param>
    /// <returns>What was expected and what was found; null when it is a whole number of milliseconds in that range.</returns>
    public static string? Mistake(string key, TimeSpan duration, TimeSpan least, TimeSpan most)
    {
        bool isWhole = duration.Ticks % TimeSpan.TicksPerMillisecond == 0;
        return duration >= least && duration <= most && isWhole
            ? null
            : $"{key}: expected {Describe(least)} to {Describe(most)}{(isWhole ? "" : " in whole milliseconds")}, got {Describe(duration)}";
    }

    private static long UnitMs(ReadOnlySpan<char> name)
    {
        foreach ((string[] names, long ms) in Units)
        {
            foreach (string known in names)
            {
                if (name.SequenceEqual(known))
                {
                    return ms;
                }
            }
        }

        return 0;
    }
}
