using System.Net;
using Tidemark.Core;

namespace Tidemark.Sinks.Redis;

/// <summary>The options of a Redis connection and sink. Immutable; a host binds it once. Its text form contains no secret.</summary>
public sealed record RedisOptions
{
    private const int MaxPrefixLength = 100;

    /// <summary>The server as <c>host:port</c>; an IPv6 address in brackets.</summary>
    public required string Endpoint { get; init; }

    /// <summary>
    /// Whether to use TLS. The certificate must be trusted by this machine and match the host, or be <see cref="TlsCertificateSha256"/>.
    /// </summary>
    public bool Tls { get; init; }

    /// <summary>
    /// The SHA-256 of the only certificate to trust, 64 hex digits with or without colons; for servers with a self-signed certificate.
    /// </summary>
    public string? TlsCertificateSha256 { get; init; }

    /// <summary>The ACL user; null for the default user. Only with the real Azure packages, see docs/REDIS.md.</summary>
    public string? User { get; init; }

    /// <summary>The password of the user; null for none. A secret.</summary>
    public string? Password { get; init; }

    /// <summary>Whether to log in with the process's Entra identity instead of a password (Azure Managed Redis). Needs <see cref="Tls"/>.</summary>
    public bool UseEntra { get; init; }

    /// <summary>
    /// The prefix of every key and channel, at most 100 printable ASCII characters without spaces. With a hash tag, such as <c>{shop}:</c>,
    /// all keys are in one slot, which slot-restricted servers require. Default empty.
    /// </summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>How long a result is kept after its last revision, 10 ms to 366 days. Default 1 hour.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The time limit for connecting, 100 ms to 1 minute. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time limit for a command, 100 ms to 1 minute. Default 5 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The maximum number of open windows of a family with a live result, 1 to 5,000; beyond it those that end first are removed. Default
    /// 1,000.
    /// </summary>
    public int MaxLive { get; init; } = 1000;

    /// <summary>
    /// The maximum number of sessions kept, 1 to 1,000,000; beyond it those that ended first are removed. Default 100,000.
    /// </summary>
    public int MaxSessions { get; init; } = 100_000;

    /// <summary>The retry options of a <see cref="RetryingSink"/> around the Redis sink.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>Whether <see cref="KeyPrefix"/> puts all keys into one slot.</summary>
    internal bool HasHashTag
    {
        get
        {
            // As Redis defines it: from the first '{' to the first '}' after it, not empty.
            int open = KeyPrefix.IndexOf('{', StringComparison.Ordinal);
            return open >= 0 && KeyPrefix.IndexOf('}', open) > open + 1;
        }
    }

    internal string Host => TrySplit(Endpoint, out string host, out _) ? host : throw new InvalidOperationException("Validate first.");

    internal int Port => TrySplit(Endpoint, out _, out int port) ? port : throw new InvalidOperationException("Validate first.");

    /// <summary>Checks all options. Each mistake names the key, the expected and, unless it may be a secret, the actual value.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [];
        CheckEndpoint(mistakes);
        CheckLogin(mistakes);
        CheckTls(mistakes);
        if (KeyPrefix is null || KeyPrefix.Length > MaxPrefixLength || KeyPrefix.Any(c => c is <= ' ' or > '~'))
        {
            mistakes.Add($"redis.keyPrefix: expected at most {MaxPrefixLength} printable ASCII characters without spaces, got '{KeyPrefix}'");
        }

        CheckSpan(mistakes, "redis.retention", Retention, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(366));
        CheckSpan(mistakes, "redis.connectTimeout", ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        CheckSpan(mistakes, "redis.commandTimeout", CommandTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        if (MaxLive is < 1 or > 5000)
        {
            mistakes.Add($"redis.maxLive: expected 1 to 5000, got {MaxLive}");
        }

        if (MaxSessions is < 1 or > 1_000_000)
        {
            mistakes.Add($"redis.maxSessions: expected 1 to 1000000, got {MaxSessions}");
        }

        mistakes.AddRange(Retry.Validate("redis.retry"));
        return mistakes;
    }

    /// <summary>A description for messages and logs, without the password.</summary>
    public override string ToString()
    {
        // A connection string given by mistake may contain a password.
        string where = TrySplit(Endpoint, out _, out _) ? Endpoint : "(not an endpoint)";
        string who = UseEntra ? "Entra identity" : User ?? (Password is null ? "no login" : "default user");
        return $"Redis at {where} ({(Tls ? "TLS" : "no TLS")}, {who}, prefix '{KeyPrefix}')";
    }

    private void CheckEndpoint(List<string> mistakes)
    {
        if (TrySplit(Endpoint, out _, out _))
        {
            return;
        }

        bool mayHoldSecret = Endpoint is not null && Endpoint.AsSpan().IndexOfAny("@,=/") >= 0;
        string actual = mayHoldSecret ? "something else (not shown: it may hold a password)" : $"'{Endpoint}'";
        mistakes.Add($"redis.endpoint: expected host:port with a port of 1 to 65535, got {actual}");
    }

    private void CheckLogin(List<string> mistakes)
    {
        if (User is not null && (User.Length == 0 || User.Any(char.IsWhiteSpace)))
        {
            mistakes.Add("redis.user: expected a name without spaces, got one that is empty or has spaces");
        }

        if (Password is { Length: 0 })
        {
            mistakes.Add("redis.password: expected a password, got an empty one; leave it out for none");
        }

        if (User is not null && Password is null && !UseEntra)
        {
            mistakes.Add("redis.user: expected a password with it, got none");
        }

        if (UseEntra && (Password is not null || User is not null))
        {
            mistakes.Add("redis.useEntra: expected neither user nor password with it, got one");
        }

        if (UseEntra && !Tls)
        {
            mistakes.Add("redis.useEntra: expected redis.tls with it, got none");
        }
    }

    private void CheckTls(List<string> mistakes)
    {
        if (TlsCertificateSha256 is null)
        {
            return;
        }

        string digits = TlsCertificateSha256.Replace(":", "", StringComparison.Ordinal);
        if (digits.Length != 64 || !digits.All(char.IsAsciiHexDigit))
        {
            mistakes.Add($"redis.tlsCertificateSha256: expected 64 hex digits, got '{TlsCertificateSha256}'");
        }

        if (!Tls)
        {
            mistakes.Add("redis.tlsCertificateSha256: expected redis.tls with it, got none");
        }
    }

    private static void CheckSpan(List<string> mistakes, string key, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (Durations.Mistake(key, value, least, most) is { } mistake)
        {
            mistakes.Add(mistake);
        }
    }

    private static bool TrySplit(string? endpoint, out string host, out int port)
    {
        (host, port) = ("", 0);
        int colon = endpoint?.LastIndexOf(':') ?? -1;
        if (endpoint is null || colon < 1
            || !ushort.TryParse(endpoint.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out ushort number) || number == 0)
        {
            return false;
        }

        (host, port) = (endpoint[..colon], number);
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return IPAddress.TryParse(host, out _);
        }

        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
    }
}
