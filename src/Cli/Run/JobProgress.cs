using Spectre.Console;

namespace Tidemark.Cli.Run;

/// <summary>Shows how a job goes: a bar and rates on a terminal, else a line every few seconds.</summary>
internal static class JobProgress
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs the job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="meter">Its figures.</param>
    /// <param name="context">Where they are shown.</param>
    /// <param name="listsResults">Whether results are written to standard output meanwhile.</param>
    /// <param name="cancellationToken">Stops the job.</param>
    /// <returns>Whether the end of the source was reached.</returns>
    public static bool Run(StreamJob job, JobMeter meter, CommandContext context, bool listsResults, CancellationToken cancellationToken) =>
        context.ErrorIsTerminal && !(context.OutputIsTerminal && listsResults)
            ? OnTerminal(job, meter, context, cancellationToken)
            : InLines(job, meter, context, cancellationToken);

    private static bool InLines(StreamJob job, JobMeter meter, CommandContext context, CancellationToken cancellationToken)
    {
        TimeSpan next = LineInterval;
        return job.Run(
            () =>
            {
                if (meter.Elapsed >= next)
                {
                    next = meter.Elapsed + LineInterval;
                    context.Say(meter.Line());
                }
            },
            cancellationToken);
    }

    private static bool OnTerminal(StreamJob job, JobMeter meter, CommandContext context, CancellationToken cancellationToken)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(display =>
            {
                ProgressTask task = display.AddTask("reading", maxValue: 1);
                task.IsIndeterminate = meter.Share is null;
                return job.Run(
                    () =>
                    {
                        task.Value = meter.Share ?? 0;
                        task.Description = Markup.Escape(meter.Line());
                    },
                    cancellationToken);
            });
    }
}
