using Moq;
using Tidemark.Dashboard.Status;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Query;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Support.Fixtures;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Query;

/// <summary>Goal: an example is shown of every reason, and the log is read rarely however often and fast they change.</summary>
public sealed class RecordExamplesTests
{
    private readonly Mock<IBroker> _broker = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly RecordExamples _examples;

    public RecordExamplesTests()
    {
        _examples = new RecordExamples(_broker.Object, MockedApp.Options, _time) { Timeout = TimeSpan.FromMilliseconds(10) };
        _broker.Setup(broker => broker.ReadAsync(It.IsAny<int>(), It.IsAny<long>(), It.IsAny<long>(), 1, It.IsAny<CancellationToken>()))
            .ReturnsAsync((int _, long from, long _, int _, CancellationToken _) => new LogRange(new[] { Given.Text(from, $"record {from}") }, from));
    }

    [Fact]
    public async Task ReadAsync_NewerExample_ReplacesTheOldOneAfterAWhileOnly()
    {
        await ReadAsync(5);
        Assert.Equal("record 5", (await ReadAsync(6)).Text);
        _time.Advance(RecordExamples.MaxAge);
        Assert.Equal("record 6", (await ReadAsync(6)).Text);
    }

    [Fact]
    public async Task ReadAsync_SameExample_IsReadOnce()
    {
        await ReadAsync(5);
        _time.Advance(RecordExamples.MaxAge * 100);
        await ReadAsync(5);
        Assert.Single(_broker.Invocations);
    }

    [Fact]
    public async Task ReadAsync_LogHasDeletedTheRecord_TellsItsPlaceAlone()
    {
        _broker.Setup(broker => broker.ReadAsync(2, 5, 5, 1, It.IsAny<CancellationToken>())).ReturnsAsync(new LogRange(default, 5));
        Assert.Equal(new RecordSample("offset 5 of t/2", null), await ReadAsync(5));
    }

    [Fact]
    public async Task ReadAsync_BrokerDoesNotAnswer_IsWaitedForOnlyOnceAWhile()
    {
        _broker.Setup(broker => broker.ReadAsync(2, 5, 5, 1, It.IsAny<CancellationToken>())).Returns(new TaskCompletionSource<LogRange>().Task);
        Assert.Null((await ReadAsync(5)).Text);
        Assert.Null((await ReadAsync(5)).Text);
        Assert.Single(_broker.Invocations);
    }

    private async Task<RecordSample> ReadAsync(long offset) => (await _examples.ReadAsync(
        new Dictionary<string, RecordPlace> { ["late"] = new(2, offset) }, CancellationToken.None))["late"];
}
