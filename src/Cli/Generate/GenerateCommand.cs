using System.CommandLine;

namespace Tidemark.Cli.Generate;

/// <summary>The command <c>tidemark generate</c>.</summary>
public static class GenerateCommand
{
    private const string Text =
        """
        Write made-up clickstream events, one JSON object per line.

        They are visits to a web shop with disorder, late and repeated events and broken lines, as real streams have
        them. The same options, --start and --seed give the same bytes.

        Examples:
          tidemark generate --events 200k --out events.ndjson
          tidemark generate --events 1M --out - | tidemark run --source -
          tidemark generate --events 1M --rate 5000 --out kafka://localhost:9092/clickstream

        Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
        """;

    /// <summary>Builds the command. Run it with <see cref="CommandRunner"/>, which lists mistakes and exits with 2.</summary>
    public static Command Create(CommandContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var options = new GenerateArguments();
        Command command = new Command("generate", Text).With(options.All, result => options.Read(result, context).Mistakes);
        command.SetAction((result, cancellation) =>
        {
            (GeneratorOptions generator, GenerateTarget target, _) = options.Read(result.CommandResult, context);

            // Off this thread: Ctrl-C is listened to only once the action has returned its task.
            return Task.Run(
                () => target.Topic is { } topic
                    ? new GenerateTopicRun(generator, topic, target.IsPaced, context).Run(cancellation)
                    : new GenerateRun(generator, target.Path, context).Run(cancellation),
                CancellationToken.None);
        });
        return command;
    }
}
