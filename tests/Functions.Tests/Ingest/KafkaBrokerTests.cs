using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Ingest;
using Tidemark.Support.Fixtures;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>Reading a topic through real sockets.</summary>
public sealed class KafkaBrokerTests
{
    [Fact]
    public async Task Partitions_TopicOfSeven_AllInOrder()
    {
        using TestTopic topic = new(partitions: 7);
        using KafkaBroker broker = topic.Broker();
        Assert.Equal(Enumerable.Range(0, 7), await broker.PartitionsAsync(default));
    }

    [Fact]
    public async Task Partitions_AskedAgainAtOnce_AnsweredFromMemory()
    {
        using TestTopic topic = new(partitions: 3);
        using KafkaBroker broker = topic.Broker();
        await broker.PartitionsAsync(default);
        topic.Cluster.SetDown();
        Assert.Equal([0, 1, 2], await broker.PartitionsAsync(default));
    }

    [Fact]
    public async Task Ping_BrokerGoesAway_IsSaidWhilePartitionsStillComeFromMemory()
    {
        using TestTopic topic = new(partitions: 3);
        ManualTime time = new(DateTimeOffset.UnixEpoch);
        using KafkaBroker broker = new(topic.Options, time, topic.Log.Of<KafkaBroker>()) { CallTimeout = TimeSpan.FromSeconds(3) };
        await broker.PartitionsAsync(default);
        await broker.PingAsync(default);
        topic.Cluster.SetDown();
        await broker.PingAsync(default); // the same answer
        time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<KafkaException>(() => broker.PingAsync(default));
        Assert.Equal([0, 1, 2], await broker.PartitionsAsync(default));
    }

