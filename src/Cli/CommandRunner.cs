using System.CommandLine;
using System.CommandLine.Invocation;
using Tidemark.Cli.Help;

namespace Tidemark.Cli;

/// <summary>Runs a command line with the exit codes that all commands share.</summary>
public static class CommandRunner
{
    /// <summary>The command did what it was asked to.</summary>
    public const int Done = 0;

    /// <summary>It could not; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be used; standard error lists every mistake.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>
    /// After Ctrl-C a command waits a second at most for its output and then says what is missing. This is the end for one that
    /// cannot, however slow the machine: the process ends without a word.
    /// </summary>
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Parses and runs.</summary>
    /// <param name="root">The command with its subcommands.</param>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="context">Where mistakes go.</param>
    /// <param name="cancellation">Cancels the command as Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Command root, IReadOnlyList<string> args, CommandContext context, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            ParseResult parsed = root.Parse(args);
            if (parsed.Action is ParseErrorAction)
            {
                TellMistakes(parsed, root, context);
                return Usage;
            }

            var configuration = new InvocationConfiguration
            {
                Error = context.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationTimeout,
            };
            return await parsed.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
        catch (ReaderGoneException)
        {
            return Done;
        }
#pragma warning disable CA1031 // People get one line, whatever happens.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Fail(error, context);
        }
    }

    private static void TellMistakes(ParseResult parsed, Command root, CommandContext context)
    {
        foreach (string mistake in UsageMistakes.Of(parsed, root))
        {
            context.Say(mistake);
        }

        Command command = parsed.CommandResult.Command;
        context.Error.WriteLine(command == root || command.Name == "help" ? "Try: tidemark help" : $"Try: tidemark {command.Name} --help");
    }

    private static int Fail(Exception error, CommandContext context)
    {
        try
        {
            // A failure that a command expects is told by the command.
            string where = error.StackTrace?.Split('\n').FirstOrDefault()?.Trim() ?? "at an unknown place";
            context.Say($"{error.GetType().Name} {where}: {error.Message.ReplaceLineEndings(" ")} This is a defect of tidemark, please report it.");
        }
        catch (IOException)
        {
            // Standard error cannot be written either: the exit code is all that is left.
        }

        return Failed;
    }
}
