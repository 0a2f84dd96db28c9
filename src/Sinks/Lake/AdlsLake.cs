using System.Runtime.CompilerServices;
using Azure.Storage.Files.DataLake;
using Azure.Storage.Files.DataLake.Models;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// A lake in Azure Data Lake Storage Gen2. A file is uploaded under a temporary name and then renamed, conditional on the ETag of the file
/// it replaces.
/// </summary>
public sealed class AdlsLake : AzureLake
{
    private readonly DataLakeFileSystemClient _client;

    internal AdlsLake(DataLakeFileSystemClient client, AzureRoot root)
        : base(root) => _client = client;

    internal static AdlsLake Open(AzureRoot root, AzureLogin login, bool isPatient)
    {
        DataLakeClientOptions options = Configured(new DataLakeClientOptions(), isPatient);
        return new AdlsLake(
            login.ConnectionString is { } connectionString
                ? new(connectionString, root.Container, options)
                : new(root.ContainerAddress, login.Identity(), options),
            root);
    }

    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) => TryAsync("read", path, null, async () =>
    {
        DataLakeFileReadResult file = await _client.GetFileClient(Prefix + path).ReadContentAsync(cancellationToken).ConfigureAwait(false);
        return (LakeFile?)new LakeFile(file.Content.ToMemory(), file.Details.ETag.ToString());
    });

    internal override async Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken)
    {
        int name = path.LastIndexOf('/') + 1;
        DataLakeFileClient temporary = _client.GetFileClient($"{Prefix}{path[..name]}_{path[name..]}.{Guid.NewGuid():N}");
        bool isInPlace = await TryAsync("write", path, false, async () =>
        {
            DataLakeFileUploadOptions options = new() { Close = true };
            DataLakeRequestConditions condition = Condition<DataLakeRequestConditions>(tag);
            await temporary.UploadAsync(BinaryData.FromBytes(content).ToStream(), options, cancellationToken).ConfigureAwait(false);
            await temporary.RenameAsync(Prefix + path, destinationConditions: condition, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        if (!isInPlace)
        {
            await TryAsync<object?>("tidy up", path, null, async () =>
                await temporary.DeleteIfExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }

        return isInPlace;
    }

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) =>
        TryAsync("delete", path, false, async () =>
        {
            DataLakeFileClient file = _client.GetFileClient(Prefix + path);
            await file.DeleteIfExistsAsync(Condition<DataLakeRequestConditions>(tag), cancellationToken).ConfigureAwait(false);
            return true;
        });

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (PathItem item in PathsAsync(folder, recursive: true, cancellationToken).ConfigureAwait(false))
        {
            if (item.IsDirectory != true && !IsHidden(item.Name))
            {
                yield return new LakeEntry(item.Name[Prefix.Length..], item.ContentLength ?? 0, item.LastModified);
            }
        }
    }

    internal override async Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken)
    {
        List<PathItem> items = await PathsAsync(folder, recursive: false, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        IEnumerable<PathItem> folders = items.Where(item => item.IsDirectory == true && !IsHidden(item.Name));
        return [.. folders.Select(item => NameOf(item.Name)).Order(StringComparer.Ordinal)];
    }

    private IAsyncEnumerable<PathItem> PathsAsync(string folder, bool recursive, CancellationToken cancellationToken) =>
        ItemsAsync(
            folder, _client.GetPathsAsync((Prefix + folder).TrimEnd('/'), recursive, userPrincipalName: false, cancellationToken), cancellationToken);
}
