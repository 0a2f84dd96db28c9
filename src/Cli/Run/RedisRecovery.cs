using Tidemark.Cli.Restore;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Engine;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>
/// After a run that did not end cleanly, publishes to Redis again what it may have been about to write: the windows that can still change out of the state, and those of the retention
/// out of the lake. In the background; of two revisions the higher stays.
/// </summary>
internal static class RedisRecovery
{
    /// <summary>Starts it. The engine is looked at before this returns.</summary>
    public static void Start(RedisOutput redis, WindowEngine engine, LakeFiles? lake, EngineOptions options, CommandContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<Publication> published = engine.Published();
        _ = Task.Run(
            async () =>
            {
                try
                {
                    WindowMerger merger = new(options);
                    foreach (Publication publication in published)
                    {
                        await redis.Sink.WriteAsync([merger.Merge(publication)], cancellationToken).ConfigureAwait(false);
                    }

                    if (lake is not null)
                    {
                        RedisSink sink = await RedisSink.OpenAsync(redis.Connection, options.Windows, cancellationToken, restores: true).ConfigureAwait(false);
                        await Restorer.FillAsync(new LakeReader(lake), options.Windows, sink, redis.Retention, context, cancellationToken).ConfigureAwait(false);
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
}
