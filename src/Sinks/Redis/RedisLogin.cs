using Azure.Identity;
using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>Logging in: with a password, as an ACL user, or with the process's Entra identity, whose tokens are renewed by the package.</summary>
internal static class RedisLogin
{
    /// <summary>Sets the login of the client library.</summary>
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
