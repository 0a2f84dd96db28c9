using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tidemark.Sinks.Redis;

/// <summary>
/// Opens a plain connection, logs in and requests the server's role before the client library connects. A problem is thus reported
/// within one round trip and in the server's own words, where the library reports "not possible to connect" after its time-out.
/// </summary>
internal static class RedisKnock
{
    private const int MaxLine = 1024;

    /// <summary>Returns when the server is a primary that accepts the login.</summary>
    /// <exception cref="RedisProblemException">The server is not a primary, rejects the login or cannot be reached.</exception>
    public static async Task TryAsync(RedisOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.ConnectTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        string silence = "";
        try
        {
            using TcpClient tcp = new();
            await tcp.ConnectAsync(options.Host, options.Port, both.Token).ConfigureAwait(false);
            silence = options.Tls ? " to the TLS handshake: does the server speak TLS?" : "";
            await using Stream stream = await StreamOfAsync(tcp, options, both.Token).ConfigureAwait(false);
            silence = "";
            await TalkAsync(stream, options, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RedisProblemException(new($"no answer within {options.ConnectTimeout.TotalSeconds:0.###} s{silence}", true, true), error);
        }
        catch (Exception error) when (error is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            throw new RedisProblemException(RedisProblem.OfSocket(error, options.Tls), error);
        }
    }

    /// <summary>Whether a server's certificate is trusted: it is the pinned one, or this machine trusts it.</summary>
    public static bool Trusts(RedisOptions options, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (options.TlsCertificateSha256 is not { } pinned)
        {
            return errors == SslPolicyErrors.None;
        }

        return certificate is not null
            && certificate.GetCertHashString(HashAlgorithmName.SHA256)
                .Equals(pinned.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<Stream> StreamOfAsync(TcpClient tcp, RedisOptions options, CancellationToken cancellationToken)
    {
        NetworkStream plain = tcp.GetStream();
        if (!options.Tls)
        {
            return plain;
        }

        SslStream secure = new(plain, leaveInnerStreamOpen: false, (_, certificate, _, errors) => Trusts(options, certificate, errors));
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = options.Host }, cancellationToken).ConfigureAwait(false);
        return secure;
    }

    private static async Task TalkAsync(Stream stream, RedisOptions options, CancellationToken cancellationToken)
    {
        if (options.UseEntra)
        {
            return; // tokens are handled by the library
        }

        if (options.Password is { } password)
        {
            string[] login = options.User is { } user ? ["AUTH", user, password] : ["AUTH", password];
            await AskAsync(stream, login, cancellationToken).ConfigureAwait(false);
        }

        await AskAsync(stream, ["PING"], cancellationToken).ConfigureAwait(false);
        if (await RoleAsync(stream, cancellationToken).ConfigureAwait(false) is "slave" or "sentinel")
        {
            throw new RedisProblemException(RedisProblem.OfReply("READONLY this server's role is not primary"));
        }
    }

    private static async Task<string?> RoleAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(stream, ["ROLE"], cancellationToken).ConfigureAwait(false); // *3, or *5 for a replica
            await ReadLineAsync(stream, cancellationToken).ConfigureAwait(false); // $6
            return await ReadLineAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisProblemException error) when (!error.Problem.IsTransient)
        {
            return null; // the user may not be allowed to ask, or a proxy may not answer; writing will fail if there is a problem
        }
    }

    private static async Task<string> AskAsync(Stream stream, string[] command, CancellationToken cancellationToken)
    {
        StringBuilder text = new($"*{command.Length}\r\n");
        foreach (string word in command)
        {
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken).ConfigureAwait(false);
        string answer = await ReadLineAsync(stream, cancellationToken).ConfigureAwait(false);
        return answer switch
        {
            ['-', .. string error] => throw new RedisProblemException(RedisProblem.OfReply(error)),
            ['+' or '*', ..] => answer,
            _ => throw new RedisProblemException(new("what answers there is not Redis", false, true)),
        };
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (line.Length < MaxLine)
        {
            await stream.ReadExactlyAsync(one, cancellationToken).ConfigureAwait(false);
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        throw new RedisProblemException(new("what answers there is not Redis", false, true));
    }
}
