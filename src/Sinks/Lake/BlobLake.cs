using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// A lake in blob storage, including Azurite. A blob is written by one request, so it appears completely or not at all; folders are only
/// prefixes of names.
/// </summary>
public sealed class BlobLake : AzureLake
{
    private const int Readings = 5;

    // Larger than any file that compaction creates, so that no file is uploaded in parts, and within the limit of one request.
    private const long MaxPutBytes = 256 << 20;

    private readonly BlobContainerClient _container;

    internal BlobLake(BlobContainerClient container, AzureRoot root)
        : base(root) => _container = container;

    /// <summary>The options of the client.</summary>
    internal static BlobClientOptions Options(bool isPatient) => Configured(new BlobClientOptions(), isPatient);

    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) => TryAsync("read", path, null, async () =>
    {
        for (int reading = 1; ; reading++)
        {
            try
            {
                BlobDownloadResult blob = await _container.GetBlobClient(Prefix + path).DownloadContentAsync(cancellationToken).ConfigureAwait(false);
                return (LakeFile?)new LakeFile(blob.Content.ToMemory(), blob.Details.ETag.ToString());
            }
            catch (RequestFailedException error) when (error.Status == 412 && reading < Readings)
            {
                // The connection broke while reading, and the blob had been replaced when the client requested the rest.
            }
        }
    });

    internal override Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken) =>
        TryAsync("write", path, false, async () =>
        {
            try
            {
                await PutAsync(path, content, tag, cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException error) when (IsEmulator && IsContainerMissing(error))
            {
                await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
                await PutAsync(path, content, tag, cancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) =>
        TryAsync("delete", path, false, async () =>
        {
            BlobClient blob = _container.GetBlobClient(Prefix + path);
            try
            {
                BlobRequestConditions condition = Condition<BlobRequestConditions>(tag);
                await blob.DeleteIfExistsAsync(conditions: condition, cancellationToken: cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (RequestFailedException error) when (error.Status == 412)
            {
                // Either another blob is there or, for instance when the response to a first attempt was lost, none.
                return !await blob.ExistsAsync(cancellationToken).ConfigureAwait(false);
            }
        });

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AsyncPageable<BlobItem> blobs = _container.GetBlobsAsync(new GetBlobsOptions { Prefix = NamePrefix(folder) }, cancellationToken);
        await foreach (BlobItem blob in ItemsAsync(folder, blobs, cancellationToken).ConfigureAwait(false))
        {
            if (!IsHidden(blob.Name))
            {
                yield return new LakeEntry(blob.Name[Prefix.Length..], blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? default);
            }
        }
    }

    internal override async Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken)
    {
        GetBlobsByHierarchyOptions options = new() { Prefix = NamePrefix(folder), Delimiter = "/" };
        AsyncPageable<BlobHierarchyItem> items = _container.GetBlobsByHierarchyAsync(options, cancellationToken);
        List<string> names = [];
        await foreach (BlobHierarchyItem item in ItemsAsync(folder, items, cancellationToken).ConfigureAwait(false))
        {
            if (item.IsPrefix && NameOf(item.Prefix.TrimEnd('/')) is var name && !IsHidden(name))
            {
                names.Add(name);
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private async Task PutAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken) =>
        await _container.GetBlobClient(Prefix + path).UploadAsync(
            BinaryData.FromBytes(content),
            new BlobUploadOptions
            {
                Conditions = Condition<BlobRequestConditions>(tag),
                HttpHeaders = new BlobHttpHeaders { ContentType = "application/vnd.apache.parquet" },
                TransferOptions = new StorageTransferOptions { InitialTransferSize = MaxPutBytes, MaximumTransferSize = MaxPutBytes },
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>The prefix of all names in a folder; empty for the container's root.</summary>
    private string NamePrefix(string folder) => folder.Length == 0 ? Prefix : $"{Prefix}{folder}/";
}
