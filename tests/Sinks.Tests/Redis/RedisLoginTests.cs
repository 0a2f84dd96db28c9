using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;
using Tidemark.Core.Sessions;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>
/// Goal: permanent failures are reported at start, with a remedy and without secrets; TLS and passwords work for real.
/// </summary>
public sealed class RedisLoginTests
{
    private const string Secret = "s3cr3t-pass";

    [Fact]
    public async Task Open_RightPassword_Writes()
    {
        using RedisServer server = RedisServer.Start("--requirepass", Secret);
        await WriteOneAsync(server.Options with { Password = Secret });
    }

    [Theory]
    [InlineData(null, "NOAUTH", "set redis.password")]
    [InlineData("wrong-" + Secret, "WRONGPASS", "check redis.user and redis.password")]
    public async Task Open_WrongPassword_FailsAtOnce(string? password, string code, string advice)
    {
        using RedisServer server = RedisServer.Start("--requirepass", Secret);
        SinkException error = await FailAsync(server.Options with { Password = password });
        Assert.Contains($"Redis at {server.Endpoint}", error.Message, StringComparison.Ordinal);
        Assert.Contains(code, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_PasswordThatTheServerDoesNotKnow_FailsAtOnce()
    {
        using RedisServer server = RedisServer.Start();
        SinkException error = await FailAsync(server.Options with { Password = Secret });
        Assert.Contains("the login is refused", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ScriptsForbidden_FailsAtOnce()
    {
        using RedisServer server = RedisServer.Start("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-@scripting");
        await using RedisConnection connection = await RedisConnection.OpenAsync(server.Options, TimeProvider.System, default);
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => RedisSink.OpenAsync(connection, Windows, default));
        Assert.False(error.IsTransient);
        Assert.Contains("NOPERM", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_CommandRenamedAway_FailsAtOnce()
    {
        using RedisServer server = RedisServer.Start("--rename-command", "PFCOUNT", "");
        SinkException error = await FailAsync(server.Options);
        Assert.Contains("missing or was renamed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_DocumentedAclRights_AreEnough()
    {
        using RedisServer server = RedisServer.Start(["--user", "default", "on", $">{Secret}", .. RedisDocs.AclRules("shop:").Split(' ')]);
        RedisOptions options = server.Options with { Password = Secret, KeyPrefix = "shop:" };
        await WriteOneAsync(options);
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => WriteOneAsync(options with { KeyPrefix = "other:" }));
        Assert.Contains("NOPERM", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ServerRefusesScriptsTimeAndAgain_LeavesNoConnectionOpen()
    {
        using RedisServer server = RedisServer.Start("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-eval", "-evalsha");
        for (int attempt = 0; attempt < 5; attempt++)
        {
            SinkException error =
                await Assert.ThrowsAsync<SinkException>(() => RedisSink.ConnectAsync(server.Options, [], TimeProvider.System, default));
            Assert.Contains("NOPERM", error.Message, StringComparison.Ordinal);
        }

        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true,name=admin");
        await Until.TrueAsync(async () => await Clients() == 0, "none of the refused connections is open");

        async Task<int> Clients() =>
            (await admin.GetDatabase().ExecuteAsync("CLIENT", "LIST")).ToString()!.Split("name=tidemark", StringSplitOptions.None).Length - 1;
    }

    [Fact]
    public async Task Open_Cluster_TakesAPrefixWithAHashTagOnly()
    {
        using RedisServer server = await StartClusterAsync();
        foreach (string prefix in new[] { "", "plain:", "{}:", "}{:" })
        {
            SinkException error = await FailAsync(server.Options with { KeyPrefix = prefix });
            Assert.Contains($"redis.keyPrefix '{prefix}' has no hash tag", error.Message, StringComparison.Ordinal);
        }

        await WriteOneAsync(server.Options with { KeyPrefix = "{shop}:" });
        await WriteOneAsync(server.Options with { KeyPrefix = "eu:{shop}:" });
    }

    [Fact]
    public async Task Open_Tls_TrustsThePinnedCertificateOnly()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate =
            request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tidemark-tls-");
        try
        {
            string certificateFile = Path.Combine(directory.FullName, "cert.pem");
            string keyFile = Path.Combine(directory.FullName, "key.pem");
            await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
            int port = RedisServer.FreePort();
            using RedisServer server = RedisServer.Start(
                "--port", "0", "--tls-port", $"{port}", "--tls-cert-file", certificateFile,
                "--tls-key-file", keyFile, "--tls-auth-clients", "no", "--requirepass", Secret);
            RedisOptions options = RedisServer.OptionsFor($"127.0.0.1:{port}") with { Tls = true, Password = Secret };

            await WriteOneAsync(options with { TlsCertificateSha256 = certificate.GetCertHashString(HashAlgorithmName.SHA256) });
            Assert.Contains("TLS handshake failed", (await FailAsync(options)).Message, StringComparison.Ordinal);
            Assert.Contains("TLS handshake failed",
                (await FailAsync(options with { TlsCertificateSha256 = new string('0', 64) })).Message, StringComparison.Ordinal);
            await using RedisConnection plain = await RedisConnection.OpenAsync(options with { Tls = false }, TimeProvider.System, default);
            SinkException error = await Assert.ThrowsAsync<SinkException>(() => new RedisReader(plain).LatestAsync("1min", default));
            Assert.Contains("is redis.tls missing?", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Read_TlsToAPlainServer_AsksWhetherItSpeaksTls()
    {
        using RedisServer server = RedisServer.Start();
        RedisOptions options = server.Options with { Tls = true, ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        await using RedisConnection connection = await RedisConnection.OpenAsync(options, TimeProvider.System, default);
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => new RedisReader(connection).LatestAsync("1min", default));
        Assert.Contains("does the server speak TLS?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NotRedis_FailsAtOnce()
    {
        using var http = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        http.Start();
        _ = Task.Run(async () =>
        {
            using var client = await http.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            await client.GetStream().ReadAtLeastAsync(new byte[100], 1);
        });
        SinkException error = await FailAsync(RedisServer.OptionsFor(http.LocalEndpoint.ToString()!));
        Assert.Contains("is not Redis", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AclUser_LogsInAsThatUserOnly()
    {
        using RedisServer server = RedisServer.Start("--user", "default", "off", "--user", "app", "on", $">{Secret}", "~*", "&*", "+@all");
        await WriteOneAsync(server.Options with { User = "app", Password = Secret });
        SinkException error = await FailAsync(server.Options with { User = "nobody", Password = Secret });
        Assert.Contains("WRONGPASS", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<RedisServer> StartClusterAsync()
    {
        RedisServer server = RedisServer.Start("--cluster-enabled", "yes", "--cluster-port", $"{RedisServer.FreePort()}");
        using System.Net.Sockets.TcpClient client = new("127.0.0.1", server.Port);
        await client.GetStream().WriteAsync("CLUSTER ADDSLOTSRANGE 0 16383\r\n"u8.ToArray());
        using StreamReader reader = new(client.GetStream());
        Assert.Equal("+OK", await reader.ReadLineAsync());
        await Until.TrueAsync(
            async () =>
            {
                await client.GetStream().WriteAsync("EXISTS a\r\n"u8.ToArray());
                return (await reader.ReadLineAsync())!.StartsWith(':');
            },
            "the cluster is up");
        return server;
    }

    private static async Task WriteOneAsync(RedisOptions options)
    {
        await using RedisConnection connection = await RedisConnection.OpenAsync(options, TimeProvider.System, default);
        RedisSink sink = await RedisSink.OpenAsync(connection, Windows, default);
        await sink.WriteAsync([Live(1, 1), MinuteResult(0), MinuteResult(0, 2)], default);
        await sink.MarkFinalAsync("1min", Start, default);
        RedisReader reader = new(connection);
        Assert.Equal(2, (await reader.LatestAsync("1min", default))!.Revision);
        Assert.Equal(2, Assert.Single(await reader.RangeAsync("1min", 0, long.MaxValue, default)).Revision);
        Assert.Single(await reader.LiveAsync(default));
        Assert.Equal(new UniqueUsers(2, 1), await reader.UniqueUsersAsync("1min", 0, long.MaxValue, default));
        Session bob = SessionSamples.Session("bob", Start);
        await sink.WriteSessionsAsync(SessionSamples.Ended(Start, 1, SessionSamples.Session("ada", Start), bob), default);
        await sink.WriteSessionsAsync(SessionSamples.Ended(Start, 2, bob), default);
        await sink.MarkFinalAsync(EndedSessions.Name, long.MaxValue, default);
        Assert.Equal("bob", Assert.Single(await reader.ReadLastSessionsAsync(new(0, long.MaxValue), null, 9, default)).Session.UserId);
    }

    private static async Task<SinkException> FailAsync(RedisOptions options)
    {
        SinkException error = await Assert.ThrowsAsync<SinkException>(() => RedisConnection.OpenAsync(options, TimeProvider.System, default));
        Assert.False(error.IsTransient);
        return error;
    }
}
