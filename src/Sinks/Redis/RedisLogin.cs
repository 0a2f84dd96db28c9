using Azure.Identity;
using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>Configures the login: a password, an ACL user, or the process's Entra identity, whose tokens the package renews.</summary>
internal static class RedisLogin
{
    /// <summary>Applies the login to the client library's options.</summary>
    public static async Task ApplyAsync(ConfigurationOptions configuration, RedisOptions options)
    {
        if (options.UseEntra)
        {
            await configuration.ConfigureForAzureWithTokenCredentialAsync(new DefaultAzureCredential()).ConfigureAwait(false);
            return;
        }

        configuration.User = options.User;
        configuration.Password = options.Password;
    }
}
