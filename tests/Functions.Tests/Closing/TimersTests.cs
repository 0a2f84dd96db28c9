using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Moq;
using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Protocol;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Closing;

/// <summary>What the timers call, and what becomes of failures.</summary>
public sealed class TimersTests : IDisposable
{
    private static readonly TimerInfo Tick = new();

    private readonly MockedApp _app = new();
    private readonly MockedApp _later = new(now: 30);

    public void Dispose()
    {
        _app.Dispose();
        _later.Dispose();
    }

    [Theory]
    [InlineData(nameof(Timers.CloseTimer))]
    [InlineData(nameof(Timers.RescueTimer))]
    [InlineData(nameof(Timers.SweepTimer))]
    public async Task Timer_StoreFails_Throws(string name)
    {
        InvalidOperationException problem = new("away");
        _app.FailStore(problem);
        Assert.Same(problem, await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(_app, name)));
    }

    [Fact]
    public async Task LiveTimer_StoreFails_IsLoggedAndNoMore()
    {
        _app.FailStore(new InvalidOperationException("away"));
        await RunAsync(_app, nameof(Timers.LiveTimer));
        Assert.Contains("Warning: Live results cannot be written: each round tries again", _app.Log.All, StringComparison.Ordinal);
        Assert.Contains("away", _app.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LiveTimer_OpenWindow_IsWrittenToTheLiveSink()
    {
        IReadOnlyList<WindowResult> written = await LiveOfOneRowAsync(_app);
        Assert.Contains(written, result => result.Window == "1min" && result.EndMs == Given.Minute(1) && result.Phase == Phase.Live);
    }

    [Fact]
    public async Task LiveTimer_PartitionStandsStillForLong_WatermarkIsNoHigherThanItsOwn()
    {
        IReadOnlyList<WindowResult> written = await LiveOfOneRowAsync(_later);
        Assert.NotEmpty(written);
        Assert.All(written, result => Assert.Equal(Given.Applied(0.5).WatermarkMs, result.WatermarkMs));
    }

    [Fact]
    public async Task RescueTimer_ManyPartitionsAreStuck_SomeAreReadAtATime()
    {
        int[] partitions = [.. Enumerable.Range(0, 30)];
        int reading = 0;
        int most = 0;
        _later.Broker.Setup(b => b.PartitionsAsync(_later.Token)).ReturnsAsync(partitions);
        _later.Broker.Setup(b => b.BoundsAsync(It.IsAny<int>(), _later.Token)).ReturnsAsync(new LogBounds(0, 5));
        _later.Broker.Setup(b => b.HasRecordAsync(It.IsAny<int>(), 2, _later.Token)).ReturnsAsync(true);
        _later.Broker.Setup(b => b.ReadAsync(It.IsAny<int>(), 2, 4, It.IsAny<int>(), _later.Token)).Returns(async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref reading));
            await Task.Yield();
            Interlocked.Decrement(ref reading);
            return new LogRange(default, 1);
        });
        _later.Put(Given.Topic(partitions));
        foreach (int partition in partitions)
        {
            _later.Put(partition, Given.Applied(0.5, 0.6));
        }

        await RunAsync(_later, nameof(Timers.RescueTimer));
        _later.Broker.Verify(b => b.ReadAsync(It.IsAny<int>(), 2, 4, It.IsAny<int>(), _later.Token), Times.Exactly(30));
        Assert.InRange(most, 1, 8);
    }

    [Fact]
    public async Task CloseTimer_PaneCannotBeStarted_IsLoggedAndTheTickGoesOn()
    {
        _app.Put(Given.Topic(0));
        _app.Put(0, Given.Applied(0.5, 1.5));
        _app.Client.Setup(c => c.ScheduleNewOrchestrationInstanceAsync(
            It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<StartOrchestrationOptions?>(), _app.Token))
            .ThrowsAsync(new InvalidOperationException("too large"));
        await RunAsync(_app, nameof(Timers.CloseTimer));
        Assert.Contains($"Warning: {MockedApp.Names.ClosePane(Given.Hour, 1)} was not started", _app.Log.All, StringComparison.Ordinal);
        Assert.Contains("too large", _app.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CloseTimer_PartitionThatNobodyBegan_IsRegisteredAndOpened()
    {
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(5, 9));
        TopicState topic = Given.Topic();
        _app.Put(topic);
        CursorStart? opened = null;
        _app.OnSignal = (_, operation, input) =>
        {
            if (operation == nameof(TopicEntity.Register))
            {
                topic.Register((int)input!);
                _app.Put(topic);
            }
            else if (operation == nameof(PartitionEntity.Open))
            {
                opened = (CursorStart)input!;
                _app.Put(0, Given.Open(opened.Start));
            }
        };
        await RunAsync(_app, nameof(Timers.CloseTimer));
        Assert.Equal(["Register @topicentity@t~1", "Open @partitionentity@t~1:0"], _app.Calls);
        Assert.Equal(5, opened!.Start);
    }

    [Fact]
    public async Task RescueTimer_OnePartitionCannotGoOn_TheOtherIsRead()
    {
        _later.Broker.Setup(b => b.PartitionsAsync(_later.Token)).ReturnsAsync([0, 1]);
        _later.Broker.Setup(b => b.BoundsAsync(It.IsAny<int>(), _later.Token)).ReturnsAsync(new LogBounds(0, 5));
        _later.Broker.Setup(b => b.HasRecordAsync(It.IsAny<int>(), 2, _later.Token)).ReturnsAsync(true);
        _later.Broker.Setup(b => b.ReadAsync(0, It.IsAny<long>(), It.IsAny<long>(), It.IsAny<int>(), _later.Token))
            .ThrowsAsync(new TimeoutException("nobody there"));
        // nothing to be seen yet
        _later.Broker.Setup(b => b.ReadAsync(1, 2, 4, It.IsAny<int>(), _later.Token)).ReturnsAsync(new LogRange(default, 1));
        _later.Put(Given.Topic(0, 1));
        _later.Put(0, Given.Applied(0.5, 0.6));
        _later.Put(1, Given.Applied(0.5, 0.6));
        await RunAsync(_later, nameof(Timers.RescueTimer));
        _later.Broker.Verify(b => b.ReadAsync(1, 2, 4, MockedApp.Options.MaxStepRecords, _later.Token), Times.Once);
        Assert.Contains("Error: Partition 0 cannot continue", _later.Log.All, StringComparison.Ordinal);
        Assert.Contains("nobody there", _later.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain("Partition 1 cannot", _later.Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RescueTimer_PartitionThatJustMoved_IsLeftToTheTrigger()
    {
        _app.Put(Given.Topic(0));
        _app.Put(0, Given.Applied(0.5, 1.5));
        await RunAsync(_app, nameof(Timers.RescueTimer));
        _app.Broker.Verify(b => b.PartitionsAsync(_app.Token), Times.Once);
        _app.Broker.Verify(b => b.BoundsAsync(0, _app.Token), Times.Once); // for the meter
        _app.Broker.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task SweepTimer_SpentAndOthers_OnlySpentOnesAreDeletedAndStorageIsCleaned()
    {
        TopicState topic = Given.Topic(0);
        topic.Final(Given.Minute(2), [0]);
        Assert.True(topic.IsFinalPane(Given.Hour) && !topic.IsFinalPane(Given.Minute(2)));
        _app.Put(topic);
        EntityInstanceId spent = MockedApp.Names.Shard(Given.Hour, 0);
        List<EntityQuery> queries = [];
        _app.Entities.Setup(c => c.GetAllEntitiesAsync(It.IsAny<EntityQuery?>())).Returns((EntityQuery? query) =>
        {
            queries.Add(query!);
            EntityMetadata[] found = query!.InstanceIdStartsWith!.StartsWith("@shardentity@t~1:", StringComparison.OrdinalIgnoreCase)
                ? [new EntityMetadata(spent), new EntityMetadata(MockedApp.Names.Shard(Given.Minute(2), 0)), new EntityMetadata(
                    new TopicNames("t", "12").Shard(Given.Hour, 0))]
                : [];
            return Pageable.Create((_, _) => Task.FromResult(new Page<EntityMetadata>(found)));
        });
        await RunAsync(_app, nameof(Timers.SweepTimer));
        Assert.Equal([$"delete {spent}"], _app.Calls);
        Assert.All(queries, query => Assert.False(query.IncludeState));
        _app.Entities.Verify(
            c => c.CleanEntityStorageAsync(It.Is<CleanEntityStorageRequest?>(request => request!.Value.RemoveEmptyEntities), true, _app.Token),
            Times.Once);
    }

    [Fact]
    public async Task MergePane_RevisionIsThere_AnswersItAndSignalsNothing()
    {
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 1)), Given.Rows(1), Given.Options.Limits);
        _app.Put(MockedApp.Names.Pane(Given.Hour), pane.Encode());
        PaneClosed? closed = await _app.Get<ClosingActivities>()
            .MergePane(new PaneToClose(Given.Hour, 1, Given.Vector((0, 1))), _app.Client.Object, _app.Token);
        Assert.Equal(Given.Hour, closed!.PaneMs);
        Assert.Equal(1L, closed.Revision);
        Assert.Equal(1L, closed.Vector[0]);
        Assert.Empty(_app.Calls);
    }

    [Fact]
    public async Task ConfirmPane_TopicTakesIt_SignalledOnceAndReadBackThenReadForWhatIsDue()
    {
        TopicState topic = Given.Topic(0);
        _app.Put(topic);
        _app.Put(0, Given.Applied(0.5));
        _app.OnSignal = (_, _, input) =>
        {
            PaneClosed pane = (PaneClosed)input!;
            topic.Closed(pane.PaneMs, pane.Revision, pane.Vector);
            _app.Put(topic);
        };
        await _app.Get<ClosingActivities>().ConfirmPane(new PaneClosed(Given.Hour, 1, Given.Vector((0, 1))), _app.Client.Object, _app.Token);
        Assert.Equal(["Closed @topicentity@t~1"], _app.Calls);
        Assert.True(topic.Panes.ContainsKey(Given.Hour));
        _app.Entities.Verify(c => c.GetEntityAsync<byte[]>(MockedApp.Names.Topic, true, _app.Token), Times.Exactly(2));
    }

    [Fact]
    public async Task PublishWindow_SinkFails_ThrowsSoThatItIsTriedAgain()
    {
        Sinks.SinkException problem = new("disk full");
        _app.Sink.Setup(s => s.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), _app.Token)).ThrowsAsync(problem);
        PublishOrder order = GivenClosedMinute();
        Assert.Same(problem, await Assert.ThrowsAsync<Sinks.SinkException>(
            () => _app.Get<ClosingActivities>().PublishWindow(order, _app.Client.Object, _app.Token)));
    }

    [Fact]
    public async Task PublishWindow_ItsRevision_IsWrittenOnceWithItsCount()
    {
        WindowResult? written = null;
        _app.Sink.Setup(s => s.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), _app.Token))
            .Callback((IReadOnlyList<WindowResult> results, CancellationToken _) => written = Assert.Single(results)).Returns(Task.CompletedTask);
        PublishOrder order = GivenClosedMinute();
        Assert.True(await _app.Get<ClosingActivities>().PublishWindow(order, _app.Client.Object, _app.Token));
        Assert.Equal("1min", written!.Window);
        Assert.Equal(Given.Minute(1), written.EndMs);
        Assert.Equal(1L, written.Revision);
        Assert.False(await _app.Get<ClosingActivities>().PublishWindow(order with { Revision = 2 }, _app.Client.Object, _app.Token));
        _app.Sink.Verify(s => s.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), _app.Token), Times.Once);
    }

    [Fact]
    public async Task ConfirmWindow_Cancelled_Throws()
    {
        _app.Put(Given.Topic(0)); // never takes it
        Task note = _app.Get<ClosingActivities>()
            .ConfirmWindow(new PublishOrder("1min", Given.Hour, Given.Minute(1), 1, Given.Minute(2)), _app.Client.Object, _app.Token);
        _app.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => note);
        Assert.Equal(["Published @topicentity@t~1"], _app.Calls);
    }

    private static async Task<IReadOnlyList<WindowResult>> LiveOfOneRowAsync(MockedApp app)
    {
        app.Put(Given.Topic(0));
        app.Put(0, Given.Applied(0.5));
        PaneShard shard = new();
        shard.Apply(0, 0, Given.Rows(1), Given.Options.Limits);
        app.Put(MockedApp.Names.Shard(Given.Hour, 0), shard.Encode());
        List<WindowResult> written = [];
        app.Sink.Setup(s => s.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), app.Token))
            .Callback((IReadOnlyList<WindowResult> results, CancellationToken _) => written.AddRange(results)).Returns(Task.CompletedTask);
        await RunAsync(app, nameof(Timers.LiveTimer));
        return written;
    }

    private static Task RunAsync(MockedApp app, string name)
    {
        Timers timers = app.Get<Timers>();
        return name switch
        {
            nameof(Timers.CloseTimer) => timers.CloseTimer(Tick, app.Client.Object, app.Token),
            nameof(Timers.LiveTimer) => timers.LiveTimer(Tick, app.Client.Object, app.Token),
            nameof(Timers.RescueTimer) => timers.RescueTimer(Tick, app.Client.Object, app.Token),
            _ => timers.SweepTimer(Tick, app.Client.Object, app.Token),
        };
    }

    private PublishOrder GivenClosedMinute()
    {
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 1)), Given.Rows(1), Given.Options.Limits);
        _app.Put(MockedApp.Names.Pane(Given.Hour), pane.Encode());
        TopicState topic = Given.Topic(0);
        topic.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        _app.Put(topic);
        return new PublishOrder("1min", Given.Hour, Given.Minute(1), 1, Given.Minute(2));
    }
}
