using System.Globalization;
using Tidemark.Cli.Dashboard;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Engine;
using Tidemark.Engine.Checkpoint;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Run;

/// <summary>One run over what is open already: the source through the engine to the sinks, its state saved on the way.</summary>
internal sealed class RunSession
{
    private readonly RunParts _parts;
    private readonly RunOptions _run;
    private readonly EngineOptions _options;
    private readonly CommandContext _context;
    private readonly LakeSink? _lakeSink;

    /// <param name="parts">What is open; it stays the caller's.</param>
    /// <param name="run">The options of the run.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="context">Where progress and the summary go.</param>
    public RunSession(RunParts parts, RunOptions run, EngineOptions options, CommandContext context)
    {
        (_parts, _run, _options, _context) = (parts, run, options, context);

        // With a state a window is closed for the first time once, whatever is started and stopped; without one a file leads to the same
        // revisions again.
        LakeOptions lakeOptions = new() { RepeatsExactly = parts.Store is not null || !parts.Source.IsLive };
        _lakeSink = parts.Lake is null ? null : new LakeSink(parts.Lake, options.Windows, lakeOptions, context.Time);
    }

    /// <summary>Runs to the end of the source, or until cancelled.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="SinkException">Results or dead letters cannot be written.</exception>
    /// <exception cref="StateException">The state cannot be saved.</exception>
    public int Run(CancellationToken cancellationToken)
    {
        IResultSink? shown = Shown();
        WholeWindows? whole = shown is not null && _parts.Store is null && _parts.Lake is null && _parts.Source.IsLive
            ? new WholeWindows(shown, _options.Sessions?.Gap ?? TimeSpan.Zero, _context.Say)
            : null;

        // Redis and the dashboard only take results: nobody who looks at them waits for the lake.
        IResultSink?[] all = [.. _parts.Sinks, whole ?? shown, _lakeSink];
        using ResultPublisher publisher = new(_options, [.. all.OfType<IResultSink>()], cancellationToken)
        {
            WaitsForSettling = _parts.Redis is not null && _parts.Store is not null,
        };
        JobOutput output = new(publisher, _parts.DeadLetters);
        StreamJob job = new(_options, _parts.Source, output, _run.Tuning, _context.Time, _parts.Store?.Engine, keepsOpen: _parts.Store is not null);
        whole?.Attach(job.Engine);
        JobMeter meter = new(job, _parts.Source, publisher, _context.Time);
        using Checkpointer? checkpointer = StartState(job, publisher, cancellationToken);
        _parts.Dashboard?.Attach(job, _parts.Source, checkpointer);
        using IDisposable? telemetry = StartTelemetry(job, checkpointer);
        using LivePublisher? live = StartLive(job, publisher, shown);
        Machinery parts = new(job, output, publisher, checkpointer, live);
        try
        {
            return RunToEnd(parts, meter, cancellationToken);
        }
        catch (ReaderGoneException error)
        {
            return EndWithoutReader(parts, error.Message);
        }
    }

    private int RunToEnd(Machinery parts, JobMeter meter, CancellationToken cancellationToken)
    {
        (bool ended, bool failed) = RunJob(parts.Job, meter, parts.Checkpointer, cancellationToken);
        SaveBeforeResults(parts);
        bool written = parts.Publisher.Complete();
        if (ended && written)
        {
            // Nobody else writes: no query has to be waited for.
            _lakeSink?.FinishAsync(cancellationToken).GetAwaiter().GetResult();
        }

        string? missingInRedis = _parts.Redis?.WhatIsMissing(cancellationToken.IsCancellationRequested);
        parts.Checkpointer?.Save(isClean: true);
        _parts.Dashboard?.End();
        JobSummary.Write(_context.Error, meter, _run, _lakeSink, _parts.Lake, _parts.Redis, _options);
        RequireConservation(parts.Job.Engine, ended);
        int exit = Conclude(parts.Job, parts.Publisher, new Outcome(ended, failed, written, missingInRedis), cancellationToken);
        return exit == CommandRunner.Done && ended ? Judge(new RunVerdict(meter.Records, parts.Job.Review, _options), meter.AllRecords) : exit;
    }

    /// <summary>
    /// Ends a run that nobody listens to any more as an interrupted one ends. It says nothing when standard output was all that it was for.
    /// </summary>
    private int EndWithoutReader(Machinery parts, string why)
    {
        SaveBeforeResults(parts);
        string? missingInRedis = _parts.Redis?.WhatIsMissing(isHurried: true);
        parts.Checkpointer?.Save(isClean: true);
        if (_parts.Store is { } store)
        {
            _context.Say($"stopped, since {why}: {WhatGoesOn(parts.Job.Engine, parts.Publisher, store)}");
            return CommandRunner.Done;
        }

        if (_parts.Lake is null && _parts.Redis is null)
        {
            return CommandRunner.Done;
        }

        _context.Say($"stopped, since {why}: {WhatIsMissing(parts.Job.Engine, parts.Publisher, ended: false)}");
        if (missingInRedis is not null)
        {
            _context.Say(missingInRedis);
        }

        return CommandRunner.Interrupted;
    }

