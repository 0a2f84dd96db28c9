using Tidemark.Benchmarks.Cost;

namespace Tidemark.Functions.Tests.Cost;

/// <summary>What an event costs in memory on its way from the trigger to the signals does not creep up.</summary>
public sealed class IngestAllocationTests
{
    // Of these at most 21 are the rows that are signalled; the rest is by partition and batch, and so the most with many partitions.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(30)]
    public void Ingest_BatchesOf2000_AllocatesUnder64BytesAnEvent(int partitions) => Assert.InRange(IngestCpu.BytesOf(2_000, partitions), 1, 64);
}
