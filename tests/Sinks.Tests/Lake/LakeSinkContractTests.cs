using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>The sink into a local lake, read back through Parquet.</summary>
public sealed class LakeSinkContractTests : SinkContract
{
    protected override Task<ISinkUnderTest> OpenAsync() => Task.FromResult<ISinkUnderTest>(new LakeUnderTest());

    private sealed class LakeUnderTest : ISinkUnderTest
    {
        // Ten thousand windows are flushed to the disk one by one: memory makes that quick.
        private const string Memory = "/dev/shm";

        private readonly DirectoryInfo _directory = Directory.CreateDirectory(
            Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"tidemark-lake-{Guid.NewGuid():N}"));

        public LakeUnderTest() => Sink = new LakeSink(LocalLake.Open(_directory.FullName), Windows);

        public IResultSink Sink { get; }

        public async Task<WindowResult?> ReadAsync(WindowResult window)
        {
            string file = FileOf(window);
            if (!File.Exists(file))
            {
                return null;
            }

            await using FileStream stream = File.OpenRead(file);
            return await ParquetWindow.ReadAsync(stream);
        }

        public async Task<IReadOnlyDictionary<string, string>> DumpAsync()
        {
            Dictionary<string, string> all = [];
            foreach (string file in Directory.EnumerateFiles(_directory.FullName, "*", SearchOption.AllDirectories))
            {
                all[file] = Convert.ToHexString(await File.ReadAllBytesAsync(file)) + File.GetLastWriteTimeUtc(file).Ticks;
            }

            return all;
        }

        public Task<IDisposable> BreakAsync()
        {
            // A directory lies where the file of a later window is to go: the batch breaks off there.
            DirectoryInfo obstacle = Directory.CreateDirectory(FileOf(MinuteResult(12)));
            return Task.FromResult<IDisposable>(new Mended(() => obstacle.Delete()));
        }

        public ValueTask DisposeAsync()
        {
            _directory.Delete(recursive: true);
            return default;
        }

        private string FileOf(WindowResult window) => Path.Combine(_directory.FullName, LakeLayout.PathOf(window, window.Window == "today"));
    }
}
