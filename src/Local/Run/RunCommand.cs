using System.CommandLine;
using System.CommandLine.Parsing;
using Tidemark.Aggregation;
using Tidemark.Local.Configuration;

namespace Tidemark.Local.Run;

/// <summary><c>tidemark run</c>: a source through the engine, to the sinks.</summary>
internal static class RunCommand
{
    private const string Text =
        """
        Read clickstream events and write metrics for every window.

        A file is read to its end, and then every window has been written with its last revision. On a pipe
        windows are written as the watermark passes them. Without --json and --lake the windows are listed on stdout.

        Examples:
          tidemark run --source events.ndjson --lake ./lake
          tidemark run --source events.ndjson.gz --json > windows.ndjson
          tail -F access.ndjson | tidemark run --source - --lake ./lake --dead-letters ./dead.ndjson

        Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.
        """;

    public static Command Create(CommandContext context)
    {
        Option<string> source = new("--source", "-s")
        {
            Description = "Events, one JSON object per line: a file, a gzip file, or - for stdin.", Required = true, HelpName = "PATH|-",
        };
        Option<string?> lake = new("--lake") { Description = "Write one Parquet file per window below this directory.", HelpName = "DIR" };
        Option<bool> json = new("--json") { Description = "Write one JSON result per line on stdout." };
        Option<string?> deadLetters = new("--dead-letters")
        {
            Description = "Write what could not be counted to this file: reason, source, partition, offset, original bytes.", HelpName = "PATH",
        };
        Option<string?> config = new("--config") { Description = "Windows, lateness and limits as JSON (docs/CONFIGURATION.md).", HelpName = "FILE" };
        Option<DateTimeOffset?> now = new("--now")
        {
            Description = "When the events are taken to have arrived, RFC 3339; later events than this plus maxFutureSkew are rejected. Default: the start of the run.",
            HelpName = "TIME",
            CustomParser = ParseTime,
        };
        Option<int> threads = new("--threads")
        {
            Description = "Threads that read and parse, 1 to 64. No result depends on it.", HelpName = "N", DefaultValueFactory = _ => JobTuning.Default.Threads,
        };
        threads.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > 64)
            {
                result.AddError($"--threads: expected 1 to 64, got '{result.Tokens[0].Value}'");
            }
        });
        Option<string> dashboard = new("--dashboard") { Description = "off: no dashboard is served.", HelpName = "off", DefaultValueFactory = _ => "off" };
        dashboard.AcceptOnlyFromAmong("off");

        Command command = new("run", Text) { source, lake, json, deadLetters, config, now, threads, dashboard };
        command.SetAction((parsed, cancellationToken) =>
        {
            IReadOnlyList<string> mistakes = ConfigFile.Read(parsed.GetValue(config), out EngineOptions options);
            if (mistakes.Count > 0)
            {
                foreach (string mistake in mistakes)
                {
                    context.Say(mistake);
                }

                return Task.FromResult(CommandRunner.Usage);
            }

            RunOptions run = new(
                parsed.GetRequiredValue(source),
                parsed.GetValue(lake),
                parsed.GetValue(json),
                parsed.GetValue(deadLetters),
                parsed.GetValue(now),
                JobTuning.Default with { Threads = parsed.GetValue(threads) });
            
            // Off this thread: Ctrl-C is listened to only once the action has returned its task.
            return Task.Run(() => Runner.Run(run, options, context, cancellationToken), CancellationToken.None);
        });
        return command;
    }

    private static DateTimeOffset? ParseTime(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (TimeText.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        argument.AddError($"--now: expected a time such as 2026-11-22T06:00:00Z, got '{text}'");
        return null;
    }
}
