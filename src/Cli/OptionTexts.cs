using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Cli.Help;
using Tidemark.Core;

namespace Tidemark.Cli;

/// <summary>Reads options as they stand on the command line, while the parser still validates.</summary>
internal static class OptionTexts
{
    /// <summary>Adds options to a command, and tells every mistake in them at once.</summary>
    /// <param name="command">The command.</param>
    /// <param name="options">The options, in the order of the help.</param>
    /// <param name="read">Reads what was given, and answers all mistakes.</param>
    /// <returns>The command.</returns>
    public static Command With(this Command command, IEnumerable<Option> options, Func<CommandResult, IEnumerable<string>> read)
    {
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            foreach (string mistake in read(result))
            {
                result.AddError(mistake);
            }
        });
        return command;
    }

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

    /// <summary>The text of an option that has to be given; null when it was not, or without a value, which is a mistake.</summary>
    public static string? RequiredTextOf(this CommandResult result, Option option, List<string> mistakes) =>
        result.RequiredTextsOf(option, mistakes) is [.., { Length: > 0 } last] ? last : null;

    /// <summary>The texts of an option that has to be given; that there is none, or an empty one, is a mistake.</summary>
    public static IReadOnlyList<string> RequiredTextsOf(this CommandResult result, Option option, List<string> mistakes)
    {
        string[] texts = [.. (result.GetResult(option)?.Tokens ?? []).Select(token => token.Value)];

        // An option that takes several values takes a misspelt option for one of them.
        if (texts.FirstOrDefault(text => text.StartsWith("--", StringComparison.Ordinal)) is { } misspelt)
        {
            mistakes.Add(UsageMistakes.UnknownOption(misspelt, result.Command));
            return texts;
        }

        if (texts.Length == 0 || texts.Contains(""))
        {
            mistakes.Add($"{option.Name}: expected {option.HelpName}, got nothing");
        }

        return texts;
    }

    /// <summary>Whether a switch was given.</summary>
    public static bool FlagOf(this CommandResult result, Option<bool> option) => result.GetResult(option) is not null && result.GetValue(option);

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
