using System.CommandLine;
using Tidemark.Cli.Configuration;
using Tidemark.Cli.Demo;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Help;
using Tidemark.Cli.Query;
using Tidemark.Cli.Restore;
using Tidemark.Cli.Run;
using Tidemark.Cli.State;
using Tidemark.Cli.Verify;

namespace Tidemark.Cli;

/// <summary>The command <c>tidemark</c> with all its subcommands.</summary>
internal static class TidemarkCommand
{
    /// <summary>Builds it. Run it with <see cref="CommandRunner"/>.</summary>
    public static RootCommand Create(CommandContext context)
    {
        RootCommand root = new("correct, second-fresh metrics per event-time window from clickstream events")
        {
            DemoCommand.Create(context),
            RunCommand.Create(context),
            QueryCommand.Create(context),
            GenerateCommand.Create(context),
            RestoreCommand.Create(context),
            StateCommand.Create(context),
            VerifyCommand.Create(context),
            ConfigCommand.Create(context),
            CompletionCommand.Create(context),
        };
        HelpCommand.AddTo(root, context);
        return root;
    }
}
