using Tidemark.Support.Fixtures;

namespace Tidemark.AzureStorage.Tests;

/// <summary>One storage account for all tests of this project; each test has a task hub of its own in it.</summary>
public sealed class StorageFixture : IDisposable
{
    private readonly AzuriteServer _server = AzuriteServer.Start();

    public string ConnectionString => _server.ConnectionString;

    public void Dispose() => _server.Dispose();
}

/// <summary>They take turns: what they measure is time.</summary>
[CollectionDefinition(nameof(StorageTests))]
public sealed class StorageTests : ICollectionFixture<StorageFixture>;
