using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// The login of a lake in Azure. With neither value set, the identity of the machine or the developer (<see
/// cref="DefaultAzureCredential"/>).
/// </summary>
public sealed record AzureLogin
{
    // https://learn.microsoft.com/azure/storage/common/storage-use-azurite: the same for every Azurite, so not a secret.
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>
    /// The connection string of the root's account, with a key or a signature; null for none. A secret that never appears in messages.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>The client id of a user-assigned managed identity; null for the default one.</summary>
    public string? ClientId { get; init; }

    /// <summary>Checks that the login fits a root. No request is sent.</summary>
    /// <param name="root">The root.</param>
    /// <exception cref="SinkException">
    /// The connection string is unreadable, of another account or without a key, or an identity is given as well.
    /// </exception>
    public void RequireFit(AzureRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (ConnectionString is null)
        {
            return;
        }

        if (ClientId is not null)
        {
            throw Unusable(root, "expected either a connection string or the client id of an identity, got both");
        }

        BlobContainerClient client = Client(root, new BlobClientOptions());
        const UriComponents container = UriComponents.SchemeAndServer | UriComponents.Path;
        if (Uri.Compare(client.Uri, BlobAddress(root), container, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) != 0)
        {
            string got = $"{client.Uri.GetLeftPart(UriPartial.Authority)}, account {client.AccountName}";
            throw Unusable(root, $"expected the connection string of that account, got one of {got}");
        }

        if (!client.CanGenerateSasUri && !client.Uri.Query.Contains("sig=", StringComparison.Ordinal))
        {
            throw Unusable(root, "expected a connection string with AccountKey or SharedAccessSignature, got one with neither");
        }
    }

    /// <summary>A client of the container. No request is sent yet.</summary>
    internal BlobContainerClient Client(AzureRoot root, BlobClientOptions options)
    {
        if (ConnectionString is null)
        {
            return root.IsEmulator
                ? new BlobContainerClient(root.ContainerAddress, new StorageSharedKeyCredential(AzureRoot.EmulatorAccount, EmulatorKey), options)
                : new BlobContainerClient(root.ContainerAddress, Identity(), options);
        }

        try
        {
            return new BlobContainerClient(ConnectionString, root.Container, options);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            // Neither the reason nor the inner exception is passed on: both might contain the connection string.
            throw Unusable(root, "the connection string is not in the form in which Azure shows it");
        }
    }

    /// <summary>The identity of the machine or the developer.</summary>
    internal TokenCredential Identity() => new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = ClientId });

    /// <summary>A description without the connection string.</summary>
    public override string ToString() =>
        ConnectionString is not null ? "connection string" : ClientId is { } id ? $"identity {id}" : "default identity";

    /// <summary>The blob endpoint of the root's account, as named by a connection string; it has the same containers.</summary>
    private static Uri BlobAddress(AzureRoot root)
    {
        if (root.Service == AzureService.Blob)
        {
            return root.ContainerAddress;
        }

        IEnumerable<string> labels = root.ContainerAddress.Host.Split('.').Select((label, i) => i > 0 && label == "dfs" ? "blob" : label);
        return new UriBuilder(root.ContainerAddress) { Host = string.Join('.', labels) }.Uri;
    }

    private static SinkException Unusable(AzureRoot root, string why) => new($"cannot log in to the lake {root}: {why}");
}
