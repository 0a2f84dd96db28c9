namespace Azure.Storage.Files.DataLake;

internal static class Stub
{
    public static NotSupportedException NotHere() => new(
        "This build has a stand-in for Azure.Storage.Files.DataLake, which cannot reach Azure: "
            + "build with -p:FullFeed=true on a feed that has the package.");
}
