using Tidemark.Cli.Restore;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Engine;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>
/// After a run that did not end cleanly, and when Redis has lost everything, publishes again what Redis may lack: the windows that can
/// still change out of the state, and those of the retention out of the lake. In the background; of two revisions the higher stays.
/// </summary>
internal static class RedisRecovery
{
    /// <summary>Starts it. The engine is looked at before this returns.</summary>
    /// <param name="redis">The server.</param>
    /// <param name="engine">As it was restored.</param>
    /// <param name="lake">The lake, or null.</param>
    /// <param name="wasClean">Whether the run before ended cleanly: then only an empty server lacks anything.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="context">Where it is told that it failed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static void Start(
        RedisOutput redis, WindowEngine engine, LakeFiles? lake, bool wasClean,
        EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<Publication> published = engine.Published();
        IReadOnlyList<EndedSessions> sessions = engine.PublishedSessions(redis.Connection.Options.MaxSessions);
        _ = Task.Run(
            async () =>
            {
                try
                {
                    if (wasClean && !await IsEmptyAsync(redis.Connection, cancellationToken).ConfigureAwait(false))
                    {
                        return;
                    }

                    WindowMerger merger = new(options);
                    foreach (Publication publication in published)
                    {
                        await redis.Sink.WriteAsync([merger.Merge(publication)], cancellationToken).ConfigureAwait(false);
                    }

                    foreach (EndedSessions ended in sessions)
                    {
                        await redis.Sink.WriteSessionsAsync(ended, cancellationToken).ConfigureAwait(false);
                    }

                    if (lake is not null)
                    {
                        RedisSink sink = await RedisSink.OpenAsync(
                            redis.Connection, options.Windows, cancellationToken, restores: true).ConfigureAwait(false);
                        LakeReader reader = new(lake);
                        await Restorer.FillAsync(
                            reader, options.Windows, sink, redis.Retention, context, cancellationToken).ConfigureAwait(false);
                        await Restorer.FillSessionsAsync(reader, sink, redis.Retention, context, cancellationToken).ConfigureAwait(false);
                    }
                }
                catch (Exception error) when (error is SinkException or OperationCanceledException or ObjectDisposedException)
                {
                    if (error is SinkException)
                    {
                        context.Say($"{error.Message}. Redis may lack windows of the run before: tidemark restore writes them out of the lake");
                    }
                }
            },
            CancellationToken.None);
    }

    /// <summary>Whether the server holds no results at all. One that cannot be asked now has not lost anything, as far as is known.</summary>
    private static async Task<bool> IsEmptyAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return (await new RedisReader(connection).ListFamiliesAsync(cancellationToken).ConfigureAwait(false)).Count == 0;
        }
        catch (SinkException)
        {
            return false;
        }
    }
}
