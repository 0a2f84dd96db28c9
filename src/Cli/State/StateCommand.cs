using System.CommandLine;
using Tidemark.Cli.Run;

namespace Tidemark.Cli.State;

/// <summary><c>tidemark state</c>: what is remembered of what was counted.</summary>
internal static class StateCommand
{
    private const string Text =
        """
        Show what a run remembers: how far each source was counted, what is open, what the sinks have not confirmed.

        It may be asked while a run goes on: then it tells what was saved last, at most about a second ago. What it says
        of a pipe is how many of its lines are saved: whoever feeds the pipe goes on there after a crash.

        Examples:
          tidemark state --lake ./lake
          tidemark state --state /var/lib/tidemark --json

        Exit codes: 0 shown, 1 there is none or it cannot be read, 2 wrong usage.
        """;

    public static Command Create(CommandContext context)
    {
        Option<string?> lake = new("--lake") { HelpName = "DIR", Description = "The lake that was counted into." };
        Option<string?> state = new("--state") { HelpName = "DIR", Description = "The state, if it is not in the lake." };
        Option<bool> json = new("--json") { Description = "Everything, as one JSON object." };
        Command command = new("state", Text) { lake, state, json };
        string directory = "";
        command.Validators.Add(result =>
        {
            string? given = result.TextOf(state) ?? (result.TextOf(lake) is { Length: > 0 } root ? Runner.StateOf(root) : null);
            if (string.IsNullOrEmpty(given))
            {
                result.AddError("--lake: expected --lake DIR or --state DIR, got neither");
                return;
            }

            directory = Path.GetFullPath(given);
        });
        command.SetAction(parsed => Show(directory, parsed.GetValue(json), context));
        return command;
    }

    private static int Show(string directory, bool asJson, CommandContext context)
    {
        try
        {
            if (StateStore.Peek(directory) is not { } found)
            {
                context.Say($"there is no state in {directory}: nothing was counted with one yet");
                return CommandRunner.Failed;
            }

            using StateLog log = found.Log;
            StateReport report = new(directory, found.Head, log, StateStore.HolderOf(directory), context.Time.GetUtcNow());
            using Stream output = context.OpenStandardOutput();
            if (asJson)
            {
                report.WriteJson(output);
            }
            else
            {
                report.WriteText(output);
            }

            return CommandRunner.Done;
        }
        catch (Exception error) when (error is StateException or InvalidDataException)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (Exception error) when (Sinks.IoProblem.Is(error))
        {
            context.Say($"cannot write to standard output: {Sinks.IoProblem.Describe(error)}");
            return CommandRunner.Failed;
        }
    }
}
