using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Core;

namespace Tidemark.Cli.Help;

/// <summary>What is wrong with a command line, each mistake with what was expected, what came and what was probably meant.</summary>
internal static class UsageMistakes
{
    /// <summary>All mistakes, those first that came first.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, Command root)
    {
        Command command = parsed.CommandResult.Command;
        if (command == root && parsed.UnmatchedTokens is [var first, ..])
        {
            return [first.StartsWith('-') ? $"expected a command before '{first}': {Names(root)}" : UnknownCommand(first, root)];
        }

        HashSet<string> meant = [];
        List<string> mistakes = [.. Unknown(parsed, command, meant)];
        HashSet<string> told = [.. parsed.UnmatchedTokens.Select(token => $"Unrecognized command or argument '{token}'.")];
        mistakes.AddRange(parsed.Errors.Select(Text).Where(message => !told.Contains(message) && !Follows(message, meant)));
        return [.. mistakes.Distinct()];
    }

    /// <summary>What to say of a command that there is not.</summary>
    public static string UnknownCommand(string name, Command root)
    {
        string[] names = [.. root.Subcommands.Select(command => command.Name)];
        return NearNames.Find(name, names) is { } near
            ? $"unknown command '{name}'; did you mean 'tidemark {near}'? There are {Names(root)}"
            : $"unknown command '{name}'; expected one of {Names(root)}";
    }

    /// <summary>A mistake in the words of all others; the parser has its own for an option without a value.</summary>
    private static string Text(ParseError error) =>
        error is { SymbolResult: OptionResult { Tokens: [], Option: var option } }
            && error.Message.StartsWith("Required argument missing", StringComparison.Ordinal)
            ? $"{option.Name}: expected {option.HelpName}, got nothing"
            : error.Message;

    private static string Names(Command root) =>
        string.Join(", ", root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name));

    /// <summary>What to say of an option that a command has not.</summary>
    /// <param name="given">As it was given, perhaps with a value behind an equals sign.</param>
    /// <param name="command">The command.</param>
    public static string UnknownOption(string given, Command command)
    {
        string name = given.Split('=', 2)[0];
        return MeantBy(name, command) is { } near
            ? $"unknown option '{name}'; did you mean '{near}'?"
            : $"unknown option '{name}' of tidemark {command.Name}";
    }

    private static string? MeantBy(string name, Command command) => NearNames.Find(name, command.Options
        .SelectMany(option => option.Aliases.Append(option.Name)).Where(known => known.StartsWith("--", StringComparison.Ordinal)));

    private static IEnumerable<string> Unknown(ParseResult parsed, Command command, HashSet<string> meant)
    {
        bool isValue = false;
        foreach (string token in parsed.UnmatchedTokens)
        {
            if (token is ['-', _, ..])
            {
                string name = token.Split('=', 2)[0];
                isValue = name == token;
                meant.Add(MeantBy(name, command) ?? "");
                yield return UnknownOption(token, command);
            }
            else if (isValue)
            {
                // It belongs to the option before, of which enough is said.
                isValue = false;
            }
            else
            {
                // What is read is what people give without an option.
                Option? usual = command.Options.FirstOrDefault(option => option.Name is "--source" or "--lake");
                usual = usual is not null && parsed.GetResult(usual) is null ? usual : null;
                meant.Add(usual?.Name ?? "");
                yield return usual is null
                    ? $"expected an option, got '{token}'"
                    : $"expected an option, got '{token}'; did you mean '{usual.Name} {token}'?";
            }
        }
    }

    /// <summary>Whether a mistake only says that there is nothing of what was misspelt.</summary>
    private static bool Follows(string message, HashSet<string> meant) =>
        (message.EndsWith("got nothing", StringComparison.Ordinal) || message.EndsWith("got neither", StringComparison.Ordinal))
            && meant.Any(name => name.Length > 0 && message.Contains(name, StringComparison.Ordinal));
}
