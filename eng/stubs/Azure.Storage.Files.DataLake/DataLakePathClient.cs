namespace Azure.Storage.Files.DataLake;

public class DataLakePathClient
{
    protected DataLakePathClient()
    {
    }
}
