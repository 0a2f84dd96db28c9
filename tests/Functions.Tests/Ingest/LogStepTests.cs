using System.Text;
using Confluent.Kafka;
using Moq;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>A step through the log takes every record or stops: nothing that was deleted passes as a hole.</summary>
public sealed class LogStepTests
{
    [Fact]
    public async Task CompleteAsync_RetentionDeletesWhileTheGapIsRead_Stops()
    {
        ShrinkingLog log = new() { StartWhenRead = 3 };
        await Assert.ThrowsAsync<LogMismatchException>(() => new LogStep(log, 100).CompleteAsync(0, 0, 4, default, CancellationToken.None).AsTask());
    }

    [Theory]
    [InlineData(ErrorCode.OffsetOutOfRange)]
    [InlineData(ErrorCode.Local_AutoOffsetReset)]
    public async Task CompleteAsync_LogHasNoSuchOffset_BoundsDecideWhatItMeans(ErrorCode code)
    {
        Mock<IBroker> log = new();
        log.Setup(b => b.ReadAsync(0, 3, 5, It.IsAny<int>(), default)).ThrowsAsync(new KafkaException(new Error(code)));
        log.Setup(b => b.BoundsAsync(0, default)).ReturnsAsync(new LogBounds(5, 9));
        await Assert.ThrowsAsync<LogMismatchException>(() => new LogStep(log.Object, 100).CompleteAsync(0, 3, 5, default, default).AsTask());
        log.Setup(b => b.BoundsAsync(0, default)).ReturnsAsync(new LogBounds(0, 9));
        await Assert.ThrowsAsync<KafkaException>(() => new LogStep(log.Object, 100).CompleteAsync(0, 3, 5, default, default).AsTask());
    }

    [Fact]
    public async Task CompleteAsync_NothingIsDeleted_TakesAll()
    {
        LogRange range = await new LogStep(new ShrinkingLog(), 100).CompleteAsync(0, 0, 4, default, CancellationToken.None);
        Assert.Equal(5, range.Records.Length);
        Assert.Equal(4, range.CoveredTo);
    }

    [Fact]
    public async Task CompleteAsync_HoleAfterEveryRecord_IsReadInFewCallsAndNothingTwice()
    {
        Mock<IBroker> log = new();
        log.Setup(b => b.BoundsAsync(0, default)).ReturnsAsync(new LogBounds(0, 2000));
        log.Setup(b => b.ReadAsync(0, It.IsAny<long>(), It.IsAny<long>(), It.IsAny<int>(), default)).ReturnsAsync(
            (int _, long from, long last, int most, CancellationToken _) => Read(from, last, most));
        LogRange range = await new LogStep(log.Object, 10_000).CompleteAsync(0, 0, 1998, Read(0, 1998, int.MaxValue).Records, default);
        Assert.Equal(1000, range.Records.Length);
        Assert.Equal(1998, range.CoveredTo);
        long[] offsets = [.. range.Records.ToArray().Select(record => record.Offset)];
        Assert.Equal(offsets, offsets.Distinct().Order());
        log.Verify(b => b.ReadAsync(0, It.IsAny<long>(), It.IsAny<long>(), It.IsAny<int>(), default), Times.Exactly(LogStep.MaxGaps + 1));

        range = await new LogStep(log.Object, 500).CompleteAsync(0, 0, 1998, Read(0, 1998, int.MaxValue).Records, default);
        Assert.Equal(500, range.Records.Length);
        Assert.Equal(998, range.CoveredTo);

        static LogRange Read(long from, long last, int most)
        {
            KafkaValue[] found = [.. Enumerable.Range(0, 1000).Select(i => new KafkaValue(2L * i, 0, "{}"u8.ToArray()))
                .Where(record => record.Offset >= from && record.Offset <= last).Take(most)];
            return new LogRange(found, found.Length == most ? found[^1].Offset : last);
        }
    }

    private sealed class ShrinkingLog : IBroker
    {
        private long _start;

        public long StartWhenRead { get; init; }

        public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<int>>([0]);

        public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) => Task.FromResult(new LogBounds(_start, 5));

        public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken)
        {
            _start = StartWhenRead;
            KafkaValue[] left = [.. Enumerable.Range((int)_start, 5 - (int)_start)
                .Select(offset => new KafkaValue(offset, 0, Encoding.UTF8.GetBytes("{}")))];
            return Task.FromResult(new LogRange(left, last));
        }

        public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) => Task.FromResult(true);
    }
}
