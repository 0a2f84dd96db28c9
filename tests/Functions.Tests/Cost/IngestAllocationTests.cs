using Tidemark.Benchmarks.Cost;

namespace Tidemark.Functions.Tests.Cost;

/// <summary>What an event costs in memory on its way from the trigger to the signals does not creep up.</summary>
public sealed class IngestAllocationTests
{
    // Of these at most 21 are the rows that are signalled. The rest is by partition and batch: with 30 partitions a batch of 2,000 is 67
    // events of each.
    [Theory]
    [InlineData(1, 64)]
    [InlineData(4, 64)]
    [InlineData(30, 80)]
    public void Ingest_BatchesOf2000_AllocatesFewBytesAnEvent(int partitions, int maxBytes) =>
        Assert.InRange(IngestCpu.BytesOf(2_000, partitions), 1, maxBytes);
}