    /// <summary>Saves what was read, before the results: nobody knows how long they take.</summary>
    private void SaveBeforeResults(Machinery parts)
    {
        parts.Live?.Stop();
        parts.Output.Flush();
        if (parts.Checkpointer is null)
        {
            _parts.DeadLetters?.FlushToDisk();
        }

        parts.Checkpointer?.Stop();
        parts.Checkpointer?.Save(isClean: false);
    }

    private readonly record struct Machinery(
        StreamJob Job, JobOutput Output, ResultPublisher Publisher, Checkpointer? Checkpointer, LivePublisher? Live);

    private readonly record struct Outcome(bool Ended, bool Failed, bool Written, string? MissingInRedis);

    private (bool Ended, bool Failed) RunJob(StreamJob job, JobMeter meter, Checkpointer? checkpointer, CancellationToken cancellationToken)
    {
        try
        {
            return (JobProgress.Run(job, meter, _context, _parts.Sinks.Count > 0, cancellationToken, _run.IsQuiet), false);
        }
        catch (SourceException error)
        {
            // Told at once: a sink may be slow, or stand still. What came before the failure is still written and summed up.
            _context.Say(error.Message);
            return (false, true);
        }
        catch (SinkException) when (checkpointer is not null)
        {
            SaveWhatWasRead(checkpointer);
            throw;
        }
    }

    /// <summary>
    /// A sink has failed: what was read is remembered all the same, with what the sink lacks, so that lines of a pipe are not lost.
    /// </summary>
    private static void SaveWhatWasRead(Checkpointer checkpointer)
    {
        try
        {
            checkpointer.Stop();
            checkpointer.Save(isClean: false);
        }
        catch (Exception error) when (error is SinkException or StateException or InvalidOperationException)
        {
            // The first failure is the one to tell; the last checkpoint still stands.
        }
    }

    private IDisposable? StartTelemetry(StreamJob job, Checkpointer? checkpointer) =>
        string.IsNullOrEmpty(_context.Environment(RunTelemetry.EndpointVariable))
            ? null
            : RunTelemetry.Start(
                new RunStatus("tidemark run", job, _parts.Source, checkpointer, _options.Windows, static _ => null, _context.Time));

    /// <summary>Where people look at results, open windows included; null: nowhere.</summary>
    private IResultSink? Shown() => (_parts.Redis?.Sink, _parts.Dashboard) switch
    {
        ({ } redis, { } dashboard) => new SinkPair(redis, dashboard),
        ({ } redis, null) => redis,
        (null, var dashboard) => dashboard,
    };

    private LivePublisher? StartLive(StreamJob job, ResultPublisher publisher, IResultSink? shown)
    {
        if (shown is null)
        {
            return null;
        }

        RedisOutput? redis = _parts.Redis;
        LivePublisher live = redis is null
            ? new(job, shown, _options, _parts.Source.IsLive, _context.Time) { Spacing = RunDashboard.LiveSpacing, Failed = publisher.Fail }
            : new(job, shown, _options, _parts.Source.IsLive, _context.Time) { IsBehind = () => redis.IsBehind, Failed = publisher.Fail };
        live.Start();
        return live;
    }

    private Checkpointer? StartState(StreamJob job, ResultPublisher publisher, CancellationToken cancellationToken)
    {
        if (_parts.Store is not { } store)
        {
            return null;
        }

        if (_parts.Redis is { } redis)
        {
            redis.Settled = publisher.Settle;
            redis.SettledSessions = publisher.Settle;
            if (store.Head is { } head)
            {
                RedisRecovery.Start(redis, job.Engine, _parts.Lake, head.IsClean, _options, _context, cancellationToken);
            }
        }

        PublishAgain(job.Engine, store.Outbox, publisher);
        CheckpointSource source = new(
            isClean => job.Capture(isClean, publisher.Outbox),
            () => job.Progress,
            () => publisher.IsFull,
            _parts.Source.IsLive,
            _ => _parts.DeadLetters?.FlushToDisk(),
            capture =>
            {
                publisher.Release(capture.Sequence);
                _parts.Source.Saved(capture.Position);
            });
        string kind = _parts.Source.PositionKind;
        Checkpointer checkpointer =
            new(store.Log, _options, store.PositionsBut(kind), store.Parts, store.Items, source, _context.Time) { Failed = publisher.Fail };
        publisher.HoldUntilReleased(checkpointer.Request);
        if (_parts.DeadLetters is not null)
        {
            // Before the first letter: what is found beyond this after a crash is written again.
            checkpointer.Save(isClean: false);
        }

        checkpointer.Start();
        return checkpointer;
    }

