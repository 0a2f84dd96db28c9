using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Engine;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Run;

/// <summary>Opens everything a run needs, runs it, and tells how it went.</summary>
internal static class Runner
{
    /// <returns>The exit code.</returns>
    public static int Run(RunOptions run, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            using LineSource source = Open(() => LineSource.Open(run.Source, context), cancellationToken);

            // Before the dead letters, which an existing file is emptied for.
            LakeFiles? lake = run.Lake is null ? null : LakeArgument.OpenAsync(run.Lake, context, cancellationToken).GetAwaiter().GetResult();
            using DeadLetterFile? deadLetters =
                run.DeadLetters is null ? null : Open(() => DeadLetterFile.Open(run.DeadLetters, source), cancellationToken);
            using RedisOutput? redis = run.Redis is null ? null : RedisOutput.Open(run.Redis, options.Windows, context, cancellationToken);
            List<IResultSink> sinks = [];
            if (run.Json)
            {
                sinks.Add(new JsonLinesSink(context.OpenStandardOutput()));
            }
            else if (lake is null && redis is null)
            {
                sinks.Add(new TableSink(context.OpenStandardOutput(), _ => true));
            }

            return Run(source, sinks, lake, redis, deadLetters, run, options, context, cancellationToken);
        }
        catch (Exception error) when (error is SinkException or SourceException)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (UsageException error)
        {
            context.Say(error.Message);
            context.Error.WriteLine("Try: tidemark run --help");
            return CommandRunner.Usage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Say("interrupted: nothing was read, nothing is written");
            return CommandRunner.Interrupted;
        }
    }

    /// <summary>Runs an open source into open sinks.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="SinkException">Results or dead letters cannot be written.</exception>
    public static int Run(
        LineSource source,
        IReadOnlyList<IResultSink> sinks,
        LakeFiles? lake,
        RedisOutput? redis,
        DeadLetterFile? deadLetters,
        RunOptions run,
        EngineOptions options,
        CommandContext context,
        CancellationToken cancellationToken)
    {
        LakeSink? lakeSink = lake is null ? null : new LakeSink(lake, options.Windows, new LakeOptions { RepeatsExactly = !source.IsLive }, context.Time);
        IResultSink?[] all = [.. sinks, lakeSink, redis?.Sink];
        using ResultPublisher publisher = new(options, [.. all.OfType<IResultSink>()], cancellationToken, liveSink: redis?.Sink);
        JobOutput output = new(publisher, deadLetters);
        StreamJob job = new(options, source, output, run.Now, run.Tuning, context.Time);
        JobMeter meter = new(job, source, publisher, context.Time);

        bool ended = false;
        bool failed = false;
        try
        {
            ended = JobProgress.Run(job, meter, context, sinks.Count > 0, cancellationToken);
        }
        catch (SourceException error)
        {
            // Told at once: a sink may be slow, or stand still. What came before the failure is still written and summed up.
            failed = true;
            context.Say(error.Message);
        }

        // Before the results: nobody knows how long they take.
        output.Flush();
        bool written = publisher.Complete();
        if (ended && written)
        {
            // Everything is final and nobody else writes: no query has to be waited for.
            lakeSink?.FinishAsync(cancellationToken).GetAwaiter().GetResult();
        }

        string? missingInRedis = redis?.WhatIsMissing(cancellationToken);
        JobSummary.Write(context.Error, meter, run, lakeSink, lake, redis, options);
        RequireConservation(job.Engine, ended);
        if (!ended || !written)
        {
            string missing = WhatIsMissing(job.Engine, publisher, ended);
            context.Say(cancellationToken.IsCancellationRequested ? $"interrupted: {missing}" : missing);
            return failed ? CommandRunner.Failed : CommandRunner.Interrupted;
        }

        if (missingInRedis is not null)
        {
            context.Say(missingInRedis);
            return CommandRunner.Failed;
        }

        return RequireCaughtUp(lakeSink);
    }

    private static string WhatIsMissing(WindowEngine engine, ResultPublisher publisher, bool ended)
    {
        string open = $"{engine.OpenWindows:N0} windows could still change, and those of them that were not closed yet are not written";
        string due = $"{publisher.Unwritten:N0} results that were due are not written";
        return ended ? due : publisher.Unwritten == 0 ? open : $"{open}; {due}";
    }

    /// <summary>Opens a file. Opening a named pipe waits for its other end, perhaps forever.</summary>
    private static T Open<T>(Func<T> open, CancellationToken cancellationToken)
    {
        Task<T> opening = Task.Run(open, CancellationToken.None);
        return opening.WaitAsync(cancellationToken).GetAwaiter().GetResult();
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
