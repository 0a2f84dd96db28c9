using Azure.Core;

namespace Azure.Storage.Files.DataLake;

public class DataLakeClientOptions : ClientOptions
{
    public DataLakeClientOptions(ServiceVersion version = ServiceVersion.V2025_11_05) => Version = version;

    public ServiceVersion Version { get; }

    /// <summary>The newest of the real ones.</summary>
    public enum ServiceVersion
    {
        V2025_11_05 = 28,
    }
}
