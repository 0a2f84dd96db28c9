using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Verify;

/// <summary>Counts a source with an engine that remembers nothing, and hands each window that is final to what it is compared with.</summary>
/// <param name="source">Where records come from; it ends.</param>
/// <param name="options">The options that the windows were counted under.</param>
/// <param name="range">Windows that start outside are passed over.</param>
/// <param name="coverage">What the source holds of all that was counted.</param>
/// <param name="tuning">Threads and block size.</param>
internal sealed class Recount(IRecordSource source, EngineOptions options, Interval range, SourceCoverage coverage, JobTuning tuning)
{
    /// <summary>Which windows can be judged, as far as the source was read.</summary>
    public JudgedRange Judged { get; } = new(options, coverage);

    /// <summary>What became of the records; null before <see cref="RunAsync"/> is done.</summary>
    public RecordTotals? Totals { get; private set; }

    /// <summary>Recounts and compares.</summary>
    /// <param name="stores">What to compare with.</param>
    /// <param name="context">Where progress is shown.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when it was stopped.</returns>
    /// <exception cref="SourceException">The source cannot be read.</exception>
    /// <exception cref="Sinks.SinkException">A store cannot be read.</exception>
    public async Task<bool> RunAsync(IReadOnlyList<StoreCheck> stores, CommandContext context, CancellationToken cancellationToken)
    {
        RecountSink sink = new(stores, range);
        using ResultPublisher publisher = new(options, [sink], cancellationToken);
        StreamJob job = new(options, source, new JobOutput(publisher, null), tuning, context.Time);
        Judged.Attach(job.Engine);
        JobMeter meter = new(job, source, publisher, context.Time) { WindowsAre = "recounted" };
        if (!JobProgress.Run(job, meter, context, listsResults: false, cancellationToken) || !publisher.Complete())
        {
            return false;
        }

        foreach (StoreCheck store in stores)
        {
            foreach (WindowDefinition family in options.Windows)
            {
                await store.FinishAsync(family.Name, cancellationToken).ConfigureAwait(false);
            }

            await store.FinishSessionsAsync(cancellationToken).ConfigureAwait(false);
        }

        Totals = meter.Records;
        return true;
    }
}
