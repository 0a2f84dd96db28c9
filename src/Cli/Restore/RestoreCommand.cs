using System.CommandLine;
using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Restore;

/// <summary><c>tidemark restore</c>: what Redis has lost, out of the lake.</summary>
internal static class RestoreCommand
{
    private const string Text =
        """
        Write to Redis again what it has lost, out of the lake.

        The windows that ended within the retention (1 hour, or redis.retention of the configuration) are read from the
        lake and published, whether they are final or not. Of two revisions the higher stays, so it may run while
        windows are being published, and again. Each stays for the whole retention from now on.

        Examples:
          tidemark restore --lake ./lake --redis localhost:6379
          tidemark restore --lake ./lake --redis localhost:6379 --config tidemark.json

        Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
        """;

    public static Command Create(CommandContext context)
    {
        Option<string?> lake = new("--lake") { HelpName = "DIR", Description = $"The lake, or {LakeArgument.InAzure}. Required." };
        Option<string?> redis = RedisArgument.Create("The Redis to fill. Required.");
        Option<string?> config =
            new("--config") { HelpName = "FILE", Description = "The configuration of the run: its windows and its Redis settings." };
        RestoreOptions? restore = null;
        Command command = new Command("restore", Text).With([lake, redis, config], result =>
        {
            List<string> mistakes = [.. ConfigFile.Read(result.TextOf(config), out EngineOptions engine, out RedisOptions configured)];
            RedisOptions? server = null;
            if (result.RequiredTextOf(redis, mistakes) is { } endpoint)
            {
                mistakes.AddRange(RedisArgument.Complete(endpoint, configured, context, out server));
            }

            if (result.RequiredTextOf(lake, mistakes) is { } root)
            {
                mistakes.AddRange(LakeArgument.Mistakes(root, context));
                restore = server is null ? null : new RestoreOptions(root, server, engine.Windows);
            }

            return mistakes;
        });
        command.SetAction((_, cancellationToken) => Task.Run(() => Restorer.RunAsync(restore!, context, cancellationToken), CancellationToken.None));
        return command;
    }
}
