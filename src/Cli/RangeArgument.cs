using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Cli;

/// <summary>The options <c>--from</c> and <c>--to</c>, alike in all commands: a range of the starts of windows.</summary>
internal sealed class RangeArgument
{
    private const string Forms = "2026-11-22, '2026-11-22 10:00', 10:00 (today), today, yesterday, -2h (two hours ago) or 2026-11-22T06:00:00Z";

    private static readonly string[] TimesOfDay = ["HH:mm", "HH:mm:ss", "HH:mm:ss.FFF"];

    // Without an offset; those with one mean the same in every zone.
    private static readonly string[] LocalTimes =
        ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd' 'HH:mm", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFF", "yyyy-MM-dd"];

    private readonly Option<string?> _from = new("--from")
    {
        HelpName = "TIME", Description = $"Windows that start at this time or later: {Forms}.",
    };

    private readonly Option<string?> _to = new("--to")
    {
        HelpName = "TIME", Description = "Windows that start before this time; the same forms, and now.",
    };

    public RangeArgument()
    {
        _from.CompletionSources.Add("today", "yesterday");
        _to.CompletionSources.Add("now", "today", "yesterday");
    }

    /// <summary>Both options, in the order of the help.</summary>
    public IEnumerable<Option> All => [_from, _to];

    /// <summary>The names of both, for messages.</summary>
    public string Names => $"{_from.Name} and {_to.Name}";

    /// <summary>Reads the range: epoch milliseconds, half-open, without an end where none was given.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="now">Now.</param>
    /// <param name="clock">The zone of times without an offset.</param>
    /// <param name="mistakes">Receives what is wrong.</param>
    public Interval Read(CommandResult result, DateTimeOffset now, ZoneClock clock, List<string> mistakes)
    {
        long from = Time(result, _from, now, clock, mistakes) ?? long.MinValue;
        long to = Time(result, _to, now, clock, mistakes) ?? long.MaxValue;
        if (from < to)
        {
            return new Interval(from, to);
        }

        mistakes.Add($"{_to.Name}: expected a time after {_from.Name} ({TimeText.Format(from)}), got {TimeText.Format(to)}");
        return new Interval(from, from);
    }

    /// <summary>Reads a time as people write it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">Now.</param>
    /// <param name="clock">The zone of times without an offset.</param>
    /// <param name="isEnd">Whether it ends a range.</param>
    /// <returns>Epoch milliseconds; null when it is no time.</returns>
    public static long? Parse(string text, DateTimeOffset now, ZoneClock clock, bool isEnd)
    {
        long nowMs = now.ToUnixTimeMilliseconds();
        if (text == "now")
        {
            return nowMs;
        }

        if (text.StartsWith('-') && Durations.TryParse(text[1..], out TimeSpan ago, out _))
        {
            return nowMs - (long)ago.TotalMilliseconds;
        }

        DateTime today = clock.LocalOf(nowMs).Date;
        string[] words = text.Split(' ', 2);
        DateTime? day = words[0] switch { "today" => today, "yesterday" => today.AddDays(-1), "tomorrow" => today.AddDays(1), _ => null };
        if (day is not null && words.Length == 1)
        {
            return clock.StartOf(day.Value);
        }

        if (TimeOnly.TryParseExact(day is null ? text : words[1], TimesOfDay, CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time))
        {
            return clock.MomentOf((day ?? today) + time.ToTimeSpan(), isEnd);
        }

        if (DateTime.TryParseExact(text, LocalTimes, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local)
            && local.Year is > 1 and < 9999)
        {
            return text.Length == "yyyy-MM-dd".Length ? clock.StartOf(local) : clock.MomentOf(local, isEnd);
        }

        return TimeText.TryParse(text, out DateTimeOffset moment) ? moment.ToUnixTimeMilliseconds() : null;
    }

    private long? Time(CommandResult result, Option option, DateTimeOffset now, ZoneClock clock, List<string> mistakes)
    {
        if (result.TextOf(option, mistakes) is not { } text)
        {
            return null;
        }

        if (Parse(text, now, clock, isEnd: option == _to) is { } time)
        {
            return time;
        }

        mistakes.Add($"{option.Name}: expected a time such as {Forms}, got '{text}'");
        return null;
    }
}
