using Azure.Storage.Files.DataLake.Models;

namespace Azure.Storage.Files.DataLake;

public class DataLakeFileClient : DataLakePathClient
{
    protected DataLakeFileClient()
    {
    }

    public virtual Task<Response<bool>> DeleteIfExistsAsync(
        DataLakeRequestConditions conditions = default, CancellationToken cancellationToken = default) => throw Stub.NotHere();

    public virtual Task<Response<DataLakeFileReadResult>> ReadContentAsync(CancellationToken cancellationToken) => throw Stub.NotHere();

    public virtual Task<Response<DataLakeFileClient>> RenameAsync(
        string destinationPath,
        string destinationFileSystem = default,
        DataLakeRequestConditions sourceConditions = default,
        DataLakeRequestConditions destinationConditions = default,
        CancellationToken cancellationToken = default) => throw Stub.NotHere();

    public virtual Task<Response<PathInfo>> UploadAsync(
        Stream content, DataLakeFileUploadOptions options, CancellationToken cancellationToken = default) => throw Stub.NotHere();
}
