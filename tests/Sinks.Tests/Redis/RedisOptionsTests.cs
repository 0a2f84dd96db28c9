using Tidemark.Sinks.Redis;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Goal: all mistakes are reported at once, each with its key and without secrets.</summary>
public sealed class RedisOptionsTests
{
    private const string Secret = "hunter2-secret";
    private static readonly RedisOptions Valid = new() { Endpoint = "cache.example:6379" };

    [Theory]
    [InlineData("localhost:6379", "localhost", 6379)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("shop.westeurope.redis.azure.net:10000", "shop.westeurope.redis.azure.net", 10000)]
    public void Validate_Endpoint_IsRead(string endpoint, string host, int port)
    {
        RedisOptions options = Valid with { Endpoint = endpoint };
        Assert.Empty(options.Validate());
        Assert.Equal((host, port), (options.Host, options.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":6379")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:+1")]
    [InlineData("a b:1")]
    [InlineData("::1:6379:x")]
    [InlineData("[nonsense]:1")]
    [InlineData(null)]
    public void Validate_NoEndpoint_IsAMistake(string? endpoint)
    {
        string mistake = Assert.Single((Valid with { Endpoint = endpoint! }).Validate());
        Assert.StartsWith("redis.endpoint: expected host:port", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis://:" + Secret + "@cache:6379")]
    [InlineData("cache:6380,password=" + Secret + ",ssl=True")]
    public void Validate_ConnectionStringAsEndpoint_IsNotShown(string endpoint)
    {
        RedisOptions options = Valid with { Endpoint = endpoint };
        Assert.DoesNotContain(Secret, Assert.Single(options.Validate()), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ManyMistakes_ToldAtOnceByKeyWithoutSecrets()
    {
        RedisOptions options = new()
        {
            Endpoint = "nowhere",
            User = "a b",
            Password = Secret,
            UseEntra = true,
            TlsCertificateSha256 = "12:34",
            KeyPrefix = "a b",
            Retention = TimeSpan.Zero,
            ConnectTimeout = TimeSpan.FromHours(1),
            CommandTimeout = TimeSpan.FromTicks(1),
            MaxLive = 0,
            MaxSessions = 0,
            Retry = new() { FirstDelay = TimeSpan.Zero, MaxDelay = TimeSpan.FromDays(1), MaxPending = 0,
                MaxPendingBytes = 0, MaxWait = TimeSpan.FromSeconds(-1), DrainTimeout = TimeSpan.FromDays(1) },
        };
        IReadOnlyList<string> mistakes = options.Validate();
        string[] keys =
        [
            "endpoint", "user", "useEntra", "useEntra", "tlsCertificateSha256", "tlsCertificateSha256",
            "keyPrefix", "retention", "connectTimeout", "commandTimeout", "maxLive", "maxSessions",
            "retry.firstDelay", "retry.maxDelay", "retry.maxPending", "retry.maxPendingBytes", "retry.maxWait", "retry.drainTimeout",
        ];
        Assert.Equal(keys.Select(key => "redis." + key), mistakes.Select(mistake => mistake.Split(':')[0]));
        Assert.All(mistakes, mistake => Assert.Contains("expected", mistake, StringComparison.Ordinal));
        Assert.All(mistakes, mistake => Assert.DoesNotContain(Secret, mistake, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "", "redis.password")]
    [InlineData("app", null, "redis.user")]
    public void Validate_LoginThatIsHalf_IsAMistake(string? user, string? password, string key) =>
        Assert.StartsWith(key, Assert.Single((Valid with { User = user, Password = password }).Validate()), StringComparison.Ordinal);

    [Fact]
    public void ToString_Secrets_AreNotThere()
    {
        string text = (Valid with { Password = Secret, User = "app", Tls = true }).ToString();
        Assert.Equal("Redis at cache.example:6379 (TLS, app, prefix '')", text);
        Assert.DoesNotContain(Secret, $"{Valid with { Password = Secret }}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("shop:", false)]
    [InlineData("{}:", false)]
    [InlineData("{}{a}", false)] // Redis looks at the first brace only
    [InlineData("}{", false)]
    [InlineData("{a}", true)]
    [InlineData("eu:{shop}:", true)]
    [InlineData("{{a}", true)]
    public void HasHashTag_Prefix_IsReadAsRedisReadsIt(string prefix, bool expected) =>
        Assert.Equal(expected, (Valid with { KeyPrefix = prefix }).HasHashTag);

    [Fact]
    public async Task OpenAsync_Mistakes_AreThrownTogether()
    {
        SinkException error = await Assert.ThrowsAsync<SinkException>(
            () => RedisConnection.OpenAsync(Valid with { Endpoint = "x", MaxLive = 0 }, TimeProvider.System, default));
        Assert.Equal(2, error.Message.Split(Environment.NewLine).Length);
    }
}
