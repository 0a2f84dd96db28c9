using System.CommandLine;
using Tidemark.Core;

namespace Tidemark.Cli.Verify;

/// <summary><c>tidemark verify</c>: a recount of the sources, compared with what was written.</summary>
internal static class VerifyCommand
{
    private const string Text =
        """
        Count the sources anew, without a state, and compare every window with the lake, and with Redis.

        Nothing is written. It may run while windows are being written; what can still change is not judged then. When
        the sources are only a part of what was counted, neither are the windows at their ends, to which others may have
        added (docs/STATE.md says which). Phase, revision and watermark, which tell how a window was published, are not
        compared.

        Examples:
          tidemark verify --source events.ndjson --lake ./lake
          tidemark verify --source 'logs/2026-11-2*.ndjson.gz' --lake ./lake --from 2026-11-21 --to 2026-11-22
          tidemark verify --merge --source server1.ndjson --source server2.ndjson --lake ./lake --json
          tidemark verify --source events.ndjson --lake ./lake --redis localhost:6379
          tidemark verify --source kafka://localhost:9092/clickstream_events --lake ./lake

        Exit codes: 0 equal, 1 different, or nothing could be compared, 2 wrong usage or configuration, 130 interrupted.
        """;

    public static Command Create(CommandContext context)
    {
        VerifyArguments arguments = new();
        VerifyOptions? verify = null;
        EngineOptions? engine = null;
        Command command = new Command("verify", Text).With(arguments.All, result =>
        {
            (verify, engine, IReadOnlyList<string> mistakes) = arguments.Read(result, context);
            return mistakes;
        });
        command.SetAction((_, cancellationToken) =>
            Task.Run(() => Verifier.Run(verify!, engine!, context, cancellationToken), CancellationToken.None));
        return command;
    }
}
