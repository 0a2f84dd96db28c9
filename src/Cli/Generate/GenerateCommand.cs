using System.CommandLine;

namespace Tidemark.Cli.Generate;

/// <summary>The command <c>tidemark generate</c>.</summary>
public static class GenerateCommand
{
    /// <summary>Builds the command. Run it with <see cref="CommandRunner"/>, which lists mistakes and exits with 2.</summary>
    public static Command Create(CommandContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var options = new GenerateArguments();
        Command command = new Command(
            "generate",
            "Writes made-up clickstream events, one JSON object per line: visits to a web shop with disorder, late and repeated events and "
            + "broken lines, as real streams have them. The same options, --start and --seed give the same bytes.")
            .With(options.All, result => options.Read(result, context).Mistakes);
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
