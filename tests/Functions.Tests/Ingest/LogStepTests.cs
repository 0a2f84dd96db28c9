using System.Text;
using Tidemark.Aggregation.Events;
using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>A step through the log takes every record or stops: nothing that was deleted passes as a hole.</summary>
public sealed class LogStepTests
{
    [Fact]
    public async Task CompleteAsync_RetentionDeletesWhileTheGapIsRead_Stops()
    {
        ShrinkingLog log = new() { StartWhenRead = 3 };
        await Assert.ThrowsAsync<LogMismatchException>(() => new LogStep(log, 100).CompleteAsync(0, 0, 4, [], CancellationToken.None));
    }

    [Fact]
    public async Task CompleteAsync_NothingIsDeleted_TakesAll()
    {
        LogRange range = await new LogStep(new ShrinkingLog(), 100).CompleteAsync(0, 0, 4, [], CancellationToken.None);
        Assert.Equal((5, 4), (range.Records.Count, range.CoveredTo));
    }

    private sealed class ShrinkingLog : IBroker
    {
        private long _start;

        public long StartWhenRead { get; init; }

        public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<int>>([0]);

        public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) => Task.FromResult(new LogBounds(_start, 5));

        public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken)
        {
            _start = StartWhenRead;
            KafkaValue[] left = [.. Enumerable.Range((int)_start, 5 - (int)_start).Select(offset => new KafkaValue(offset, 0, Encoding.UTF8.GetBytes("{}")))];
            return Task.FromResult(new LogRange(left, last));
        }

        public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) => Task.FromResult(true);
    }
}
