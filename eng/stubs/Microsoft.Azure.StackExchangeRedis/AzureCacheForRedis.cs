using Azure.Core;

namespace StackExchange.Redis;

public static class AzureCacheForRedis
{
    public static Task<ConfigurationOptions> ConfigureForAzureWithTokenCredentialAsync(
        this ConfigurationOptions configurationOptions, TokenCredential credential) =>
        throw new NotSupportedException("This build has a stand-in for Microsoft.Azure.StackExchangeRedis, "
            + "which cannot log in with Entra: build with -p:FullFeed=true on a feed that has the package.");
}
