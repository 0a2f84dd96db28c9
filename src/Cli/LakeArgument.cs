using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli;

/// <summary>The option <c>--lake</c> of commands that read: a directory, or a lake in Azure.</summary>
internal static class LakeArgument
{
    /// <summary>How one in Azure is written, for the help.</summary>
    public const string InAzure = "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH with your own Azure login (only in builds with the real Azure packages)";

    /// <summary>Opens it.</summary>
    /// <exception cref="SinkException">It cannot be read.</exception>
    public static LakeReader OpenToRead(string lake)
    {
        if (!lake.Contains("://", StringComparison.Ordinal))
        {
            return new LakeReader(LocalLake.OpenToRead(lake));
        }

        try
        {
            return new LakeReader(AdlsLake.Open(lake));
        }
        catch (NotSupportedException error)
        {
            throw new SinkException($"cannot read the lake {lake}: {error.Message}", error);
        }
    }
}
