using System.CommandLine;
using Tidemark.Local;
using Tidemark.Local.Demo;
using Tidemark.Local.Generate;
using Tidemark.Local.Query;
using Tidemark.Local.Restore;
using Tidemark.Local.Run;

CommandContext context = CommandContext.ForProcess();
RootCommand root = new("Correct, second-fresh metrics per event-time window from clickstream events.")
{
    DemoCommand.Create(context),
    RunCommand.Create(context),
    QueryCommand.Create(context),
    GenerateCommand.Create(context),
    RestoreCommand.Create(context),
};
return await CommandRunner.RunAsync(root, args, context).ConfigureAwait(false);
