namespace Tidemark.Dashboard.Live;

/// <summary>The bounds of a <see cref="ResultStream"/>.</summary>
public sealed record StreamLimits
{
    /// <summary>How many closed windows can be resumed from; a client further behind is told to read them anew. Default 4,096.</summary>
    public int MaxEvents { get; init; } = 4096;

    /// <summary>How many bytes these take. Default 32 MiB.</summary>
    public long MaxBytes { get; init; } = 32L << 20;

    /// <summary>How many clients listen at a time; others are refused and told when to come again. Default 1,000.</summary>
    public int MaxClients { get; init; } = 1000;

    /// <summary>How long a client may take to accept what is sent before it is disconnected; it may come back and resume. Default 15 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long nothing may be sent; then a comment keeps proxies from closing the connection. Default 15 s.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);
}
