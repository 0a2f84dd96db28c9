using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Files.DataLake;
using Azure.Storage.Files.DataLake.Models;

namespace Tidemark.Sinks.Lake;

/// <summary>A lake in Azure Data Lake Storage Gen2 (docs/LAKE.md lists its requests). A file is uploaded under a temporary name and renamed, on condition of what was there.</summary>
public sealed class AdlsLake : LakeFiles
{
    private readonly DataLakeFileSystemClient _client;
    private readonly string _prefix;

    internal AdlsLake(DataLakeFileSystemClient client, AdlsRoot root)
        : base(root.ToString()) => (_client, _prefix) = (client, root.Path.Length == 0 ? "" : root.Path + "/");

    /// <summary>Opens a lake. Nothing is asked of Azure yet.</summary>
    /// <param name="root"><c>abfss://container@account.dfs.core.windows.net/path</c> or <c>https://account.dfs.core.windows.net/container/path</c>.</param>
    /// <param name="connectionString">The account's, kept out of all messages; null to come as the identity of the machine or the developer.</param>
    /// <param name="clientId">Which user-assigned identity, if any.</param>
    /// <exception cref="SinkException">The root or the connection string cannot be used.</exception>
    public static AdlsLake Open(string root, string? connectionString = null, string? clientId = null)
    {
        AdlsRoot parsed = AdlsRoot.Parse(root);
        DataLakeClientOptions options = new() { Retry = { Mode = RetryMode.Exponential, MaxRetries = 6, MaxDelay = TimeSpan.FromSeconds(20), NetworkTimeout = TimeSpan.FromSeconds(30) } };
        try
        {
            return new AdlsLake(connectionString is not null ? new(connectionString, parsed.Container, options)
                : new(parsed.FileSystem, new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId }), options), parsed);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw AdlsRoot.Unusable(parsed);
        }
    }

    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) => TryAsync<LakeFile?>("read", path, null, async () =>
    {
        DataLakeFileReadResult file = await _client.GetFileClient(_prefix + path).ReadContentAsync(cancellationToken).ConfigureAwait(false);
        return new LakeFile(file.Content.ToMemory(), file.Details.ETag.ToString());
    });

    internal override async Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken)
    {
        int name = path.LastIndexOf('/') + 1;
        DataLakeFileClient temporary = _client.GetFileClient($"{_prefix}{path[..name]}_{path[name..]}.{Guid.NewGuid():N}");
        bool isInPlace = await TryAsync("write", path, false, async () =>
        {
            await temporary.UploadAsync(BinaryData.FromBytes(content).ToStream(), new DataLakeFileUploadOptions { Close = true }, cancellationToken).ConfigureAwait(false);
            await temporary.RenameAsync(_prefix + path, destinationConditions: Condition(tag), cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return isInPlace || !await TryAsync("tidy up", path, true, async () => await temporary.DeleteIfExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is not null).ConfigureAwait(false);
    }

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) => TryAsync("delete", path, false, async () =>
    {
        await _client.GetFileClient(_prefix + path).DeleteIfExistsAsync(Condition(tag), cancellationToken).ConfigureAwait(false);
        return true;
    });

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (PathItem item in PathsAsync(folder, recursive: true, cancellationToken).ConfigureAwait(false))
        {
            if (item.IsDirectory != true && !item.Name[(item.Name.LastIndexOf('/') + 1)..].StartsWith('_'))
            {
                yield return new LakeEntry(item.Name[_prefix.Length..], item.ContentLength ?? 0, item.LastModified);
            }
        }
    }

    internal override async Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken)
    {
        List<PathItem> items = await PathsAsync(folder, recursive: false, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. items.Where(item => item.IsDirectory == true).Select(item => item.Name[(item.Name.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal)];
    }

    private async IAsyncEnumerable<PathItem> PathsAsync(string folder, bool recursive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<PathItem> paths = _client.GetPathsAsync((_prefix + folder).TrimEnd('/'), recursive, userPrincipalName: false, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await TryAsync("list", folder, false, () => paths.MoveNextAsync().AsTask()).ConfigureAwait(false))
        {
            yield return paths.Current;
        }
    }

    private static DataLakeRequestConditions Condition(string? tag) => tag is null ? new() { IfNoneMatch = ETag.All } : new() { IfMatch = new ETag(tag) };

    /// <summary>Runs a request that the SDK has retried already: 404, 409 and 412 say that the file is not what was thought.</summary>
    private async Task<T> TryAsync<T>(string verb, string path, T otherwise, Func<Task<T>> request)
    {
        try { return await request().ConfigureAwait(false); }
        catch (RequestFailedException error) when (error.Status is 404 or 409 or 412 && error.ErrorCode is not ("FilesystemNotFound" or "ContainerNotFound")) { return otherwise; }
        catch (Exception error) when (error is RequestFailedException or AuthenticationFailedException or AggregateException) { throw AdlsRoot.Failed(verb, FullPath(path), error); }
    }
}
