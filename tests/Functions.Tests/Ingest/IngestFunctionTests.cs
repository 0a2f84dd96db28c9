using Microsoft.Azure.Functions.Worker;
using Moq;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Protocol;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Ingest;

/// <summary>The bodies of the two Kafka triggers.</summary>
public sealed class IngestFunctionTests : IDisposable
{
    private readonly MockedApp _app = new();

    public void Dispose() => _app.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_BatchOfTwoPartitions_EachIsAppliedFromItsOwnRecords(bool sasl)
    {
        Given2();
        AdvanceCursors();
        await RunAsync(sasl, Record(1, 0, "{"), Record(0, 0, " "), Record(1, 1, "["), Record(0, 1, ""));
        Assert.Equal(["Advance @partitionentity@t~1:0", "Advance @partitionentity@t~1:1", "dead letters 0,1"], _app.Calls.Order());
        Assert.Equal(2L, _app.Cursor(0).Next);
        Assert.Equal(2L, _app.Cursor(1).Next);
        Assert.Equal(2L, _app.Cursor(0).Blank);
        Assert.Equal(2L, _app.Cursor(1).Rejected);
        _app.DeadLetters.Verify(
            d => d.WriteAsync(It.Is<IReadOnlyList<RejectedRecord>>(records => records.All(record => record.Partition == 1)
                && records.Count == 2), _app.Token), Times.Once);
    }

    [Fact]
    public async Task Run_Rejected_DeadLettersAreWrittenBeforeTheCursorMoves()
    {
        Given2();
        AdvanceCursors();
        await RunAsync(false, Record(0, 0, "{"));
        Assert.Equal(["dead letters 0", "Advance @partitionentity@t~1:0"], _app.Calls);
    }

    [Fact]
    public async Task Run_DeadLettersCannotBeWritten_ThrowsAndTheCursorStays()
    {
        Given2();
        AdvanceCursors();
        InvalidOperationException problem = new("away");
        _app.DeadLetters.Setup(d => d.WriteAsync(It.IsAny<IReadOnlyList<RejectedRecord>>(), _app.Token)).ThrowsAsync(problem);
        Assert.Same(problem, await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(false, Record(0, 0, "{"))));
        Assert.Empty(_app.Calls);
        Assert.Equal(0, _app.Cursor(0).Next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_StoreFails_ThrowsSoThatTheTriggerRetries(bool sasl)
    {
        InvalidOperationException problem = new("away");
        _app.FailStore(problem);
        Assert.Same(problem, await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(sasl, Record(0, 0, "{"))));
        Assert.Empty(_app.Calls);
    }

    [Fact]
    public async Task Run_OnePartitionFails_ThrowsAndTheOtherIsApplied()
    {
        Given2();
        AdvanceCursors();
        _app.Entities.Setup(c => c.GetEntityAsync<byte[]>(MockedApp.Names.Partition(0), true, _app.Token))
            .ThrowsAsync(new InvalidOperationException("away"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(false, Record(0, 0, "{"), Record(1, 0, "{")));
        Assert.Equal(1, _app.Cursor(1).Next);
    }

    [Fact]
    public async Task Run_BatchAlreadyApplied_NothingButALookAtTheLog()
    {
        _app.Put(Given.Topic(0));
        _app.Put(0, Given.Applied(0.5, 0.6));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(0, 2));
        await RunAsync(false, Record(0, 1, "{"));
        Assert.Empty(_app.Calls);
        _app.Broker.Verify(b => b.BoundsAsync(0, _app.Token), Times.Once);
    }

    [Fact]
    public async Task Run_LogEndsBeforeTheCursor_SaysOnceWhatToDoAndTheOtherPartitionIsApplied()
    {
        Given2();
        AdvanceCursors();
        _app.Put(0, Given.Applied(0.5, 0.6));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(0, 1));
        await RunAsync(false, Record(0, 0, "{"), Record(1, 0, "{"));
        await RunAsync(false, Record(0, 0, "{"), Record(1, 1, "{"));
        Assert.Equal(2L, _app.Cursor(0).Next);
        Assert.Equal(2L, _app.Cursor(1).Next);
        string said = Assert.Single(_app.Log.All.Split('\n'), line => line.StartsWith("Error: Partition 0 is stopped", StringComparison.Ordinal));
        Assert.Contains("Partition 0 was applied up to offset 2, but its log ends at 1", said, StringComparison.Ordinal);
        Assert.Contains("KafkaGeneration", said, StringComparison.Ordinal);
        Assert.True(_app.Get<StoppedPartitions>().Contains(0));
    }

    [Fact]
    public async Task Run_StateOfAPartitionIsCorrupt_TheOtherPartitionIsApplied()
    {
        Given2();
        AdvanceCursors();
        _app.Put(MockedApp.Names.Partition(0), [1, 2, 3]);
        await RunAsync(false, Record(0, 0, "{"), Record(1, 0, "{"));
        Assert.Equal(1, _app.Cursor(1).Next);
        Assert.Contains("Error: Partition 0 is stopped", _app.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StoppedPartitionCanGoOn_IsApplied()
    {
        Given2();
        AdvanceCursors();
        _app.Broker.Setup(b => b.ReadAsync(0, 0, 1, It.IsAny<int>(), _app.Token)).ReturnsAsync(new LogRange(default, 1));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(2, 3));
        await RunAsync(false, Record(0, 2, "{"));
        Assert.Equal(0L, _app.Cursor(0).Next);
        Assert.True(_app.Get<StoppedPartitions>().Contains(0));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(0, 3));
        await RunAsync(false, Record(0, 2, "{"));
        Assert.Equal(3L, _app.Cursor(0).Next);
        Assert.False(_app.Get<StoppedPartitions>().Contains(0));
        Assert.Contains("Information: Partition 0 has resumed", _app.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Cancelled_Throws()
    {
        Given2(); // the cursor never moves, so it waits
        Task run = RunAsync(false, Record(0, 0, "{"));
        _app.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private static KafkaRecord Record(int partition, long offset, string value) => new()
    {
        Topic = "t",
        Partition = partition,
        Offset = offset,
        Key = [],
        Value = TestTopic.Bytes(value),
        Timestamp = new KafkaTimestamp { UnixTimestampMs = Given.Minute(0.5) },
        Headers = [],
    };

    private Task RunAsync(bool sasl, params KafkaRecord[] records)
    {
        IngestFunction function = _app.Get<IngestFunction>();
        return sasl ? function.SaslIngestFunction(records, _app.Client.Object, _app.Token) : function.Run(records, _app.Client.Object, _app.Token);
    }

    private void Given2()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Open());
        _app.Put(1, Given.Open());
    }

    /// <summary>Makes the partitions apply every signal.</summary>
    private void AdvanceCursors() => _app.OnSignal = (id, _, input) =>
    {
        int partition = id == MockedApp.Names.Partition(0) ? 0 : 1;
        PartitionState cursor = _app.Cursor(partition);
        cursor.Advance((PartitionAdvance)input!);
        _app.Put(partition, cursor);
    };
}
