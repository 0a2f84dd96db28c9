using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Core;

namespace Tidemark.Cli;

/// <summary>Reads options as they stand on the command line, while the parser still validates.</summary>
internal static class OptionTexts
{
    /// <summary>
    /// The text that was given for an option; null when it was not given, or without a value, which the parser itself complains about (asked
    /// for the value, it would throw). The last one counts.
    /// </summary>
    public static string? TextOf(this CommandResult result, Option option) =>
        result.GetResult(option) is { Tokens: [.., var last] } ? last.Value : null;

    /// <summary>The text of an option; null when it was not given, or without a value, which is a mistake.</summary>
    public static string? TextOf(this CommandResult result, Option option, List<string> mistakes)
    {
        string? text = result.TextOf(option);
        if (!string.IsNullOrEmpty(text))
        {
            return text;
        }

        if (result.GetResult(option) is { Implicit: false })
        {
            mistakes.Add($"{option.Name}: expected {option.HelpName}, got nothing");
        }

        return null;
    }

    /// <summary>The time of an option; null when it was not given, or is none, which is a mistake.</summary>
    public static DateTimeOffset? TimeOf(this CommandResult result, Option option, List<string> mistakes)
    {
        string? text = result.TextOf(option, mistakes);
        if (text is null)
        {
            return null;
        }

        if (TimeText.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        mistakes.Add($"{option.Name}: expected a time such as 2026-11-22T06:00:00Z, got '{text}'");
        return null;
    }
}
