using Tidemark.Support.Fixtures;

namespace Tidemark.AzureStorage.Tests;

/// <summary>A storage account for the tests of a class; each test has a task hub of its own in it.</summary>
public sealed class StorageFixture : IDisposable
{
    private readonly AzuriteServer _server = AzuriteServer.Start();

    public string ConnectionString => _server.ConnectionString;

    public void Dispose() => _server.Dispose();
}
