using System.Buffers;
using System.Globalization;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Redis;

/// <summary>
/// Publishes results to Redis for dashboards: one atomic, forward-only script per result, pipelined over one connection. docs/REDIS.md
/// describes the keys.
/// It does not retry; wrap it in a <see cref="RetryingSink"/>.
/// </summary>
public sealed class RedisSink : IResultSink
{
    private const int MaxInFlight = 256;
    private const int MaxSessionsOfMinute = 5000;
    private static readonly string GreatestDateMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private readonly RedisConnection _connection;
    private readonly RedisKeys _keys;
    private readonly HashSet<string> _sharingStarts;
    private readonly RedisValue _retentionMs;
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly IReadOnlyList<string> _families;
    private bool _clearsLive;
    private long _published;
    private long _refused;

    private RedisSink(RedisConnection connection, IReadOnlyList<WindowDefinition> windows)
    {
        _connection = connection;
        _keys = connection.Keys;
        _families = [.. windows.Select(window => window.Name)];
        _sharingStarts = [.. windows.Where(window => window.Kind.SharesStarts).Select(window => window.Name)];
        _retentionMs = (long)connection.Options.Retention.TotalMilliseconds;
    }

    /// <summary>
    /// Whether windows that <c>final_before</c> marks as final are written. Only for restoring what Redis has lost from a lake that has the
    /// last revisions; the higher of two revisions is still kept. Default false.
    /// </summary>
    public bool Restores { get; private init; }

    /// <summary>The number of publications that the server accepted.</summary>
    public long Published => Interlocked.Read(ref _published);

    /// <summary>
    /// The number of publications without effect: the server has the same or a higher revision, or the window is final or closed.
    /// </summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Opens a sink over a connection, which the caller disposes of. A server that cannot be reached is not an error.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="windows">The window families that will be written.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <param name="restores">The value of <see cref="Restores"/>.</param>
    /// <param name="replacesLive">
    /// Whether to remove the live results of another process first. Live results are ordered by what they counted, so those of a process
    /// that starts from less would otherwise be ignored.
    /// </param>
    /// <exception cref="SinkException">The server permanently rejects scripts.</exception>
    public static async Task<RedisSink> OpenAsync(
        RedisConnection connection, IEnumerable<WindowDefinition> windows,
        CancellationToken cancellationToken, bool restores = false, bool replacesLive = false)
    {
        ArgumentNullException.ThrowIfNull(connection);
        RedisSink sink = new(connection, [.. windows]) { Restores = restores, _clearsLive = replacesLive };
        if (!connection.WasReached)
        {
            // Opening the connection has just tried: the first write tries again.
            return sink;
        }

        try
        {
            await connection.RunAsync(
                db => db.ScriptEvaluateAsync(RedisScripts.Check, [connection.Keys.FinalBefore]), cancellationToken).ConfigureAwait(false);
        }
        catch (SinkException error) when (error.IsTransient)
        {
            // Reported by the first write.
        }

        return sink;
    }

