using Azure.Core;
using Azure.Storage.Files.DataLake.Models;

namespace Azure.Storage.Files.DataLake;

public class DataLakeFileSystemClient
{
    protected DataLakeFileSystemClient()
    {
    }

    public DataLakeFileSystemClient(Uri fileSystemUri, TokenCredential credential, DataLakeClientOptions options) => throw Stub.NotHere();

    public DataLakeFileSystemClient(string connectionString, string fileSystemName, DataLakeClientOptions options) => throw Stub.NotHere();

    public virtual DataLakeFileClient GetFileClient(string fileName) => throw Stub.NotHere();

    public virtual AsyncPageable<PathItem> GetPathsAsync(
        string path = null, bool recursive = false, bool userPrincipalName = false,
        CancellationToken cancellationToken = default) => throw Stub.NotHere();
}
