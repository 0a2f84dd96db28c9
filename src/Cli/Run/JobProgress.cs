using System.Globalization;
using Tidemark.Cli.Terminal;

namespace Tidemark.Cli.Run;

/// <summary>Shows how a job goes: a bar and rates on a terminal, else a line every few seconds.</summary>
internal static class JobProgress
{
    private const int LongBar = 24;
    private const int ShortBar = 10;

    // From this on the long bar and all figures have room.
    private const int WideScreen = 140;

    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs the job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="meter">Its figures.</param>
    /// <param name="context">Where they are shown.</param>
    /// <param name="listsResults">
    /// Whether results are written to standard output meanwhile: on the same terminal a line that is redrawn would run through them.
    /// </param>
    /// <param name="cancellationToken">Stops the job.</param>
    /// <param name="isQuiet">Whether nothing is shown.</param>
    /// <returns>Whether the end of the source was reached.</returns>
    public static bool Run(
        StreamJob job, JobMeter meter, CommandContext context, bool listsResults, CancellationToken cancellationToken, bool isQuiet = false) =>
        isQuiet ? job.Run(() => { }, cancellationToken)
        : context.Status is { } status && !(context.Output.MayReachTerminal && listsResults)
            ? OnTerminal(job, meter, status, cancellationToken)
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

    private static bool OnTerminal(StreamJob job, JobMeter meter, StatusLine status, CancellationToken cancellationToken)
    {
        try
        {
            return job.Run(() => status.Show(Line(meter, status.Width, status.Screen)), cancellationToken);
        }
        finally
        {
            status.Show("");
        }
    }

    private static string Line(JobMeter meter, int width, Screen screen)
    {
        int length = width < WideScreen - 1 ? ShortBar : LongBar;
        (string start, int used) = meter.Share is { } share
            ? (string.Create(CultureInfo.InvariantCulture, $"{Bar(share, length, screen)} {(int)(100 * share),3} %  "), length + " 100 %  ".Length)
            : (string.Create(CultureInfo.InvariantCulture, $"{(int)meter.Elapsed.TotalMinutes}:{meter.Elapsed.Seconds:00}  "), "000:00  ".Length);
        return start + meter.Line(width - used);
    }

    private static string Bar(double share, int length, Screen screen)
    {
        int full = (int)(share * length);
        string done = new(screen.IsUtf8 ? '━' : '#', full);
        string left = new(screen.IsUtf8 ? '─' : '-', length - full);
        return Style.Drawn(done, screen) + Style.Faint(left, screen);
    }
}
