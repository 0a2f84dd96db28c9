using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>Publishing to Redis, which may be down for a while without holding up the run or the lake.</summary>
internal sealed class RedisOutput : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // A few looks at the open windows: a server on the same network has written them before the next one.
    private const int ManyPending = 100;

    private readonly RedisSink _sink;
    private readonly RetryingSink _retrying;
    private readonly TimeSpan _drainTimeout;

    private RedisOutput(RedisConnection connection, RedisSink sink, RedisOptions options, CommandContext context)
    {
        Connection = connection;
        Retention = options.Retention;
        _sink = sink;
        _drainTimeout = options.Retry.DrainTimeout;
        _retrying = new RetryingSink(sink, connection.Name, options.Retry, context.Say, context.Time, result => Settled?.Invoke(result));
    }

    /// <summary>Told of each result once it is in Redis, or will never be. On any thread.</summary>
    public Action<WindowResult>? Settled { get; set; }

    /// <summary>The connection.</summary>
    public RedisConnection Connection { get; }

    /// <summary>How long a result stays.</summary>
    public TimeSpan Retention { get; }

    /// <summary>Where results are written.</summary>
    public IResultSink Sink => _retrying;

    /// <summary>Whether so much waits that what is shown of open windows should wait too.</summary>
    public bool IsBehind => _retrying.Pending > ManyPending;

    /// <summary>Connects. A server that cannot be reached now is tried again later.</summary>
    /// <exception cref="SinkException">The server refuses for good.</exception>
    public static RedisOutput Open(
        RedisOptions options, IEnumerable<WindowDefinition> windows, CommandContext context, CancellationToken cancellationToken)
    {
        RedisConnection connection = RedisConnection.OpenAsync(options, context.Time, cancellationToken).GetAwaiter().GetResult();
        RedisSink sink = RedisSink.OpenAsync(connection, windows, cancellationToken, replacesLive: true).GetAwaiter().GetResult();
        return new RedisOutput(connection, sink, options, context);
    }

    /// <summary>Waits for what is queued, shortly when the run was interrupted.</summary>
    /// <returns>What is not in Redis and never will be, for a person; null when everything is.</returns>
    public string? WhatIsMissing(CancellationToken interrupted)
    {
        bool isWritten = _retrying.FlushAsync(interrupted.IsCancellationRequested ? Grace : _drainTimeout, CancellationToken.None)
            .GetAwaiter().GetResult();
        long missing = _retrying.Dropped + (isWritten ? 0 : _retrying.Pending);
        return missing == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{Connection.Name} lacks {missing:N0} results; another run over the same events writes what is missing");
    }

    /// <summary>One line of figures.</summary>
    public string Summary() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Connection.Name}: {_sink.Published:N0} results published, {_sink.Refused:N0} were there already or superseded");

    /// <inheritdoc/>
    public void Dispose()
    {
        _retrying.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
