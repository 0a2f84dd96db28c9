using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>The sink into a lake in blob storage (Azurite), read back through a plain client and Parquet.</summary>
[Collection("azurite")]
public sealed class BlobSinkContractTests(AzuriteFixture azurite) : SinkContract
{
    protected override Task<ISinkUnderTest> OpenAsync() => Task.FromResult<ISinkUnderTest>(new BlobUnderTest(azurite.Open()));

    // Azurite takes a few hundred requests a second, and a window is four of them.
    protected override int ManyWindows => 400;

    private sealed class BlobUnderTest(BlobBench bench) : ISinkUnderTest
    {
        public IResultSink Sink { get; } = new LakeSink(bench.Lake, Windows);

        public async Task<WindowResult?> ReadAsync(WindowResult window)
        {
            BlobClient blob = BlobOf(window);
            return await blob.ExistsAsync() ? await ParquetWindow.ReadAsync((await blob.DownloadContentAsync()).Value.Content.ToStream()) : null;
        }

        public async Task<IReadOnlyDictionary<string, string>> DumpAsync()
        {
            Dictionary<string, string> all = [];
            if (await bench.Raw.ExistsAsync())
            {
                await foreach (BlobItem blob in bench.Raw.GetBlobsAsync())
                {
                    all[blob.Name] = $"{blob.Properties.ETag} {blob.Properties.LastModified:O} {Convert.ToHexString(blob.Properties.ContentHash)}";
                }
            }

            return all;
        }

        public async Task<IDisposable> BreakAsync()
        {
            // Something else lies where the file of a later window is to go: the batch breaks off there.
            BlobClient obstacle = BlobOf(MinuteResult(12));
            await obstacle.UploadAsync(BinaryData.FromString("not Parquet"));
            return new Mended(() => obstacle.Delete());
        }

        public async ValueTask DisposeAsync() => await bench.Raw.DeleteIfExistsAsync();

        private BlobClient BlobOf(WindowResult window) => bench.Blob(LakeLayout.PathOf(window, window.Window == "today"));
    }
}
