using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>A failure of Redis, described for an operator and without secrets.</summary>
/// <param name="Text">The description.</param>
/// <param name="IsTransient">Whether it may resolve itself. A failure that cannot is reported at the start.</param>
/// <param name="IsConnectionBad">Whether a new connection, perhaps to another server with the same name, is needed.</param>
internal readonly record struct RedisProblem(string Text, bool IsTransient, bool IsConnectionBad)
{
    /// <summary>The failure behind an exception; null if it does not come from Redis.</summary>
    public static RedisProblem? Of(Exception error, TimeSpan timeout) => error switch
    {
        RedisProblemException known => known.Problem,
        RedisServerException server => OfReply(server.Message),
        RedisConnectionException or ObjectDisposedException => new("the connection was lost", true, true),
        RedisCommandException command => OfCommand(command.Message),
        TimeoutException => new($"no answer within {timeout.TotalSeconds:0.###} s", true, true),
        TaskCanceledException => new("the connection was lost", true, true), // commands of a closed connection are cancelled
        RedisException other => new(other.Message, true, true),
        _ => null,
    };

    /// <summary>
    /// The failure behind an error reply, which starts with a code such as <c>NOAUTH</c> or, if it comes from a script, may contain one.
    /// </summary>
    public static RedisProblem OfReply(string reply)
    {
        string text = $"the server answers '{Shorten(reply)}'";
        return CodeOf(reply) switch
        {
            "NOAUTH" => new($"{text}: it wants a password, set redis.password", false, true),
            "WRONGPASS" or "ERR AUTH" => new($"{text}: the login is refused, check redis.user and redis.password", false, true),
            "NOPERM" => new($"{text}: the user may not do that, see the ACL rules in docs/REDIS.md", false, false),
            "CROSSSLOT" or "CLUSTERDOWN" => new(text, true, false),
            "READONLY" => new($"{text}: it is a read-only replica", true, true),
            "OOM" => new($"{text}: it is out of memory", true, false),
            "LOADING" => new($"{text}: it is still loading its data", true, true),
            "ERR unknown command" => new($"{text}: a command that Tidemark needs is missing or was renamed", false, false),
            _ => new(text, true, false),
        };
    }

    /// <summary>The failure behind a socket or TLS exception.</summary>
    public static RedisProblem OfSocket(Exception error, bool tls) => error switch
    {
        AuthenticationException =>
            new($"the TLS handshake failed: {error.Message} Check redis.tls, the host's name and redis.tlsCertificateSha256", false, true),
        SocketException socket => new(socket.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "the host's name is unknown",
            _ => socket.Message,
        }, true, true),
        _ => new($"the connection was closed while it was opened; is {(tls ? "redis.tls right" : "redis.tls missing")}?", true, true),
    };

    private static RedisProblem OfCommand(string message) =>
        message.Contains("slot", StringComparison.OrdinalIgnoreCase) ? OfReply("CROSSSLOT " + message) : new(message, true, true);

    private static string CodeOf(string reply)
    {
        foreach (string code in Codes)
        {
            // The reply to a script has the code after the script's own error: "ERR Error running script ... -OOM command not allowed".
            if (reply.StartsWith(code, StringComparison.OrdinalIgnoreCase) || reply.Contains($"-{code} ", StringComparison.Ordinal)
                || reply.Contains($": {code} ", StringComparison.Ordinal))
            {
                return code;
            }
        }

        return "";
    }

    private static readonly string[] Codes =
        ["NOAUTH", "WRONGPASS", "ERR AUTH", "NOPERM", "CROSSSLOT", "CLUSTERDOWN", "READONLY", "OOM", "LOADING", "ERR unknown command"];

    private static string Shorten(string reply) => reply.Length <= 200 ? reply : reply[..200] + "...";
}

/// <summary>Carries a <see cref="RedisProblem"/> to where the message is created.</summary>
#pragma warning disable CA1032, CA1064 // Thrown and caught within this folder only.
internal sealed class RedisProblemException(RedisProblem problem, Exception? cause = null) : Exception(problem.Text, cause)
#pragma warning restore CA1032, CA1064
{
    public RedisProblem Problem { get; } = problem;
}
