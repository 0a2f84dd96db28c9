namespace Azure.Storage.Files.DataLake;

/// <summary>What a call ends in where only the signatures are there.</summary>
internal static class Contract
{
    public static NotSupportedException NotHere() =>
        new("This build was compiled against the signatures of Azure.Storage.Files.DataLake alone and cannot reach Azure: build it on a feed that has the package.");
}
