using Azure.Storage.Blobs.Models;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Sessions in a local lake.</summary>
public sealed class LakeSessionContractTests : SessionContract
{
    protected override Task<ISessionsUnderTest> OpenAsync() => Task.FromResult<ISessionsUnderTest>(new LocalSessions());

    private sealed class LocalSessions : ISessionsUnderTest
    {
        private readonly TempFolder _folder = new();

        public LocalSessions()
        {
            LocalLake lake = LocalLake.Open(_folder.File("lake"));
            Sink = new LakeSink(lake, []);
            Reader = new LakeReader(lake);
        }

        public IResultSink Sink { get; }

        public IResultReader Reader { get; }

        public Task<IReadOnlyDictionary<string, string>> DumpAsync() =>
            Task.FromResult<IReadOnlyDictionary<string, string>>(TempFolder.Contents(_folder.File("lake")));

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return default;
        }
    }
}

/// <summary>Sessions in a lake in blob storage (Azurite).</summary>
[Collection("azurite")]
public sealed class BlobSessionContractTests(AzuriteFixture azurite) : SessionContract
{
    protected override Task<ISessionsUnderTest> OpenAsync() => Task.FromResult<ISessionsUnderTest>(new BlobSessions(azurite.Open()));

    private sealed class BlobSessions(BlobBench bench) : ISessionsUnderTest
    {
        public IResultSink Sink { get; } = new LakeSink(bench.Lake, []);

        public IResultReader Reader { get; } = new LakeReader(bench.Lake);

        public async Task<IReadOnlyDictionary<string, string>> DumpAsync()
        {
            Dictionary<string, string> all = [];
            await foreach (BlobItem blob in bench.Raw.GetBlobsAsync())
            {
                all[blob.Name] = $"{blob.Properties.ETag} {blob.Properties.LastModified:O}";
            }

            return all;
        }

        public async ValueTask DisposeAsync() => await bench.Raw.DeleteIfExistsAsync();
    }
}
