using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Run;

/// <summary>Publishing to Redis, which may be down for a while without holding up the run or the lake.</summary>
internal sealed class RedisOutput : IDisposable
{
    /// <summary>How long a start waits for a server: long enough to hear that it refuses; one that is silent is tried again later.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the end waits for a server that has not answered once: whoever gave a wrong address should hear of it soon, however short
    /// the run was.
    /// </summary>
    private static readonly TimeSpan UnreachedTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long the end waits when somebody has interrupted the run.</summary>
    private static readonly TimeSpan HurriedTimeout = TimeSpan.FromSeconds(1);

    // A few looks at the open windows: a server on the same network has written them before the next one.
    private const int ManyPending = 100;

    private readonly RedisSink _sink;
    private readonly RetryingSink _retrying;
    private readonly TimeSpan _drainTimeout;
    private bool _hasWaited;

    private RedisOutput(RedisConnection connection, RedisSink sink, RedisOptions options, CommandContext context)
    {
        Connection = connection;
        Retention = options.Retention;
        _sink = sink;
        _drainTimeout = options.Retry.DrainTimeout;

        // The end of the run waits, and tells what is missing; closing after that does neither again.
        RetryOptions retry = options.Retry with { DrainTimeout = TimeSpan.Zero };
        _retrying = new RetryingSink(
            sink, connection.Name, retry, line => Tell(line, context), context.Time,
            result => Settled?.Invoke(result), sessions => SettledSessions?.Invoke(sessions));
    }

    /// <summary>Told of each result once it is in Redis, or will never be. On any thread.</summary>
    public Action<WindowResult>? Settled { get; set; }

    /// <summary>The same for the sessions of minutes.</summary>
    public Action<EndedSessions>? SettledSessions { get; set; }

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
        RedisConnection connection =
            RedisConnection.OpenAsync(options, context.Time, cancellationToken, StartTimeout).GetAwaiter().GetResult();
        RedisSink sink = RedisSink.OpenAsync(connection, windows, cancellationToken, replacesLive: true).GetAwaiter().GetResult();
        return new RedisOutput(connection, sink, options, context);
    }

    /// <summary>
    /// Waits for what is queued: as long as the options say for a server that was there, shortly for one that never was, and when
    /// somebody waits for the end of the run.
    /// </summary>
    /// <returns>What is not in Redis and never will be, for a person; null when everything is.</returns>
    public string? WhatIsMissing(bool isHurried)
    {
        TimeSpan atMost = isHurried ? HurriedTimeout : Connection.WasReached ? _drainTimeout : UnreachedTimeout;
        bool isWritten = _retrying.FlushAsync(atMost < _drainTimeout ? atMost : _drainTimeout, CancellationToken.None).GetAwaiter().GetResult();
        _hasWaited = true;
        long missing = _retrying.Dropped + (isWritten ? 0 : _retrying.Pending);
        string why = Connection.WasReached ? "" : ", as it did not answer once";
        return missing == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{Connection.Name} lacks {missing:N0} results{why}; another run over the same events writes what is missing");
    }

    /// <summary>One line of figures.</summary>
    public string Summary() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Connection.Name}: {_sink.Published:N0} results published, {_sink.Refused:N0} were there already or superseded");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_hasWaited)
        {
            // The run has failed, which is told by now: what is queued gets a moment.
            _retrying.FlushAsync(HurriedTimeout, CancellationToken.None).ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .GetAwaiter().GetResult();
        }

        _retrying.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>What the run has told of what is missing is not told again.</summary>
    private void Tell(string line, CommandContext context)
    {
        if (!_hasWaited)
        {
            context.Say(line);
        }
    }
}
