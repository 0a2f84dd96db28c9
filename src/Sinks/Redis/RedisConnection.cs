using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>
/// One multiplexed connection to one server, shared by a sink and any number of readers. It connects on first use and, after a failure,
/// again on the next use, so that a changed DNS name is followed. It does not retry: see <see cref="RetryingSink"/>.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _configuration;
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly IDatabase? _only;
    private ConnectionMultiplexer? _current;
    private bool _isDisposed;
    private bool _wasReached;

    private RedisConnection(RedisOptions options, ConfigurationOptions configuration, TimeProvider clock, IDatabase? only = null)
    {
        _only = only;
        Options = options;
        Clock = clock;
        Keys = new RedisKeys(options.KeyPrefix);
        _configuration = configuration;
    }

    /// <summary>The options of the connection.</summary>
    public RedisOptions Options { get; }

    /// <summary>The names of the keys, with the configured prefix.</summary>
    public RedisKeys Keys { get; }

    /// <summary>The name of the server, for messages.</summary>
    public string Name => $"Redis at {Options.Endpoint}";

    /// <summary>Whether the server was connected at some time.</summary>
    public bool WasReached => _only is not null || Volatile.Read(ref _wasReached);

    internal TimeProvider Clock { get; }

    /// <summary>
    /// Validates the options and tries to connect. A server that cannot be reached or is not ready is not an error: connecting is retried
    /// on use.
    /// </summary>
    /// <param name="options">The options of the connection.</param>
    /// <param name="clock">The clock for time-outs.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <param name="patience">
    /// How long the attempt may take; a server that takes longer is tried again on use. Default: as long as the options allow.
    /// </param>
    /// <exception cref="SinkException">
    /// The options are invalid, or the server rejects something permanently: the login, a command, keys in different slots.
    /// </exception>
    public static async Task<RedisConnection> OpenAsync(
        RedisOptions options, TimeProvider clock, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } mistakes)
        {
            throw new SinkException(string.Join(Environment.NewLine, mistakes));
        }

        ConfigurationOptions configuration = Configure(options);
        await RedisLogin.ApplyAsync(configuration, options).ConfigureAwait(false);
        RedisConnection connection = new(options, configuration, clock);
        using CancellationTokenSource timeout = new(patience ?? Timeout.InfiniteTimeSpan, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await connection.RunAsync(static _ => Task.FromResult(true), both.Token).ConfigureAwait(false);
        }
        catch (SinkException error) when (error.IsTransient)
        {
            // Reported by the next write or read.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // As above.
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return connection;
    }

    /// <summary>Creates a connection over a given database, for simulations of everything above the network.</summary>
    internal static RedisConnection Over(RedisOptions options, TimeProvider clock, IDatabase database) =>
        new(options, new ConfigurationOptions(), clock, database);

    /// <summary>
    /// Runs idempotent commands, connecting first if needed. If a connection that was open before turns out to be dead, the commands run
    /// again over a new one. After a failure they may or may not have run.
    /// </summary>
    /// <exception cref="SinkException">
    /// The commands failed; <see cref="SinkException.IsTransient"/> tells whether a retry may succeed.
    /// </exception>
    internal async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> commands, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConnectionMultiplexer? before = Volatile.Read(ref _current);
            ConnectionMultiplexer? used = null;
            try
            {
                used = _only is null ? before ?? await ConnectedAsync(cancellationToken).ConfigureAwait(false) : null;
                return await RunOnAsync(_only ?? used!.GetDatabase(), commands, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested && RedisProblem.Of(error, Options.CommandTimeout) is not null)
            {
                RedisProblem problem = RedisProblem.Of(error, Options.CommandTimeout)!.Value;
                if (problem.IsConnectionBad && used is not null)
                {
                    Drop(used);
                    if (used == before && error is not TimeoutException)
                    {
                        continue;
                    }
                }

                throw new SinkException($"{Name}: {problem.Text}", error) { IsTransient = problem.IsTransient };
            }
        }
    }

    /// <summary>Closes the connection. Commands in progress fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync().ConfigureAwait(false);
        ConnectionMultiplexer? last = Interlocked.Exchange(ref _current, null);
        _isDisposed = true;
        _connecting.Release();
        if (last is not null)
        {
            await Task.Run(() => Close(last)).ConfigureAwait(false);
        }
    }

    private static ConfigurationOptions Configure(RedisOptions options)
    {
        ConfigurationOptions configuration = new()
        {
            EndPoints = { { options.Host, options.Port } },
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds,
            SyncTimeout = (int)options.CommandTimeout.TotalMilliseconds,
            ClientName = "tidemark",
            // Commands fail while there is no connection instead of being queued; otherwise a changed password would look like a silent
            // server.
            BacklogPolicy = BacklogPolicy.FailFast,
            Ssl = options.Tls,
            SslHost = options.Tls ? options.Host : null,
            // A key and a channel that the user's ACL might not allow.
            TieBreaker = "",
            ConfigurationChannel = "",
        };
        configuration.CertificateValidation += (_, certificate, _, errors) => RedisKnock.Trusts(options, certificate, errors);
        return configuration;
    }

    private async Task<T> RunOnAsync<T>(IDatabase database, Func<IDatabase, Task<T>> commands, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(commands(database), cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server's script cache was flushed. The library has noticed and sends the script again.
            return await AnswerAsync(commands(database), cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<T> AnswerAsync<T>(Task<T> answer, CancellationToken cancellationToken) =>
        answer.WaitAsync(Options.CommandTimeout, Clock, cancellationToken);

    private async Task<ConnectionMultiplexer> ConnectedAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _current) is { } ready)
        {
            return ready;
        }

        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_current is { } meanwhile)
            {
                return meanwhile;
            }

            await RedisKnock.TryAsync(Options, Clock, cancellationToken).ConfigureAwait(false);
            ConnectionMultiplexer fresh = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _current, fresh);
            Volatile.Write(ref _wasReached, true);
            return fresh;
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(_configuration);
        try
        {
            // The library has its own time-out; this one applies where that one does not.
            ConnectionMultiplexer fresh = await connecting.WaitAsync(2 * Options.ConnectTimeout, Clock, cancellationToken).ConfigureAwait(false);
            await CheckSlotsAsync(fresh, cancellationToken).ConfigureAwait(false);
            return fresh;
        }
        catch
        {
            _ = connecting.ContinueWith(
                static late => Close(late.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>
    /// A publication and a count of users over windows access several keys at once. Counting two empty keys detects whether the server
    /// allows them in different slots, whether it is a cluster or a proxy in front of one.
    /// </summary>
    private async Task CheckSlotsAsync(ConnectionMultiplexer fresh, CancellationToken cancellationToken)
    {
        (string a, string b) = Keys.Probes;
        try
        {
            await AnswerAsync(fresh.GetDatabase().ExecuteAsync("PFCOUNT", (RedisKey)a, (RedisKey)b), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!Options.HasHashTag && RedisProblem.Of(error, Options.CommandTimeout) is { } problem && IsAboutSlots(problem))
        {
            throw new RedisProblemException(
                new($"it is restricted to keys of one slot (a cluster), and redis.keyPrefix '{Options.KeyPrefix}' has no hash tag: "
                    + $"set one, such as '{{tidemark}}:'", false, true), error);
        }
    }

    private static bool IsAboutSlots(RedisProblem problem) =>
        problem.Text.Contains("CROSSSLOT", StringComparison.Ordinal) || problem.Text.Contains("CLUSTERDOWN", StringComparison.Ordinal);

    private void Drop(ConnectionMultiplexer broken)
    {
        if (Interlocked.CompareExchange(ref _current, null, broken) == broken)
        {
            _ = Task.Run(() => Close(broken)); // closing may wait for ever
        }
    }

    private static void Close(ConnectionMultiplexer connection)
    {
        try
        {
            connection.Close(allowCommandsToComplete: false);
            connection.Dispose();
        }
        catch (Exception error) when (error is RedisException or ObjectDisposedException or IOException or AggregateException)
        {
            // The connection is being abandoned.
        }
    }
}
