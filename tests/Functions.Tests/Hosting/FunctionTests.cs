using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Moq;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;
using Tidemark.Support.States;

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
        context.Verify(
            c => c.CallActivityAsync<PaneClosed?>(nameof(ClosingActivities.MergePane), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Once);
        context.Verify(c => c.CallActivityAsync(nameof(ClosingActivities.ConfirmPane), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Never);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Publish_OnlyWhatIsWritten_IsNoted(bool written, int noted)
    {
        Mock<TaskOrchestrationContext> context = new();
        context.Setup(c => c.GetInput<PublishOrder>()).Returns(new PublishOrder("1min", Given.Hour, Given.Minute(1), 1, Given.Minute(2)));
        context.Setup(c => c.CallActivityAsync<bool>(nameof(ClosingActivities.PublishWindow), It.IsAny<object>(), It.IsAny<TaskOptions>()))
            .ReturnsAsync(written);
        await PublishOrchestration.Run(context.Object);
        context.Verify(
            c => c.CallActivityAsync(nameof(ClosingActivities.ConfirmWindow), It.IsAny<object>(), It.IsAny<TaskOptions>()), Times.Exactly(noted));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running, 0)]
    [InlineData(OrchestrationRuntimeStatus.Completed, 1)]
    [InlineData(OrchestrationRuntimeStatus.Failed, 1)]
    public async Task Tick_PaneDue_StartedUnlessItRuns(OrchestrationRuntimeStatus status, int starts)
    {
        using MockedApp app = new();
        app.Put(Given.Topic(0));
        app.Put(0, Given.Applied(0.5, 1.5));
        string id = MockedApp.Names.ClosePane(Given.Hour, 1);
        app.Client.Setup(c => c.GetInstanceAsync(id, app.Token)).ReturnsAsync(new OrchestrationMetadata("n", id) { RuntimeStatus = status });
        await app.Get<TickLoop>().RunAsync(app.Client.Object, app.Token);
        app.Client.Verify(
            c => c.ScheduleNewOrchestrationInstanceAsync(
                nameof(ClosePaneOrchestration), It.IsAny<PaneToClose>(),
                It.Is<StartOrchestrationOptions>(start => start.InstanceId == id), app.Token),
            Times.Exactly(starts));
    }

    /// <summary>A status that is not named among them makes the store terminate the instance that has it, and begin another one.</summary>
    [Fact]
    public async Task Tick_PaneDue_StartIsRefusedWhileAnInstanceGoesOnAndOnlyThen()
    {
        using MockedApp app = new();
        app.Put(Given.Topic(0));
        app.Put(0, Given.Applied(0.5, 1.5));
        await app.Get<TickLoop>().RunAsync(app.Client.Object, app.Token);
        StartOrchestrationOptions[] starts =
            [.. app.Client.Invocations.Where(call => call.Method.Name == nameof(DurableTaskClient.ScheduleNewOrchestrationInstanceAsync))
                .Select(call => (StartOrchestrationOptions)call.Arguments[2]!)];
        Assert.NotEmpty(starts);
        Assert.All(starts, start => Assert.Equal(["Pending", "Running", "Suspended"], start.DedupeStatuses!.Order()));
    }
}
