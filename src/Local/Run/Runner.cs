using Tidemark.Aggregation;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Watermarks;
using Tidemark.Local.DeadLetters;
using Tidemark.Local.Sources;
using Tidemark.Storage;
using Tidemark.Storage.Lake;

namespace Tidemark.Local.Run;

/// <summary>Opens everything a run needs, runs it, and tells how it went.</summary>
internal static class Runner
{
    /// <returns>The exit code.</returns>
    public static int Run(RunOptions run, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            using LineSource source = Open(run.Source, context, cancellationToken);

            // Before the dead letters, which an existing file is emptied for.
            LocalLake? lake = run.Lake is null ? null : LocalLake.Open(run.Lake);
            using DeadLetterFile? deadLetters = run.DeadLetters is null ? null : DeadLetterFile.Open(run.DeadLetters, source.Name);
            List<IResultSink> sinks = [];
            if (run.Json)
            {
                sinks.Add(new JsonLinesSink(context.OpenStandardOutput()));
            }
            else if (lake is null)
            {
                sinks.Add(new TableSink(context.OpenStandardOutput(), _ => true));
            }

            return Run(source, sinks, lake, deadLetters, run, options, context, cancellationToken);
        }
        catch (Exception error) when (error is SinkException or SourceException)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Say("interrupted: nothing was read, nothing is written");
            return CommandRunner.Interrupted;
        }
    }

    /// <summary>Runs an open source into open sinks.</summary>
    /// <exception cref="SinkException">Results or dead letters cannot be written.</exception>
    /// <exception cref="SourceException">The source cannot be read.</exception>
    public static int Run(
        LineSource source,
        IReadOnlyList<IResultSink> sinks,
        LocalLake? lake,
        DeadLetterFile? deadLetters,
        RunOptions run,
        EngineOptions options,
        CommandContext context,
        CancellationToken cancellationToken)
    {
        LakeSink? lakeSink = lake is null ? null : new LakeSink(lake, options.Windows);
        using ResultPublisher publisher = new(options, lakeSink is null ? sinks : [.. sinks, lakeSink]);
        JobOutput output = new(publisher, deadLetters);
        long arrivalMs = (run.Now ?? context.Time.GetUtcNow()).ToUnixTimeMilliseconds();
        StreamJob job = new(options, source, output, arrivalMs, run.Tuning, context.Time);
        JobMeter meter = new(job, source, publisher, context.Time);

        bool ended = JobProgress.Run(job, meter, context, sinks.Count > 0, cancellationToken);
        publisher.Complete();
        if (ended)
        {
            // Everything is final and nobody else writes: no query has to be waited for.
            lakeSink?.FinishAsync(cancellationToken).GetAwaiter().GetResult();
        }

        output.Flush();

        JobSummary.Write(context.Error, meter, run, lakeSink, lake, options);
        RequireConservation(job.Engine, ended);
        if (!ended)
        {
            context.Say($"interrupted: {job.Engine.OpenWindows:N0} windows could still change, and those of them that were not closed yet are not written");
            return CommandRunner.Interrupted;
        }

        return RequireCaughtUp(lakeSink);
    }

    /// <summary>Opens the source. Opening a named pipe waits for its writer, perhaps forever.</summary>
    private static LineSource Open(string path, CommandContext context, CancellationToken cancellationToken)
    {
        Task<LineSource> opening = Task.Run(() => LineSource.Open(path, context.OpenStandardInput), CancellationToken.None);
        opening.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        return opening.Result;
    }

    private static void RequireConservation(WindowEngine engine, bool ended)
    {
        PartitionCursor cursor = engine.Partitions[0];
        if (cursor.Read != cursor.Counted + cursor.Late + cursor.Rejected)
        {
            throw new InvalidOperationException(
                $"read {cursor.Read} records, but counted {cursor.Counted} + late {cursor.Late} + rejected {cursor.Rejected}.");
        }

        if (ended && engine.PublishedEvents != cursor.Counted)
        {
            throw new InvalidOperationException(
                $"counted {cursor.Counted} events, but published {engine.PublishedEvents}.");
        }
    }

    private static int RequireCaughtUp(LakeSink? sink)
    {
        if (sink is null || sink.Ahead.Count == 0)
        {
            return CommandRunner.Done;
        }

        throw new SinkException(
            $"the lake holds later revisions of {sink.Ahead.Count:N0} windows than this source led to, such as {sink.Ahead.First()}; they were left as they are. "
            + "It was written from other events or under other options: choose an empty --lake directory, or delete this one.");
    }
}
