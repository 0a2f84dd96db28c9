using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli;

/// <summary>The option <c>--lake</c>: a directory, or a lake in Azure, whose connection string comes from the environment.</summary>
internal static class LakeArgument
{
    /// <summary>Where the connection string is looked for: a command line is seen by everybody on the machine.</summary>
    public const string ConnectionVariable = "TIDEMARK_LAKE_CONNECTION_STRING";

    /// <summary>How one in Azure is written, for the help.</summary>
    public const string InAzure = "https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH, "
        + "http://127.0.0.1:10000/devstoreaccount1/CONTAINER/PATH (Azurite) or "
        + "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH (only in builds with the real Azure packages), "
        + $"with your own Azure login or the connection string in {ConnectionVariable}";

    /// <summary>What is wrong with it, before anything is opened.</summary>
    public static IEnumerable<string> Mistakes(string? lake, CommandContext context)
    {
        if (lake is null || !AzureRoot.IsMeant(lake))
        {
            return [];
        }

        try
        {
            Login(context).RequireFit(AzureRoot.Parse(lake));
            return [];
        }
        catch (SinkException problem)
        {
            return [$"--lake: {problem.Message}"];
        }
    }

    /// <summary>Opens it to write, and proves that it is there: a directory is made and written, a lake in Azure is asked for its tables.</summary>
    /// <exception cref="SinkException">It cannot be used.</exception>
    public static async Task<LakeFiles> OpenAsync(string lake, CommandContext context, CancellationToken cancellationToken) =>
        AzureRoot.IsMeant(lake) ? await OpenInAzureAsync(lake, context, cancellationToken).ConfigureAwait(false) : LocalLake.Open(lake);

    /// <summary>Opens it to read.</summary>
    /// <exception cref="SinkException">It cannot be read.</exception>
    public static async Task<LakeReader> OpenToReadAsync(string lake, CommandContext context, CancellationToken cancellationToken) =>
        new(AzureRoot.IsMeant(lake) ? await OpenInAzureAsync(lake, context, cancellationToken).ConfigureAwait(false) : LocalLake.OpenToRead(lake));

    private static async Task<AzureLake> OpenInAzureAsync(string lake, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            // Somebody waits to hear that the key is wrong or that nobody answers; once it has worked, the rest is worth more tries.
            AzureLake first = AzureLake.Open(lake, Login(context), isPatient: false);
            await new LakeReader(first).ListFamiliesAsync(cancellationToken).ConfigureAwait(false);
            return AzureLake.Open(lake, Login(context));
        }
        catch (NotSupportedException error)
        {
            throw new SinkException($"cannot use the lake {lake}: {error.Message}", error);
        }
    }

    private static AzureLogin Login(CommandContext context) =>
        new() { ConnectionString = context.Environment(ConnectionVariable) is { Length: > 0 } connectionString ? connectionString : null };
}
