using System.CommandLine;

namespace Tidemark.Cli.Configuration;

/// <summary><c>tidemark config schema</c>: what an editor needs to complete and check a configuration.</summary>
internal static class ConfigCommand
{
    private const string Schema = "schema";

    private const string Text =
        """
        Print the JSON schema of the configuration that --config reads, by which editors complete and check it: name it
        in the configuration as "$schema": "./tidemark.schema.json".

        Examples:
          tidemark config schema > tidemark.schema.json

        Exit codes: 0 done, 1 failed, 2 wrong usage.
        """;

    /// <summary>Builds the command.</summary>
    public static Command Create(CommandContext context)
    {
        Argument<string?> what = new("WHAT") { HelpName = Schema, Arity = ArgumentArity.ZeroOrOne };
        what.CompletionSources.Add(Schema);
        Command command = new("config", Text) { what };
        command.Validators.Add(result =>
        {
            string? given = result.GetResult(what) is { Tokens: [var token, ..] } ? token.Value : null;
            if (given != Schema)
            {
                result.AddError($"expected {Schema}, got {(given is null ? "nothing" : $"'{given}'")}");
            }
        });
        command.SetAction(_ =>
        {
            using Stream output = context.OpenStandardOutput();
            ConfigSchema.CopyTo(output);
            return CommandRunner.Done;
        });
        return command;
    }
}
