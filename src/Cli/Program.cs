using System.CommandLine;
using Tidemark.Cli;
using Tidemark.Cli.Demo;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Query;
using Tidemark.Cli.Restore;
using Tidemark.Cli.Run;
using Tidemark.Cli.State;
using Tidemark.Cli.Verify;

CommandContext context = CommandContext.ForProcess();
RootCommand root = new("Correct, second-fresh metrics per event-time window from clickstream events.")
{
    DemoCommand.Create(context),
    RunCommand.Create(context),
    QueryCommand.Create(context),
    GenerateCommand.Create(context),
    RestoreCommand.Create(context),
    StateCommand.Create(context),
    VerifyCommand.Create(context),
};
return await CommandRunner.RunAsync(root, args, context).ConfigureAwait(false);
