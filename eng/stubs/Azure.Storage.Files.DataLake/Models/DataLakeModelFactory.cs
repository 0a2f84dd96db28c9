namespace Azure.Storage.Files.DataLake.Models;

/// <summary>Makes what the service answers, for tests.</summary>
public static class DataLakeModelFactory
{
    public static DataLakeFileReadResult DataLakeFileReadResult(BinaryData content, FileDownloadDetails details) =>
        new() { Content = content, Details = details };

    public static FileDownloadDetails FileDownloadDetails(
        DateTimeOffset lastModified,
        IDictionary<string, string> metadata,
        string contentRange,
        ETag eTag,
        string contentEncoding,
        string cacheControl,
        string contentDisposition,
        string contentLanguage,
        DateTimeOffset copyCompletionTime,
        string copyStatusDescription,
        string copyId,
        string copyProgress,
        Uri copySource,
        CopyStatus copyStatus,
        DataLakeLeaseDuration leaseDuration,
        DataLakeLeaseState leaseState,
        DataLakeLeaseStatus leaseStatus,
        string acceptRanges,
        bool isServerEncrypted,
        string encryptionKeySha256,
        byte[] contentHash) => new() { LastModified = lastModified, ETag = eTag };

    public static PathInfo PathInfo(ETag eTag, DateTimeOffset lastModified) => new() { ETag = eTag, LastModified = lastModified };

    public static PathItem PathItem(
        string name, bool? isDirectory, DateTimeOffset lastModified, ETag eTag,
        long? contentLength, string owner, string group, string permissions) =>
        new() { Name = name, IsDirectory = isDirectory, LastModified = lastModified, ETag = eTag, ContentLength = contentLength };
}
