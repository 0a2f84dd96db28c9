using Tidemark.Sinks.Lake;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Logins that fit their lake, and those that are refused before anything is asked of Azure.</summary>
public sealed class AzureLoginTests
{
    private const string Blob = "https://account.blob.core.windows.net/lake/a";
    private const string Adls = "https://account.dfs.core.windows.net/lake/a";
    private const string Azurite = "http://127.0.0.1:10000/devstoreaccount1/lake";
    private const string Key = "AccountKey=U0VDUkVU"; // SECRET
    private const string Unreadable = "the connection string is not in the form in which Azure shows it";
    private const string OfAnother =
        "expected the connection string of that account, got one of https://another.blob.core.windows.net, account another";
    private const string OfAccount = $"DefaultEndpointsProtocol=https;AccountName=account;{Key};EndpointSuffix=core.windows.net";

    [Theory]
    [InlineData(Blob, OfAccount)]
    [InlineData(Adls, OfAccount)]
    [InlineData(Blob, "BlobEndpoint=https://account.blob.core.windows.net/;SharedAccessSignature=sv=2026-02-06&sig=U0VDUkVU")]
    [InlineData(Azurite, "UseDevelopmentStorage=true")]
    [InlineData("http://localhost:10000/other/lake",
        $"DefaultEndpointsProtocol=http;AccountName=other;{Key};BlobEndpoint=http://localhost:10000/other;")]
    [InlineData(Blob, null)]
    [InlineData(Adls, null)]
    [InlineData(Azurite, null)]
    public void RequireFit_LoginOfTheRoot_IsTaken(string root, string? connectionString) =>
        new AzureLogin { ConnectionString = connectionString }.RequireFit(AzureRoot.Parse(root));

    [Theory]
    [InlineData(Blob, "DefaultEndpointsProtocol=https;AccountName=another;AccountKey=U0VDUkVU;EndpointSuffix=core.windows.net", OfAnother)]
    [InlineData(Adls, "DefaultEndpointsProtocol=https;AccountName=another;AccountKey=U0VDUkVU;EndpointSuffix=core.windows.net", OfAnother)]
    [InlineData("http://127.0.0.1:10001/devstoreaccount1/lake", "UseDevelopmentStorage=true",
        "expected the connection string of that account, got one of http://127.0.0.1:10000, account devstoreaccount1")]
    [InlineData(Blob, "BlobEndpoint=https://another.blob.core.windows.net/;SharedAccessSignature=sv=2026-02-06&sig=U0VDUkVU", OfAnother)]
    [InlineData(Blob, "BlobEndpoint=https://account.blob.core.windows.net/",
        "expected a connection string with AccountKey or SharedAccessSignature, got one with neither")]
    [InlineData(Blob, "U0VDUkVU", Unreadable)]
    [InlineData(Blob, "AccountName=account;AccountKey=U0VDUkVU;EndpointSuffix=core.windows.net;EndpointSuffix=x", Unreadable)]
    [InlineData(Blob, "DefaultEndpointsProtocol=https;AccountName=account;AccountKey=no U0VDUkVU base64!", Unreadable)]
    [InlineData(Blob, "BlobEndpoint=U0VDUkVU;AccountName=account;AccountKey=U0VDUkVU", Unreadable)]
    [InlineData(Blob, "AccountKey=U0VDUkVU", Unreadable)]
    [InlineData(Blob, "=;;=", Unreadable)]
    [InlineData(Blob, "@Microsoft.KeyVault(SecretUri=https://vault/U0VDUkVU)", Unreadable)]
    public void Open_LoginThatCannotBe_IsRefusedWithoutRepeatingIt(string root, string connectionString, string expected)
    {
        SinkException error = Assert.Throws<SinkException>(() => AzureLake.Open(root, new AzureLogin { ConnectionString = connectionString }));

        Assert.Equal($"cannot log in to the lake {AzureRoot.Parse(root)}: {expected}", error.Message);
        Assert.DoesNotContain("U0VDUkVU", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ConnectionStringAndIdentity_IsRefused()
    {
        AzureLogin both = new() { ConnectionString = OfAccount, ClientId = "id" };

        SinkException error = Assert.Throws<SinkException>(() => AzureLake.Open(Blob, both));

        Assert.EndsWith("expected either a connection string or the client id of an identity, got both", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BlobRoot_IsABlobLake() => Assert.Equal(Blob, Assert.IsType<BlobLake>(AzureLake.Open(Blob)).Root);

    [Fact]
    public void ToString_ConnectionString_IsNotShown()
    {
        Assert.Equal("connection string", new AzureLogin { ConnectionString = OfAccount }.ToString());
        Assert.Equal("identity id", new AzureLogin { ClientId = "id" }.ToString());
        Assert.Equal("default identity", new AzureLogin().ToString());
    }
}