    /// <summary>Opens a sink over a connection of its own, for the lifetime of the process.</summary>
    /// <param name="options">The options of the connection.</param>
    /// <param name="windows">The window families that will be written.</param>
    /// <param name="clock">The clock for time-outs.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">
    /// The options are invalid, or the server rejects something permanently. No connection is left open.
    /// </exception>
    public static async Task<RedisSink> ConnectAsync(
        RedisOptions options, IEnumerable<WindowDefinition> windows, TimeProvider clock, CancellationToken cancellationToken)
    {
        RedisConnection connection = await RedisConnection.OpenAsync(options, clock, cancellationToken).ConfigureAwait(false);
        try
        {
            return await OpenAsync(connection, windows, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // A caller that retries would otherwise leave a connection open each time.
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Not thread-safe.</remarks>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        await ClearLiveAsync(cancellationToken).ConfigureAwait(false);
        foreach (WindowResult[] some in results.Chunk(MaxInFlight))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisResult[] answers = await _connection.RunAsync(
                db => Task.WhenAll(some.Select(result => SendAsync(db, result))), cancellationToken).ConfigureAwait(false);
            int taken = answers.Count(answer => (int)answer == 1);
            Interlocked.Add(ref _published, taken);
            Interlocked.Add(ref _refused, answers.Length - taken);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A time after the year 9999, as at the end of a bounded source, stands for everything published.</remarks>
    public async Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(window);
        if (window == EndedSessions.Name && !_families.Contains(window))
        {
            RedisKey[] ofSessions = [_keys.SessionsFinalBefore, _keys.SessionsPublishedTo];
            await _connection.RunAsync(
                db => db.ScriptEvaluateAsync(RedisScripts.MarkSessionsFinal, ofSessions, [finalBeforeMs, GreatestDateMs]),
                cancellationToken).ConfigureAwait(false);
            return;
        }

        RedisKey[] keys = [_keys.FinalBefore, _keys.PublishedTo, _keys.Live, _keys.LiveEnds(window)];
        RedisValue[] values = [window, finalBeforeMs, GreatestDateMs];
        await _connection.RunAsync(db => db.ScriptEvaluateAsync(RedisScripts.MarkFinal, keys, values), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    /// <remarks>Of more than 5,000 sessions of a minute those that ended last are written. Not thread-safe.</remarks>
    public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentOutOfRangeException.ThrowIfNegative(sessions.Revision);
        cancellationToken.ThrowIfCancellationRequested();
        long minute = sessions.Minute.StartMs;
        RedisKey[] keys =
        [
            _keys.SessionMinute(minute), _keys.RecentSessions, _keys.SessionExpiries,
            Restores ? _keys.NothingFinal : _keys.SessionsFinalBefore, _keys.SessionsPublishedTo,
        ];
        List<RedisValue> values =
        [
            sessions.Revision, sessions.Minute.EndMs, _retentionMs, _connection.Options.MaxSessions,
            _keys.SessionsChannelName, Json(json => SessionJson.WriteSummary(sessions, json)), _keys.SessionsOf(minute),
        ];
        foreach (SessionRow row in SessionRow.Of(sessions).OrderByDescending(row => row.Session.EndMs).Take(MaxSessionsOfMinute))
        {
            values.Add(row.Session.SessionId);
            values.Add(RedisKeys.Seconds(row.Session.EndMs));
            values.Add(Json(json => SessionJson.Write(row, json)));
        }

        RedisResult answer = await _connection.RunAsync(
            db => db.ScriptEvaluateAsync(RedisScripts.PublishSessions, keys, [.. values]), cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref (int)answer == 1 ? ref _published : ref _refused, 1);
    }

    private byte[] Json(Action<ArrayBufferWriter<byte>> write)
    {
        _json.ResetWrittenCount();
        write(_json);
        return _json.WrittenSpan.ToArray();
    }

    private async Task ClearLiveAsync(CancellationToken cancellationToken)
    {
        if (_clearsLive)
        {
            await _connection.RunAsync(
                db => Task.WhenAll(_families.Select(family => db.ScriptEvaluateAsync(RedisScripts.ClearLive, [
                    _keys.Live, _keys.LiveEnds(family)]))), cancellationToken).ConfigureAwait(false);
            _clearsLive = false;
        }
    }

    private Task<RedisResult> SendAsync(IDatabase db, WindowResult result)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(result.Revision);
        ArgumentOutOfRangeException.ThrowIfNegative(result.Sequence);
        string id = RedisKeys.Id(result.StartMs, _sharingStarts.Contains(result.Window) ? result.EndMs : null);
        byte[] json = Json(json => ResultJson.Write(result, json, _connection.Clock.GetUtcNow()));
        return result.Phase == Phase.Live ? SendLiveAsync(db, result, id, json) : SendClosedAsync(db, result, id, json);
    }

    private Task<RedisResult> SendClosedAsync(IDatabase db, WindowResult result, string id, byte[] json)
    {
        string window = result.Window;
        List<RedisKey> keys =
        [
            _keys.Result(window, id), _keys.Users(window, id), Restores ? _keys.NothingFinal : _keys.FinalBefore,
            _keys.PublishedTo, _keys.Live, _keys.LiveEnds(window),
            _keys.Expiries(window), _keys.Latest(window), _keys.TimeSeries(window),
        ];
        if (_keys.Aliases(window) is { } aliases)
        {
            keys.Add(aliases.Latest);
            keys.Add(aliases.TimeSeries);
        }

        RedisValue[] values =
        [
            window, json, result.UsersSketch.ToArray(), result.Revision, result.EndMs, RedisKeys.Seconds(result.StartMs), _retentionMs,
            _keys.ChannelName(window),
        ];
        return db.ScriptEvaluateAsync(RedisScripts.Publish, [.. keys], values);
    }

    private Task<RedisResult> SendLiveAsync(IDatabase db, WindowResult result, string id, byte[] json)
    {
        string window = result.Window;
        RedisKey[] keys = [_keys.FinalBefore, _keys.PublishedTo, _keys.Live, _keys.LiveEnds(window)];
        RedisValue[] values =
        [
            window, json, result.Sequence, result.EndMs, $"{window}:{id}", _retentionMs, _keys.ChannelName(window), _connection.Options.MaxLive,
        ];
        return db.ScriptEvaluateAsync(RedisScripts.Live, keys, values);
    }
}
