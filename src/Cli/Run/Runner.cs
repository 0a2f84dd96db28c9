using Tidemark.Cli.Dashboard;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>Opens everything a run needs, runs it, and tells how it went.</summary>
internal static class Runner
{
    /// <summary>Where a lake keeps its state unless told otherwise.</summary>
    public static string StateOf(string lake) => Path.Combine(lake, "_state");

    /// <returns>The exit code.</returns>
    public static int Run(RunOptions run, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        RunDashboard? dashboard = null;
        try
        {
            int exit = OpenAndRun(run, options, context, ref dashboard, cancellationToken);
            Show(dashboard, exit, context, cancellationToken);
            return exit;
        }
        catch (Exception error) when (error is SinkException or SourceException or StateException)
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
            context.Say(run.State is null ? "interrupted: nothing was read, nothing is written" : "stopped before anything was read");
            return run.State is null ? CommandRunner.Interrupted : CommandRunner.Done;
        }
        finally
        {
            dashboard?.Dispose();
        }
    }

    /// <summary>After a run that went through, its dashboard stays for those who look at it; where nobody can, the command ends.</summary>
    public static void Show(RunDashboard? dashboard, int exit, CommandContext context, CancellationToken cancellationToken)
    {
        if (dashboard is not null && exit == CommandRunner.Done && context.Output.IsTerminal && context.Errors.IsTerminal
            && !cancellationToken.IsCancellationRequested)
        {
            dashboard.Linger(cancellationToken);
        }
    }

    /// <param name="run">What to run.</param>
    /// <param name="options">The options of the engine.</param>
    /// <param name="context">The command's surroundings.</param>
    /// <param name="dashboard">The dashboard, from when it is started: the caller closes it, since it outlives the rest.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    private static int OpenAndRun(
        RunOptions run, EngineOptions options, CommandContext context, ref RunDashboard? dashboard, CancellationToken cancellationToken)
    {
        // Before a lake or a state is made for it.
        if (run.Topic is null)
        {
            LineSource.RequireThere(run.Sources, run.Follows, context);
        }

        using StateStore? store = run.State is null ? null : StateStore.Open(run.State, options, context.Say, cancellationToken);
        if (!run.IsQuiet && store?.Head is { } head)
        {
            context.Say($"going on with the state in {store.Directory}, saved {TimeText.Format(head.Written.ToUnixTimeSeconds() * 1000)}");
        }

        using IRecordSource source = Open(() => OpenSource(run, store, context), cancellationToken);

        // Before the dead letters, which an existing file may be emptied for.
        LakeFiles? lake = run.Lake is null ? null : LakeArgument.OpenAsync(run.Lake, context, cancellationToken).GetAwaiter().GetResult();
        using FileLock? writes = LockLake(lake, run.State);
        using IDeadLetters? deadLetters =
            run.DeadLetters is null ? null : Open(() => OpenDeadLetters(run, source, store, context, cancellationToken), cancellationToken);
        using RedisOutput? redis = run.Redis is null ? null : RedisOutput.Open(run.Redis, options.Windows, context, cancellationToken);
        dashboard = run.Dashboard is null ? null : StartDashboard(run.Dashboard, options, lake, run.Redis, context);
        List<IResultSink> sinks = [];
        if (run.Json || (lake is null && redis is null))
        {
            Stream output = context.OpenResults();
            sinks.Add(run.Json ? new JsonLinesSink(output) : new TableSink(output, _ => true, context.Output));
        }

        RunParts parts = new(source, sinks) { Lake = lake, Redis = redis, DeadLetters = deadLetters, Store = store, Dashboard = dashboard };
        return new RunSession(parts, run, options, context).Run(cancellationToken);
    }

    private static RunDashboard? StartDashboard(
        DashboardAddress address, EngineOptions options, LakeFiles? lake, RedisOptions? redis, CommandContext context)
    {
        // A connection of its own: the dashboard outlives that of the run, and what it reads does not hold up what the run writes. It is made
        // when it is first used.
        RedisConnection? reads = lake is not null || redis is null
            ? null
            : RedisConnection.OpenAsync(redis, context.Time, CancellationToken.None, TimeSpan.Zero).GetAwaiter().GetResult();
        IResultReader? history = lake is not null ? new LakeReader(lake) : reads is not null ? new RedisReader(reads) : null;
        return RunDashboard.Start(address, "tidemark run", options, history, context, reads);
    }

    private static IRecordSource OpenSource(RunOptions run, StateStore? store, CommandContext context)
    {
        try
        {
            return run.Topic is null ? OpenLines(run, store, context) : OpenTopic(run.Topic, run, store, context);
        }
        catch (InvalidDataException error) when (store is not null)
        {
            throw new StateException($"the state in {store.Directory} cannot be read: {error.Message}. Nothing was changed", error);
        }
    }

    /// <summary>Apart, so that the client library is loaded for topics only.</summary>
    private static KafkaSource OpenTopic(KafkaSettings topic, RunOptions run, StateStore? store, CommandContext context) => KafkaSource.Open(
        topic,
        new KafkaOptions { Remembers = store is not null, Before = store?.PositionOf(KafkaPosition.Kafka),
            Now = run.Now, BlockBytes = run.Tuning.BlockBytes },
        context);

    private static LineSource OpenLines(RunOptions run, StateStore? store, CommandContext context) => LineSource.Open(
        new SourceOptions
        {
            Paths = run.Sources,
            Follows = run.Follows,
            Merges = run.Merges,
            Remembers = store is not null,
            Before = store?.PositionOf(LinePosition.Lines),
            Item = store is null ? _ => default : store.Log.Item,
            IsQuiet = run.IsQuiet,
            Now = run.Now,
            BlockBytes = run.Tuning.BlockBytes,
        },
        context);

    /// <summary>A state in the lake itself holds the lock already. In Azure there is none: a file is only replaced by who has read it.</summary>
    private static FileLock? LockLake(LakeFiles? lake, string? state)
    {
        if (lake is not LocalLake)
        {
            return null;
        }

        string own = StateOf(lake.Root);
        string used = state is null ? "" : Path.GetFullPath(state);
        return used == own ? null : StateStore.LockLake(own, used, lake.Root);
    }

    private static IDeadLetters OpenDeadLetters(
        RunOptions run, IRecordSource source, StateStore? store, CommandContext context, CancellationToken cancellationToken)
    {
        if (run.DeadLetterTopic is not null)
        {
            return KafkaDeadLetters.Open(run.DeadLetterTopic, context, cancellationToken);
        }

        string path = run.DeadLetters!;
        // Without a state a file leads to the same letters again; what came on a pipe never comes again.
        DeadLetterFile letters = DeadLetterFile.Open(path, source is LineSource lines ? lines.Files : [], keeps: store is not null || source.IsLive);
        if (store?.Head is { IsClean: false, DeadLetters: { } mark } && letters.GoOnFrom(mark) is > 0 and var missing)
        {
            context.Say($"{path} has {missing:N0} bytes less than the state knows of: somebody has cut it; letters are added to what is there");
        }

        return letters;
    }

    /// <summary>Opens a file. Opening a named pipe waits for its other end, perhaps forever.</summary>
    private static T Open<T>(Func<T> open, CancellationToken cancellationToken)
    {
        Task<T> opening = Task.Run(open, CancellationToken.None);
        return opening.WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }
}
