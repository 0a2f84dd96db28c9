using Microsoft.Extensions.Logging;

namespace Tidemark.Functions.Hosting;

/// <summary>All log messages of the app.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "The pane at {PaneMs} of partition {Partition} is frozen at offset {Offset}: later rows are late")]
    public static partial void ShardFrozen(this ILogger log, int partition, long paneMs, long offset);

    [LoggerMessage(2, LogLevel.Information, "The cursor of partition {Partition} has moved from {From} to {Next}: reading again")]
    public static partial void CursorMoved(this ILogger log, int partition, long from, long next);

    [LoggerMessage(3, LogLevel.Warning, "Partition {Partition} has not moved from offset {Next} for {Silence}: reading its log directly")]
    public static partial void Rescuing(this ILogger log, int partition, long next, TimeSpan silence);

    [LoggerMessage(4, LogLevel.Error, "Partition {Partition} cannot continue")]
    public static partial void RescueFailed(this ILogger log, Exception problem, int partition);

    [LoggerMessage(5, LogLevel.Warning, "{Instance} was not started: the next tick tries again")]
    public static partial void NotStarted(this ILogger log, Exception problem, string instance);

    [LoggerMessage(6, LogLevel.Information, "Partition {Partition} is idle: its watermark is raised to {WatermarkMs}, so that windows become final")]
    public static partial void Lifting(this ILogger log, int partition, long watermarkMs);

    [LoggerMessage(7, LogLevel.Warning, "Part of a tick failed: the next one tries again")]
    public static partial void TickFailed(this ILogger log, Exception problem);

    [LoggerMessage(14, LogLevel.Warning, "{Sink} does not accept results: writing is retried until it does")]
    public static partial void SinkAway(this ILogger log, Exception problem, string sink);

    [LoggerMessage(15, LogLevel.Information, "{Sink} accepts results again")]
    public static partial void SinkBack(this ILogger log, string sink);

    [LoggerMessage(16, LogLevel.Information, "{Window} ending at {EndMs}, revision {Revision}: published")]
    public static partial void Published(this ILogger log, string window, long endMs, long revision);

    [LoggerMessage(18, LogLevel.Debug, "The sinks were not notified of finality: the next tick tries again")]
    public static partial void NotMarkedFinal(this ILogger log, Exception problem);

    [LoggerMessage(17, LogLevel.Information, "Writing of live results has resumed")]
    public static partial void LiveBack(this ILogger log);

    [LoggerMessage(8, LogLevel.Warning, "Live results cannot be written: each round tries again")]
    public static partial void LiveFailed(this ILogger log, Exception problem);

    [LoggerMessage(9, LogLevel.Information, "Deleted {Shards} shards, {Panes} panes and {Ended} completed orchestrations that are no longer needed")]
    public static partial void Swept(this ILogger log, int shards, int panes, int ended);

    [LoggerMessage(13, LogLevel.Warning, "Completed orchestrations were not deleted: the next sweep tries again")]
    public static partial void PurgeFailed(this ILogger log, Exception problem);

    [LoggerMessage(10, LogLevel.Debug, "{Window} ending at {EndMs}, revision {Revision}: {Outcome}")]
    public static partial void NotPublished(this ILogger log, string window, long endMs, long revision, string outcome);

    [LoggerMessage(19, LogLevel.Warning, "{Count} windows without events in a row are skipped: {Window} from {AfterMs} to {UntilMs}")]
    public static partial void EmptySkipped(this ILogger log, long count, string window, long afterMs, long untilMs);

    [LoggerMessage(20, LogLevel.Warning, "No sink is configured ({Settings}): windows are closed and become final, but are not written")]
    public static partial void NoSinks(this ILogger log, string settings);

    [LoggerMessage(21, LogLevel.Error, "Partition {Partition} is stopped; the others continue without it")]
    public static partial void PartitionStopped(this ILogger log, Exception problem, int partition);

    [LoggerMessage(22, LogLevel.Information, "Partition {Partition} has resumed")]
    public static partial void PartitionResumed(this ILogger log, int partition);

    [LoggerMessage(11, LogLevel.Warning, "Kafka: {Reason}")]
    public static partial void Kafka(this ILogger log, string reason);

    [LoggerMessage(12, LogLevel.Debug, "Kafka client: {Message}")]
    public static partial void KafkaClient(this ILogger log, string message);
}
