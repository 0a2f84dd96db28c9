using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Cli;

/// <summary>The options <c>--from</c> and <c>--to</c>, alike in all commands: a range of the starts of windows.</summary>
internal sealed class RangeArgument
{
    private readonly Option<string?> _from = new("--from")
    {
        HelpName = "TIME", Description = "Windows that start at this time or later: 2026-11-22T06:00:00Z, 2026-11-22, or -2h for two hours ago.",
    };

    private readonly Option<string?> _to = new("--to")
    {
        HelpName = "TIME", Description = "Windows that start before this time; the same forms, and now.",
    };

    /// <summary>Both options, in the order of the help.</summary>
    public IEnumerable<Option> All => [_from, _to];

    /// <summary>The names of both, for messages.</summary>
    public string Names => $"{_from.Name} and {_to.Name}";

    /// <summary>Reads the range: epoch milliseconds, half-open, without an end where none was given.</summary>
    public Interval Read(CommandResult result, DateTimeOffset now, List<string> mistakes)
    {
        long from = Time(result, _from, now, mistakes) ?? long.MinValue;
        long to = Time(result, _to, now, mistakes) ?? long.MaxValue;
        if (from < to)
        {
            return new Interval(from, to);
        }

        mistakes.Add($"{_to.Name}: expected a time after {_from.Name} ({TimeText.Format(from)}), got {TimeText.Format(to)}");
        return new Interval(from, from);
    }

    /// <summary>A time, or a duration before now: <c>-2h</c>.</summary>
    private static long? Time(CommandResult result, Option option, DateTimeOffset now, List<string> mistakes)
    {
        string? text = result.TextOf(option, mistakes);
        if (text is null)
        {
            return null;
        }

        if (text == "now")
        {
            return now.ToUnixTimeMilliseconds();
        }

        if (text.StartsWith('-') && Durations.TryParse(text[1..], out TimeSpan ago, out _))
        {
            return now.ToUnixTimeMilliseconds() - (long)ago.TotalMilliseconds;
        }

        if (TimeText.TryParse(text, out DateTimeOffset time))
        {
            return time.ToUnixTimeMilliseconds();
        }

        mistakes.Add($"{option.Name}: expected a time such as 2026-11-22T06:00:00Z, or one before now such as -2h, got '{text}'");
        return null;
    }
}
