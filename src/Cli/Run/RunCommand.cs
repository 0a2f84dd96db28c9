using System.CommandLine;
using Tidemark.Core;

namespace Tidemark.Cli.Run;

/// <summary><c>tidemark run</c>: a source through the engine, to the sinks.</summary>
internal static class RunCommand
{
    private const string Text =
        """
        Read clickstream events and write metrics for every window.

        A file is read to its end, and then every window has been written with its last revision. On a pipe
        windows are written as the watermark passes them. Without --json, --lake and --redis the windows are listed on
        stdout. Progress and a summary go to stderr.

        Examples:
          tidemark run --source events.ndjson --lake ./lake
          tidemark run --source events.ndjson.gz --json > windows.ndjson
          tail -F access.ndjson | tidemark run --source - --lake ./lake --dead-letters ./dead.ndjson

        Ctrl-C ends it: it waits a second at most for results that are due, and says what is missing.

        Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.
        """;

    public static Command Create(CommandContext context)
    {
        RunArguments arguments = new();
        Command command = new("run", Text);
        foreach (Option option in arguments.All)
        {
            command.Options.Add(option);
        }

        RunOptions? run = null;
        EngineOptions? engine = null;
        command.Validators.Add(result =>
        {
            (run, engine, IReadOnlyList<string> mistakes) = arguments.Read(result, context);
            foreach (string mistake in mistakes)
            {
                result.AddError(mistake);
            }
        });

        // Off this thread: Ctrl-C is listened to only once the action has returned its task.
        command.SetAction((_, cancellationToken) => Task.Run(() => Runner.Run(run!, engine!, context, cancellationToken), CancellationToken.None));
        return command;
    }
}
