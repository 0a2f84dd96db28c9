using Moq;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;
using Tidemark.Support.Fixtures;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Closing;

/// <summary>
/// Goal: the store is left alone only while nothing can have changed in it. The cursors of two partitions stand at 2 and 1.
/// <code>
/// p0  r r |        the log ends at 2
/// p1  r |          the log ends at 1
/// </code>
/// </summary>
public sealed class RestWatchTests
{
    private readonly Mock<IBroker> _broker = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly PartitionView[] _views = [new(0, Given.Applied(0.5, 1.5), HasMore: true), new(1, Given.Applied(1), HasMore: true)];
    private readonly RestWatch _watch;

    public RestWatchTests()
    {
        _watch = new RestWatch(_broker.Object, _time);
        _broker.Setup(b => b.PartitionsAsync(default)).ReturnsAsync([0, 1]);
        Ends(2, 1);
    }

    [Fact]
    public async Task TryBegin_CursorsHaveJustMoved_TheBrokerIsNotAsked()
    {
        Assert.False(await _watch.TryBeginAsync(_views, default));
        _broker.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task TryBegin_CursorsStoodStillAtTheEnds_IsAtRest()
    {
        Assert.True(await BeginAsync());
        Assert.True(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task TryBegin_RecordBeyondACursor_IsNot()
    {
        Ends(2, 2);
        _broker.Setup(b => b.HasRecordAsync(1, 1, default)).ReturnsAsync(true);
        Assert.False(await BeginAsync());
    }

    [Fact]
    public async Task TryBegin_MarkersBeyondACursor_IsAtRest()
    {
        Ends(2, 2);
        Assert.True(await BeginAsync());
        Assert.True(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task TryBegin_LogIsNotTheCursors_IsNot()
    {
        Ends(2, 0);
        Assert.False(await BeginAsync());
    }

    [Fact]
    public async Task TryBegin_PartitionThatNobodyBegan_IsNot()
    {
        _broker.Setup(b => b.PartitionsAsync(default)).ReturnsAsync([0, 1, 2]);
        Assert.False(await BeginAsync());
    }

    [Fact]
    public async Task TryBegin_CursorIsNotOpen_IsNot() =>
        Assert.False(await BeginAsync([_views[0], new PartitionView(1, new PartitionState(), HasMore: true)]));

    [Fact]
    public async Task TryBegin_BrokerIsAway_IsNot()
    {
        _broker.Setup(b => b.BoundsAsync(1, default)).ThrowsAsync(new TimeoutException());
        Assert.False(await BeginAsync());
    }

    [Fact]
    public async Task IsStill_NeverBegun_IsNot() => Assert.False(await _watch.IsStillAsync(default));

    [Fact]
    public async Task IsStill_LogGrows_IsNot()
    {
        await BeginAsync();
        Ends(2, 2);
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task IsStill_LogIsMadeAnew_IsNot()
    {
        await BeginAsync();
        Ends(2, 0);
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task IsStill_PartitionIsAdded_IsNot()
    {
        await BeginAsync();
        _broker.Setup(b => b.PartitionsAsync(default)).ReturnsAsync([0, 1, 2]);
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task IsStill_BrokerIsAway_IsNot()
    {
        await BeginAsync();
        _broker.Setup(b => b.BoundsAsync(0, default)).ThrowsAsync(new TimeoutException());
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task IsStill_ForLong_TheStoreIsReadAllTheSame()
    {
        await BeginAsync();
        _time.Advance(RestWatch.MaxRest - TimeSpan.FromSeconds(1));
        Assert.True(await _watch.IsStillAsync(default));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task End_AtRest_IsNotAnyMore()
    {
        await BeginAsync();
        _watch.End();
        Assert.False(await _watch.IsStillAsync(default));
    }

    [Fact]
    public async Task IsStill_Cancelled_Throws()
    {
        await BeginAsync();
        _broker.Setup(b => b.BoundsAsync(0, default)).ThrowsAsync(new OperationCanceledException());
        await Assert.ThrowsAsync<OperationCanceledException>(() => _watch.IsStillAsync(default));
    }

    private async Task<bool> BeginAsync(PartitionView[]? views = null)
    {
        Assert.False(await _watch.TryBeginAsync(views ?? _views, default));
        return await _watch.TryBeginAsync(views ?? _views, default);
    }

    private void Ends(params long[] ends)
    {
        for (int partition = 0; partition < ends.Length; partition++)
        {
            int one = partition;
            _broker.Setup(b => b.BoundsAsync(one, default)).ReturnsAsync(new LogBounds(0, ends[one]));
        }
    }
}
