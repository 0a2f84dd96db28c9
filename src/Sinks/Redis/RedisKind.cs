namespace Tidemark.Sinks.Redis;

/// <summary>Redis, for dashboards.</summary>
public sealed class RedisKind : SinkKind
{
    /// <inheritdoc/>
    public override string Name => "Redis";

    /// <inheritdoc/>
    public override string MainSetting => "Endpoint";

    /// <inheritdoc/>
    public override SinkPlan? Read(ISinkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Text(MainSetting) is not { } endpoint)
        {
            return null;
        }

        RedisOptions defaults = new() { Endpoint = endpoint };
        RedisOptions options = defaults with
        {
            Tls = settings.Flag("Tls"),
            User = settings.Text("User"),
            Password = settings.Text("Password"),
            UseEntra = settings.Flag("UseEntra"),
            KeyPrefix = settings.Text("KeyPrefix") ?? "",
            Retention = settings.Span("Retention", defaults.Retention),
            MaxLive = settings.Number("MaxLive", defaults.MaxLive, 1, 5000),
            MaxSessions = settings.Number("MaxSessions", defaults.MaxSessions, 1, 1_000_000),
        };
        foreach (string mistake in options.Validate())
        {
            // Mistakes are reported as "redis.keyPrefix: expected ...", which is the setting KeyPrefix.
            int start = mistake.IndexOf('.', StringComparison.Ordinal) + 1;
            int end = mistake.IndexOf(':', StringComparison.Ordinal);
            settings.Mistake(char.ToUpperInvariant(mistake[start]) + mistake[(start + 1)..end], mistake[(end + 2)..]);
        }

        return new RedisPlan(options);
    }
}

/// <summary>A configured Redis.</summary>
/// <param name="Options">The connection options.</param>
public sealed record RedisPlan(RedisOptions Options) : SinkPlan("Redis")
{
    /// <inheritdoc/>
    public override bool TakesLive => true;

    /// <inheritdoc/>
    public override IEnumerable<string?> Secrets => [Options.Password];

    /// <inheritdoc/>
    public override async Task<IResultSink> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return await RedisSink.ConnectAsync(Options, context.Windows, context.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<IResultReader> OpenReaderAsync(TimeProvider time, CancellationToken cancellationToken) =>
        new RedisReader(await RedisConnection.OpenAsync(Options, time, cancellationToken).ConfigureAwait(false));
}
