using Tidemark.Sinks.Lake;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>The address of a lake in Azure, as people write it.</summary>
public sealed class AzureRootTests
{
    private const string Adls = "abfss://lake@account.dfs.core.windows.net/shop/a";
    private const string Blob = "https://account.blob.core.windows.net/lake/shop/a";

    [Theory]
    [InlineData("abfss://lake@account.dfs.core.windows.net/shop/a/", AzureService.DataLake, Adls, "https://account.dfs.core.windows.net/lake")]
    [InlineData("https://account.dfs.core.windows.net/lake/shop/a", AzureService.DataLake, Adls, "https://account.dfs.core.windows.net/lake")]
    [InlineData("https://account.dfs.core.windows.net/lake", AzureService.DataLake, "abfss://lake@account.dfs.core.windows.net",
        "https://account.dfs.core.windows.net/lake")]
    [InlineData("https://account.blob.core.windows.net/lake/shop/a/", AzureService.Blob, Blob, "https://account.blob.core.windows.net/lake")]
    [InlineData("https://account.z1.blob.storage.azure.net/lake", AzureService.Blob, "https://account.z1.blob.storage.azure.net/lake",
        "https://account.z1.blob.storage.azure.net/lake")]
    [InlineData("https://account.blob.core.chinacloudapi.cn/my-lake-1/a%20b", AzureService.Blob,
        "https://account.blob.core.chinacloudapi.cn/my-lake-1/a b", "https://account.blob.core.chinacloudapi.cn/my-lake-1")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/lake/a", AzureService.Blob, "http://127.0.0.1:10000/devstoreaccount1/lake/a",
        "http://127.0.0.1:10000/devstoreaccount1/lake")]
    [InlineData("http://azurite:10000/devstoreaccount1/lake", AzureService.Blob, "http://azurite:10000/devstoreaccount1/lake",
        "http://azurite:10000/devstoreaccount1/lake")]
    [InlineData("http://localhost:10000/other/lake", AzureService.Blob, "http://localhost:10000/other/lake", "http://localhost:10000/other/lake")]
    [InlineData("https://10.0.0.4:10000/other/lake/a", AzureService.Blob, "https://10.0.0.4:10000/other/lake/a", "https://10.0.0.4:10000/other/lake")]
    [InlineData("http://[::1]:10000/devstoreaccount1/lake", AzureService.Blob, "http://[::1]:10000/devstoreaccount1/lake",
        "http://[::1]:10000/devstoreaccount1/lake")]
    public void Parse_Root_IsRead(string root, AzureService service, string name, string container)
    {
        Assert.True(AzureRoot.IsMeant(root));
        AzureRoot parsed = AzureRoot.Parse(root);

        Assert.Equal((service, name, container), (parsed.Service, parsed.ToString(), parsed.ContainerAddress.AbsoluteUri));
    }

    [Theory]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/lake/a", true)]
    [InlineData("http://azurite:10000/devstoreaccount1/lake", true)]
    [InlineData("http://localhost:10000/other/lake", false)]
    [InlineData("https://127.0.0.1:10000/devstoreaccount1/lake", false)]
    [InlineData("https://devstoreaccount1.blob.core.windows.net/lake", false)]
    [InlineData("https://account.blob.core.windows.net/devstoreaccount1/lake", false)]
    [InlineData("abfss://devstoreaccount1@account.dfs.core.windows.net/devstoreaccount1", false)]
    public void IsEmulator_Root_IsTrueForItsOwnAccountOverHttp(string root, bool expected) =>
        Assert.Equal(expected, AzureRoot.Parse(root).IsEmulator);

    [Theory]
    [InlineData("https://account.dfs.core.windows.net/lake?sig=SECRET")]
    [InlineData("https://account.blob.core.windows.net/lake?sv=2026&sig=SECRET")]
    [InlineData("https://account.blob.core.windows.net/lake#SECRET")]
    [InlineData("https://user:SECRET@account.dfs.core.windows.net/lake")]
    [InlineData("https://SECRET@account.blob.core.windows.net/lake")]
    [InlineData("abfss://lake:SECRET@account.dfs.core.windows.net/")]
    [InlineData("abfss://account.dfs.core.windows.net/lake")]
    [InlineData("http://account.dfs.core.windows.net/lake")]
    [InlineData("http://account.blob.core.windows.net/lake")]
    [InlineData("http://10.0.0.4:10000/other/lake")]
    [InlineData("https://account.dfs.core.windows.net/")]
    [InlineData("https://account.blob.core.windows.net")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1")]
    [InlineData("https://account.queue.core.windows.net/lake")]
    [InlineData("https://blob.example.com/lake")]
    [InlineData("wasbs://lake@account.blob.core.windows.net/")]
    [InlineData("://")]
    public void Parse_OtherRoot_IsRefusedWithoutRepeatingIt(string root)
    {
        Assert.True(AzureRoot.IsMeant(root));
        SinkException error = Assert.Throws<SinkException>(() => AzureRoot.Parse(root));

        Assert.Equal($"cannot use the root of the lake: expected {AzureRoot.Expected}", error.Message);
        Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account;AccountKey=SECRET;EndpointSuffix=core.windows.net")]
    [InlineData("BlobEndpoint=https://account.blob.core.windows.net/;SharedAccessSignature=SECRET")]
    public void Parse_ConnectionString_IsNotTakenForADirectory(string root)
    {
        Assert.True(AzureRoot.IsMeant(root));
        SinkException error = Assert.Throws<SinkException>(() => AzureRoot.Parse(root));

        Assert.EndsWith("; a connection string is a setting of its own", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("Lake")]
    [InlineData("my_lake")]
    [InlineData("-lake")]
    [InlineData("lake-")]
    [InlineData("my--lake")]
    [InlineData("a123456789b123456789c123456789d123456789e123456789f123456789abcd")]
    public void Parse_NameThatNoContainerCanHave_IsRefused(string container)
    {
        SinkException error = Assert.Throws<SinkException>(() => AzureRoot.Parse($"https://account.blob.core.windows.net/{container}/a"));

        Assert.Contains("expected a container's name of 3 to 63", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lake")]
    [InlineData("/var/lake")]
    [InlineData(@"C:\lake")]
    [InlineData("lake=1")]
    public void IsMeant_Directory_IsFalse(string root) => Assert.False(AzureRoot.IsMeant(root));
}
