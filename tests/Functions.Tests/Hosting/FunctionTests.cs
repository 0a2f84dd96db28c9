using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Tidemark.Aggregation.Closing;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Tests.Protocol;
using Tidemark.Functions.Windows;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>The function bodies with everything around them mocked.</summary>
public class FunctionTests
{
    [Fact]
    public async Task ClosePane_NothingMerged_NothingNoted()
    {
        Mock<TaskOrchestrationContext> context = new();
        context.Setup(c => c.GetInput<PaneToClose>()).Returns(new PaneToClose(Given.Hour, 1, Given.Vector((0, 1))));
        await ClosePaneOrchestration.Run(context.Object);
        context.Verify(c => c.CallActivityAsync<PaneClosed?>(nameof(ClosingActivities.MergePane), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Once);
        context.Verify(c => c.CallActivityAsync(nameof(ClosingActivities.NotePane), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Never);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Publish_OnlyWhatIsWritten_IsNoted(bool written, int noted)
    {
        Mock<TaskOrchestrationContext> context = new();
        context.Setup(c => c.GetInput<PublishOrder>()).Returns(new PublishOrder("1min", Given.Hour, Given.Minute(1), 1, Given.Minute(2)));
        context.Setup(c => c.CallActivityAsync<bool>(nameof(ClosingActivities.WriteWindow), It.IsAny<object>(), It.IsAny<TaskOptions>())).ReturnsAsync(written);
        await PublishOrchestration.Run(context.Object);
        context.Verify(c => c.CallActivityAsync(nameof(ClosingActivities.NoteWindow), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Exactly(noted));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running, 0)]
    [InlineData(OrchestrationRuntimeStatus.Completed, 1)]
    [InlineData(OrchestrationRuntimeStatus.Failed, 1)]
    public async Task Tick_PaneDue_StartedUnlessItRuns(OrchestrationRuntimeStatus status, int starts)
    {
        FunctionsOptions options = new() { Brokers = "b:1", Topic = "t", DeadLetterTopic = "d", Engine = Given.Options };
        Mock<DurableEntityClient> entities = new("test");
        Entity(entities, options.Names.Close, Given.Topic(0).Encode());
        Entity(entities, options.Names.Partition(0), Given.Applied(0.5, 1.5).Encode());
        Mock<DurableTaskClient> client = new("test");
        client.Setup(c => c.Entities).Returns(entities.Object);
        string id = options.Names.ClosePane(Given.Hour, 1);
        client.Setup(c => c.GetInstanceAsync(id, It.IsAny<CancellationToken>())).ReturnsAsync(new OrchestrationMetadata("n", id) { RuntimeStatus = status });
        Mock<IBroker> broker = new();
        broker.Setup(b => b.PartitionsAsync(It.IsAny<CancellationToken>())).ReturnsAsync([0]);
        using ResultSinks sinks = new(null, null);
        ServiceCollection services = new();
        services.AddTidemark(options);
        services.AddSingleton(broker.Object).AddSingleton(Mock.Of<IDeadLetters>()).AddSingleton(sinks);
        services.AddSingleton<TimeProvider>(new At(Given.Minute(1.6)));
        await using ServiceProvider provider = services.BuildServiceProvider();
        await provider.GetRequiredService<TickLoop>().RunAsync(client.Object, CancellationToken.None);
        client.Verify(
            c => c.ScheduleNewOrchestrationInstanceAsync(
                nameof(ClosePaneOrchestration), It.IsAny<PaneToClose>(), It.Is<StartOrchestrationOptions>(start => start.InstanceId == id), It.IsAny<CancellationToken>()),
            Times.Exactly(starts));
    }

    private static void Entity(Mock<DurableEntityClient> client, EntityInstanceId id, byte[] state) =>
        client.Setup(c => c.GetEntityAsync<byte[]>(id, true, It.IsAny<CancellationToken>())).ReturnsAsync(new EntityMetadata<byte[]>(id, state));

    private sealed class At(long nowMs) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
    }
}