    [Fact]
    public async Task Ping_ManyAskWhileTheBrokerIsSilent_OneCallIsMade()
    {
        using TestTopic topic = new();
        topic.Cluster.SetRoundTrip(TimeSpan.FromSeconds(1));
        using KafkaBroker broker = topic.Broker();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => broker.PingAsync(default)));
        Assert.Equal(1, broker.Consumers);
    }

    [Fact]
    public async Task Partitions_NoSuchTopic_SaysWhichTopicWhereAndWhatToDo()
    {
        using TestTopic topic = new();
        topic.Cluster.SetTopicError(TestTopic.Name, ErrorCode.UnknownTopicOrPart);
        using KafkaBroker broker = topic.Broker();
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => broker.PartitionsAsync(default));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, problem.Error.Code);
        Assert.Contains($"'clicks' could not be read at {topic.Cluster.Brokers}", problem.Message, StringComparison.Ordinal);
        Assert.Contains("Create the topic, or correct KafkaTopic.", problem.Message, StringComparison.Ordinal);
        topic.Cluster.SetTopicError(TestTopic.Name, ErrorCode.NoError);
        Assert.Equal([0], await broker.PartitionsAsync(default));
    }

    [Fact]
    public async Task Bounds_EmptyAndFilled_StartAndEnd()
    {
        using TestTopic topic = new(partitions: 2);
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(1, 42);
        Assert.Equal(new LogBounds(0, 0), await broker.BoundsAsync(0, default));
        Assert.Equal(new LogBounds(0, 42), await broker.BoundsAsync(1, default));
    }

    [Theory]
    [InlineData(0, 99, 1000, 0, 100, 99)] // the whole log
    [InlineData(0, 99, 10, 0, 10, 9)] // the first of it
    [InlineData(37, 41, 1000, 37, 5, 41)] // from the middle
    [InlineData(99, 99, 1, 99, 1, 99)] // the last one
    [InlineData(90, 500, 1000, 90, 10, 99)] // beyond the end: no waiting for what is not there
    [InlineData(100, 500, 1000, 0, 0, 99)] // nothing but the end
    public async Task Read_Range_ExactlyItsRecords(long from, long last, int most, int first, int count, long coveredTo)
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, 100);
        LogRange range = await broker.ReadAsync(0, from, last, most, default);
        Assert.Equal(Enumerable.Range(first, count).Select(offset => ((long)offset, offset.ToString(CultureInfo.InvariantCulture))),
            range.Records.ToArray().Select(Text));
        Assert.Equal(coveredTo, range.CoveredTo);
    }

    [Fact]
    public async Task Read_EmptyPartition_NothingCovered()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        LogRange range = await broker.ReadAsync(0, 0, 10, 10, default);
        Assert.Empty(range.Records.ToArray());
        Assert.Equal(-1, range.CoveredTo);
    }

    [Fact]
    public async Task Read_OneReaderAfterAnother_NoRecordsOfTheLastPartition()
    {
        using TestTopic topic = new(partitions: 3);
        using KafkaBroker broker = topic.Broker();
        for (int p = 0; p < 3; p++)
        {
            int partition = p;
            await topic.AppendAsync(p, Enumerable.Range(0, 500).Select(i => TestTopic.Bytes($"{partition}:{i}")));
        }

        for (int i = 0; i < 60; i++)
        {
            int partition = i % 3;
            LogRange range = await broker.ReadAsync(partition, i, i + 1, 2, default);
            Assert.Equal([$"{partition}:{i}", $"{partition}:{i + 1}"], range.Records.ToArray().Select(record => Text(record).Value));
        }

        Assert.Equal(1, broker.Consumers);
    }

    [Fact]
    public async Task Read_NullAndEmptyValues_KeepTheirOffsets()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, [TestTopic.Bytes("a"), null, [], TestTopic.Bytes("b")]);
        LogRange range = await broker.ReadAsync(0, 0, 3, 10, default);
        Assert.Equal([(0L, "a"), (1L, ""), (2L, ""), (3L, "b")], range.Records.ToArray().Select(Text));
        Assert.All(range.Records.ToArray(), record => Assert.InRange(
            record.ArrivalMs, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 600_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Read_FromTheMiddleOfACompressedBatch_NoRecordBeforeIt(CompressionType compression)
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, Enumerable.Range(0, 1000).Select(i => TestTopic.Bytes($"record {i} {new string('x', 100)}")), compression);
        LogRange range = await broker.ReadAsync(0, 501, 700, 1000, default);
        Assert.Equal(Enumerable.Range(501, 200).Select(i => $"record {i} {new string('x', 100)}"), range.Records.ToArray().Select(
            record => Text(record).Value));
    }

    [Fact]
    public async Task Read_RecordOfFourMebibytes_Whole()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        byte[] large = new byte[4 << 20];
        new Random(1).NextBytes(large);
        await topic.AppendAsync(0, [large, TestTopic.Bytes("after")]);
        LogRange range = await broker.ReadAsync(0, 0, 1, 10, default);
        Assert.Equal(2, range.Records.Length);
        Assert.True(range.Records.ToArray()[0].Bytes.Span.SequenceEqual(large));
    }

    [Fact]
    public async Task Read_MoreThanItsMemory_TheFirstOfItAndSaysHowFar()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();

        // They compress to almost nothing, so the broker holds far more than one read may take.
        await topic.AppendAsync(0, Enumerable.Repeat(new byte[1 << 20], 80), CompressionType.Zstd);
        LogRange range = await broker.ReadAsync(0, 0, 79, 10_000, default);
        Assert.Equal(KafkaBroker.MaxReadBytes >> 20, range.Records.Length);
        Assert.Equal(range.Records.Length - 1, range.CoveredTo);
        LogRange rest = await broker.ReadAsync(0, range.CoveredTo + 1, 79, 10_000, default);
        Assert.Equal(range.CoveredTo + 1, rest.Records.ToArray()[0].Offset);
    }

    [Fact]
    public async Task Read_BeforeTheStartOfAShortenedLog_SaysThatTheLogNoLongerHoldsIt()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        byte[] noise = new byte[64 << 10];
        new Random(1).NextBytes(noise);
        await topic.AppendAsync(0, Enumerable.Repeat(noise, 160)); // twice of what the mock holds
        LogBounds bounds = await broker.BoundsAsync(0, default);
        Assert.True(bounds.Start > 0 && bounds.End == 160, $"{bounds}");
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => broker.ReadAsync(0, 0, 5, 10, default));
        Assert.Contains("partition 0 of topic 'clicks' could not be read from offset 0", problem.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("no longer holds this offset", problem.Message, StringComparison.Ordinal);
        Assert.Equal(bounds.Start, (await broker.ReadAsync(0, bounds.Start, bounds.End - 1, 1, default)).Records.ToArray()[0].Offset);
    }

    [Fact]
    public async Task Read_BeyondTheEndOfTheLog_IsAnErrorAndNoHole()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, 10);
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => broker.ReadAsync(0, 50, 60, 10, default));
        Assert.Contains("no longer holds this offset", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bounds_PartitionThatIsNotThere_SaysSo()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        KafkaException problem = await Assert.ThrowsAsync<KafkaException>(() => broker.BoundsAsync(9, default));
        Assert.Contains("Create the topic, or correct KafkaTopic", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HasRecord_BeforeAndAtTheEnd_TrueAndFalse()
    {
        using TestTopic topic = new(partitions: 2);
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, 10);
        Assert.True(await broker.HasRecordAsync(0, 0, default));
        Assert.True(await broker.HasRecordAsync(0, 9, default));
        Assert.False(await broker.HasRecordAsync(0, 10, default));
        Assert.False(await broker.HasRecordAsync(1, 0, default));
    }

    [Fact]
    public async Task EveryCall_BrokerAway_FailsInTimeNamingItAndWorksWhenItIsBack()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker(2);
        await topic.AppendAsync(0, 10);
        await Eventually(() => broker.ReadAsync(0, 0, 9, 10, default)); // it has a consumer that was connected
        topic.Cluster.SetDown();
        long started = Stopwatch.GetTimestamp();
        Exception[] problems =
        [
            (await Record.ExceptionAsync(() => broker.PartitionsAsync(default)))!,
            (await Record.ExceptionAsync(() => broker.BoundsAsync(0, default)))!,
            (await Record.ExceptionAsync(() => broker.ReadAsync(0, 0, 9, 10, default)))!,
            (await Record.ExceptionAsync(() => broker.HasRecordAsync(0, 0, default)))!,
        ];
        Assert.All(problems, problem =>
        {
            Assert.True(problem is KafkaException or TimeoutException, $"{problem}");
            Assert.Contains($"topic 'clicks' could not be read", problem.Message, StringComparison.Ordinal);
            Assert.Contains(topic.Cluster.Brokers, problem.Message, StringComparison.Ordinal);
            Assert.Contains("Check that the brokers of KafkaBrokers run", problem.Message, StringComparison.Ordinal);
        });
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 60);
        topic.Cluster.SetUp();
        Assert.Equal(10, (await Eventually(() => broker.ReadAsync(0, 0, 9, 10, default))).Records.Length);
        Assert.Equal(new LogBounds(0, 10), await Eventually(() => broker.BoundsAsync(0, default)));
        Assert.Equal([0], await Eventually(() => broker.PartitionsAsync(default)));
    }

    [Fact]
    public async Task Read_BrokerRefusesSomeFetches_GoesOnByItself()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(0, 10);
        topic.Cluster.FailNext(1, ErrorCode.NotLeaderForPartition, ErrorCode.LeaderNotAvailable, ErrorCode.NotLeaderForPartition);
        Assert.Equal(10, (await broker.ReadAsync(0, 0, 9, 10, default)).Records.Length);
    }

    [Fact]
    public async Task Read_Cancelled_EndsAtOnceAndLeavesNothingBehind()
    {
        using TestTopic topic = new();
        using KafkaBroker broker = topic.Broker(60);
        await topic.AppendAsync(0, 10);
        topic.Cluster.SetDown();
        using CancellationTokenSource source = new();
        Task<LogRange> read = broker.ReadAsync(0, 0, 9, 10, source.Token);
        await Until(() => broker.Consumers == 1);
        long cancelled = Stopwatch.GetTimestamp();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled).TotalSeconds, 0, 10);
        await Until(() => broker.Consumers == 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => broker.BoundsAsync(0, source.Token));
        Assert.Equal(0, broker.Consumers);
    }

    [Fact]
    public async Task Bounds_CancelledInACallThatCannotBeBrokenOff_EndsAtOnce()
    {
        using TestTopic topic = new();
        topic.Cluster.SetDown();
        KafkaBroker broker = topic.Broker(20);
        using CancellationTokenSource source = new();
        Task<LogBounds> bounds = broker.BoundsAsync(0, source.Token);
        await Until(() => broker.Consumers == 1);
        long cancelled = Stopwatch.GetTimestamp();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bounds);
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled).TotalSeconds, 0, 10);
        topic.Cluster.SetUp(); // lets the call end
        broker.Dispose();
        await Until(() => broker.Consumers == 0);
    }

    [Fact]
    public async Task Calls_ManyAtATime_OnlySoManyConsumersAndAllAnswered()
    {
        using TestTopic topic = new(partitions: 4);
        using KafkaBroker broker = topic.Broker();
        await topic.AppendAsync(2, 50);
        topic.Cluster.SetRoundTrip(TimeSpan.FromMilliseconds(50));
        const int Calls = 4 * KafkaBroker.MaxCalls;
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Calls + workers, ports); // so that nothing but the broker itself holds them back
        try
        {
            int[] ends = [.. (await Task.WhenAll(Enumerable.Range(0, Calls).Select(i => broker.BoundsAsync(i % 4, default))))
                .Select(bounds => (int)bounds.End)];
            Assert.Equal(Enumerable.Range(0, Calls).Select(i => i % 4 == 2 ? 50 : 0), ends);
            Assert.InRange(broker.Consumers, 1, KafkaBroker.MaxCalls);
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
    }

    [Fact]
    public async Task Dispose_IdleAndInUse_ClosesAll()
    {
        using TestTopic topic = new();
        KafkaBroker broker = topic.Broker(60);
        await topic.AppendAsync(0, 10);
        topic.Cluster.SetRoundTrip(TimeSpan.FromMilliseconds(500));
        Task<LogRange> inUse = broker.ReadAsync(0, 0, 9, 10, default);
        await Until(() => broker.Consumers == 1);
        broker.Dispose();
        broker.Dispose();
        Assert.Equal(10, (await inUse).Records.Length);
        await Until(() => broker.Consumers == 0);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => broker.BoundsAsync(0, default));
    }

    private static (long Offset, string Value) Text(KafkaValue record) => (record.Offset, Encoding.UTF8.GetString(record.Bytes.Span));

    private static async Task Until(Func<bool> condition)
    {
        long until = Environment.TickCount64 + 60_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < until, "It did not come about in a minute.");
            await Task.Delay(10);
        }
    }

    private static async Task<T> Eventually<T>(Func<Task<T>> call)
    {
        long until = Environment.TickCount64 + 60_000;
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception problem) when (problem is KafkaException or TimeoutException && Environment.TickCount64 < until)
            {
                // Not back yet; the call itself has waited.
            }
        }
    }
}
