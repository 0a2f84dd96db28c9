namespace Azure.Storage.Files.DataLake.Models;

public class DataLakeRequestConditions : RequestConditions
{
    public string LeaseId { get; set; }
}

public class DataLakeFileUploadOptions
{
    public DataLakeRequestConditions Conditions { get; set; }

    public bool? Close { get; set; }
}

public class DataLakeFileReadResult
{
    internal DataLakeFileReadResult()
    {
    }

    public BinaryData Content { get; internal init; }

    public FileDownloadDetails Details { get; internal init; }
}

public class FileDownloadDetails
{
    internal FileDownloadDetails()
    {
    }

    public DateTimeOffset LastModified { get; internal init; }

    public ETag ETag { get; internal init; }
}

public class PathInfo
{
    internal PathInfo()
    {
    }

    public ETag ETag { get; internal init; }

    public DateTimeOffset LastModified { get; internal init; }
}

public class PathItem
{
    internal PathItem()
    {
    }

    public string Name { get; internal init; }

    public bool? IsDirectory { get; internal init; }

    public DateTimeOffset LastModified { get; internal init; }

    public ETag ETag { get; internal init; }

    public long? ContentLength { get; internal init; }
}

public enum CopyStatus
{
    Pending = 0,
    Success = 1,
    Aborted = 2,
    Failed = 3,
}

public enum DataLakeLeaseDuration
{
    Infinite = 0,
    Fixed = 1,
}

public enum DataLakeLeaseState
{
    Available = 0,
    Leased = 1,
    Expired = 2,
    Breaking = 3,
    Broken = 4,
}

public enum DataLakeLeaseStatus
{
    Locked = 0,
    Unlocked = 1,
}
