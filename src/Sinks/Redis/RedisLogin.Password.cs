using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>Logging in where only the oldest client library can be had: a password, and nothing else.</summary>
internal static class RedisLogin
{
    /// <summary>Sets the login of the client library.</summary>
    /// <exception cref="SinkException">The options ask for a login that this build cannot do.</exception>
    public static Task ApplyAsync(ConfigurationOptions configuration, RedisOptions options)
    {
        if (options.User is not null || options.UseEntra)
        {
            throw new SinkException(
                $"{(options.UseEntra ? "redis.useEntra" : "redis.user")} needs a build with the real Azure packages, and this one was built without them: use redis.password, or build where `make restore` finds them.");
        }

        configuration.Password = options.Password;
        return Task.CompletedTask;
    }
}
