using System.CommandLine;

namespace Tidemark.Cli.Query;

/// <summary><c>tidemark query</c>: results that were written, read back.</summary>
internal static class QueryCommand
{
    private const string Text =
        """
        Show results that `tidemark run` has written.

        Each window is shown once, with its last revision, also while it is being written. A ~ marks an estimate
        (standard error 0.81 %), a * a window that was corrected after it was first published, a ! a revenue that
        was cut to the greatest that can be shown. Times are UTC unless --zone says otherwise; JSON and CSV are
        always in UTC. Users cannot be added up over windows, since one person comes in many: --users counts
        each once, and --by does. In CSV a page that a spreadsheet would take for a formula begins with an
        apostrophe; JSON has it as it is. Lists are in JSON only.

        Examples:
          tidemark query --lake ./lake
          tidemark query --lake ./lake --from yesterday --to today --zone Europe/Stockholm --by hour
          tidemark query --lake ./lake --window 1hour --by day --last 14
          tidemark query --lake ./lake --top pages --from 10:00
          tidemark query --lake ./lake --chart revenue --window 1hour --from -7d
          tidemark query --lake ./lake --from -2h --format csv > two-hours.csv
          tidemark query --lake ./lake --from -7d --users
          tidemark query --redis localhost:6379 --last 10
          tidemark query --lake ./lake --sessions --from today --user user_42

        Exit codes: 0 done (also when no window lies in the range), 1 failed, 2 wrong usage, 130 interrupted.
        """;

    public static Command Create(CommandContext context)
    {
        QueryArguments arguments = new();
        QueryOptions? query = null;
        Command command = new Command("query", Text).With(arguments.All, result =>
        {
            (query, IReadOnlyList<string> mistakes) = arguments.Read(result, context);
            return mistakes;
        });
        command.SetAction((_, cancellationToken) => Task.Run(() => QueryRunner.RunAsync(query!, context, cancellationToken), CancellationToken.None));
        return command;
    }
}