    /// <summary>What the sinks may lack, and what is final. They are forward-only, so what they have changes nothing.</summary>
    private static void PublishAgain(WindowEngine engine, IReadOnlyList<EngineEvent> outbox, ResultPublisher publisher)
    {
        foreach (EngineEvent item in outbox)
        {
            if (item.Publication is { } publication)
            {
                publisher.Add(publication);
            }
            else if (item.Sessions is { } sessions)
            {
                publisher.Add(sessions);
            }
        }

        foreach ((Core.Windows.WindowDefinition family, long beforeMs) in engine.FinalMarks())
        {
            publisher.MarkFinal(family, beforeMs);
        }

        if (engine.SessionsFinalBeforeMs is { } sessionsBeforeMs)
        {
            publisher.MarkSessionsFinal(sessionsBeforeMs);
        }
    }

    private int Conclude(StreamJob job, ResultPublisher publisher, Outcome outcome, CancellationToken cancellationToken)
    {
        if (!outcome.Ended || !outcome.Written)
        {
            bool isInterrupted = cancellationToken.IsCancellationRequested;
            string what =
                _parts.Store is null ? WhatIsMissing(job.Engine, publisher, outcome.Ended) : WhatGoesOn(job.Engine, publisher, _parts.Store);
            _context.Say(!isInterrupted ? what : _parts.Store is null ? $"interrupted: {what}" : $"stopped: {what}");
            if (outcome.MissingInRedis is not null)
            {
                _context.Say(outcome.MissingInRedis);
            }

            return outcome.Failed ? CommandRunner.Failed : _parts.Store is null ? CommandRunner.Interrupted : CommandRunner.Done;
        }

        if (outcome.MissingInRedis is not null)
        {
            _context.Say(outcome.MissingInRedis);
            return CommandRunner.Failed;
        }

        RequireCaughtUp(_lakeSink);
        return CommandRunner.Done;
    }

    /// <summary>
    /// Fails a run that went through and counted nothing, or less of it than was asked for. One that continues an earlier run may have
    /// nothing new.
    /// </summary>
    private int Judge(RunVerdict verdict, RecordTotals all)
    {
        if (all is { Read: > 0, Counted: 0 })
        {
            _context.Say("not one record was counted");
            return CommandRunner.Failed;
        }

        if (_run.MaxRejected is { } share && verdict.Exceeds(share))
        {
            _context.Say(string.Create(CultureInfo.InvariantCulture, $"more than {100 * share:0.###} % was not counted (--max-rejected)"));
            return CommandRunner.Failed;
        }

        return CommandRunner.Done;
    }

    private static string WhatIsMissing(WindowEngine engine, ResultPublisher publisher, bool ended)
    {
        string open = $"{engine.OpenWindows:N0} windows could still change, and those of them that were not closed yet are not written";
        string due = $"{publisher.Unwritten:N0} results that were due are not written";
        return ended ? due : publisher.Unwritten == 0 ? open : $"{open}; {due}";
    }

    private static string WhatGoesOn(WindowEngine engine, ResultPublisher publisher, StateStore store)
    {
        string due = publisher.Unwritten > 0 ? $", and {publisher.Unwritten:N0} results that were due are written then" : "";
        return $"the state is saved in {store.Directory}; {engine.OpenWindows:N0} windows can still change, and go on with the next start{due}";
    }

    private static void RequireConservation(WindowEngine engine, bool ended)
    {
        RecordTotals all = RecordTotals.Of(engine);
        if (all.Read != all.Counted + all.Late + all.Rejected)
        {
            throw new InvalidOperationException($"read {all.Read} records, but counted {all.Counted} + late {all.Late} + rejected {all.Rejected}.");
        }

        if (ended && engine.PublishedEvents != all.Counted)
        {
            throw new InvalidOperationException($"counted {all.Counted} events, but published {engine.PublishedEvents}.");
        }
    }

    private static void RequireCaughtUp(LakeSink? sink)
    {
        if (sink is { Ahead.Count: > 0 })
        {
            throw new SinkException(
                $"the lake holds later revisions of {sink.Ahead.Count:N0} windows than this source led to, "
                    + $"such as {sink.Ahead.First()}; they were left as they are. It was written from "
                + "other events or under other options, or with a state that is not used now: "
                + "go on with that state (--state DIR), or write to another --lake and compare");
        }
    }
}
