using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Verify;

/// <summary>Opens what a verification needs, recounts, and tells the verdict.</summary>
internal static class Verifier
{
    // The clock closes nothing here: what counts is the records.
    private static readonly TimeSpan NeverIdle = TimeSpan.FromDays(1);

    /// <returns>The exit code.</returns>
    public static int Run(VerifyOptions verify, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            return OpenAndRunAsync(verify, options, context, cancellationToken).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is SinkException or SourceException or StateException)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Say("interrupted: nothing is verified");
            return CommandRunner.Interrupted;
        }
    }

    private static async Task<int> OpenAndRunAsync(
        VerifyOptions verify, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        if (verify.Topic is null)
        {
            LineSource.RequireThere(verify.Sources, follows: false, context);
        }

        LakeReader lake = await LakeArgument.OpenToReadAsync(verify.Lake, context, cancellationToken).ConfigureAwait(false);
        CountedBefore before = CountedBefore.Read(verify, options, context);
        await TellUnknownAsync(lake, before.Options, context, cancellationToken).ConfigureAwait(false);
        await using RedisConnection? connection = verify.Redis is null ? null
            : await RedisConnection.OpenAsync(verify.Redis, context.Time, cancellationToken).ConfigureAwait(false);
        using IRecordSource source = Open(verify, before, context);

        // Of a topic whose first records are gone, earlier ones may have been counted.
        SourceCoverage coverage = source is KafkaSource { BeginsAtFirst: false } ? before.Coverage with { HoldsAll = false } : before.Coverage;
        Recount recount = new(source, before.Options with { IdleTimeout = NeverIdle }, verify.Range, coverage, verify.Tuning);
        await using StoreCheck inLake = new(lake.Name, lake.ReadAsync, recount.Judged, verify.Range)
        {
            ReadSessions = before.Options.Sessions is null ? null : (starts, stop) => lake.ReadSessionsAsync(starts, null, stop),
        };
        await using StoreCheck? inRedis = connection is null ? null : InRedis(connection, recount.Judged, verify.Range, context.Time);
        StoreCheck[] stores = inRedis is null ? [inLake] : [inLake, inRedis];
        if (!await recount.RunAsync(stores, context, cancellationToken).ConfigureAwait(false))
        {
            context.Say("interrupted: the sources were not read to their end, so nothing is verified");
            return CommandRunner.Interrupted;
        }

        return Tell(new VerifyReport(stores, recount.Totals, before), verify, context);
    }

    private static IRecordSource Open(VerifyOptions verify, CountedBefore before, CommandContext context) => verify.Topic is null
        ? LineSource.Open(SourceOf(verify, before), context)
        : KafkaSource.Open(
            verify.Topic,
            new KafkaOptions { Now = verify.Now, BlockBytes = verify.Tuning.BlockBytes,
                Ends = true, Until = before.Topic?.Partitions, Watches = false },
            context);

    private static SourceOptions SourceOf(VerifyOptions verify, CountedBefore before) => new()
    {
        Paths = verify.Sources,
        Merges = verify.Merges,
        Now = verify.Now,
        BlockBytes = verify.Tuning.BlockBytes,

        // A run with a state counts the same content once, under whatever names it is given.
        Remembers = before.HasState,
        ArrivalOf = verify.Now is null ? before.MarkOf : static _ => null,
    };

    private static StoreCheck InRedis(RedisConnection connection, JudgedRange judged, Interval range, TimeProvider time)
    {
        RedisReader reader = new(connection);
        long keptFromMs = (time.GetUtcNow() - connection.Options.Retention).ToUnixTimeMilliseconds();
        return new StoreCheck(reader.Name, reader.ReadAsync, judged, range) { HasSketches = false, MayForget = window => window.EndMs <= keptFromMs };
    }

    private static async Task TellUnknownAsync(LakeReader lake, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> families = await lake.ListFamiliesAsync(cancellationToken).ConfigureAwait(false);
        if (families.Where(name => options.Windows.All(window => window.Name != name)).ToList() is { Count: > 0 } unknown)
        {
            context.Say($"left out, since the configuration does not know them: {string.Join(", ", unknown)}");
        }
    }

    private static int Tell(VerifyReport report, VerifyOptions verify, CommandContext context)
    {
        try
        {
            using Stream output = context.OpenStandardOutput();
            if (verify.Json)
            {
                report.WriteJson(output);
            }
            else
            {
                report.WriteText(output);
            }
        }
        catch (ReaderGoneException)
        {
            // Whoever asked has seen enough; the exit code still tells what was found.
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            context.Say($"cannot write to standard output: {IoProblem.Describe(error)}");
            return CommandRunner.Failed;
        }

        if (!report.ComparedAnything)
        {
            context.Say(report.WhyNothing);
        }

        return report.IsEqual ? CommandRunner.Done : CommandRunner.Failed;
    }
}
