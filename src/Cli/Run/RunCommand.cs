using System.CommandLine;
using Tidemark.Core;

namespace Tidemark.Cli.Run;

/// <summary><c>tidemark run</c>: a source through the engine, to the sinks.</summary>
internal static class RunCommand
{
    private const string Text =
        """
        Read clickstream events and write metrics for every window.

        Files are read to their end, and then every window has been written. On a pipe, on a file that is followed, and
        on a Kafka topic windows are written as the watermark passes them. Without --json, --lake and --redis the windows are listed on
        stdout. Progress and a summary go to stderr.

        A lake remembers what was counted into it: a file that is given again adds what is new in it, another one goes
        on with the stream, and whatever stops a run, the next one goes on where it stopped. Of several processes on
        one lake one counts and the others stand by. tidemark state shows what is remembered.

        Examples:
          tidemark run --source events.ndjson --lake ./lake
          tidemark run --source events.ndjson.gz --json > windows.ndjson
          tidemark run --source 'logs/*.ndjson.zst' --lake ./lake
          tidemark run --source access.ndjson --follow --lake ./lake --dead-letters ./dead.ndjson
          tidemark run --source 'kafka://localhost:9092/clickstream?group=shop' --lake ./lake
          tidemark run --merge --source server1.ndjson --source server2.ndjson --lake ./lake

        Ctrl-C, SIGTERM and SIGHUP end it: it saves the state, waits a second at most for results that are due, and says
        what is missing.

        Exit codes: 0 done, or stopped with the state saved; 1 failed, 2 wrong usage or configuration, 130 interrupted
        without a state.
        """;

    public static Command Create(CommandContext context)
    {
        RunArguments arguments = new();
        RunOptions? run = null;
        EngineOptions? engine = null;
        Command command = new Command("run", Text).With(arguments.All, result =>
        {
            (run, engine, IReadOnlyList<string> mistakes) = arguments.Read(result, context);
            return mistakes;
        });

        // Off this thread: Ctrl-C is listened to only once the action has returned its task.
        command.SetAction((_, cancellationToken) => Task.Run(
            () =>
            {
                using HangUp hangUp = new(cancellationToken);
                return Runner.Run(run!, engine!, context, hangUp.Token);
            },
            CancellationToken.None));
        return command;
    }
}
