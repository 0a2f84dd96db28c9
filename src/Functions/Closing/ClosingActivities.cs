using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>The activities of the orchestrations. Each reads the state it needs and can be repeated any number of times.</summary>
public sealed class ClosingActivities(PaneCloser closer, WindowPublisher publisher, TickLoop ticks, FunctionsOptions options, TidemarkMetrics metrics)
{
    /// <summary>Runs <see cref="PaneCloser.MergeAsync"/>.</summary>
    [Function(nameof(MergePane))]
    public Task<PaneClosed?> MergePane(
        [ActivityTrigger] PaneToClose pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(MergePane), closer.MergeAsync(Entities(client), pane, cancellationToken));

    /// <summary>
    /// Runs <see cref="PaneCloser.ConfirmAsync"/>. After a first closing it also starts the windows that waited for the pane, instead of at
    /// the next tick.
    /// </summary>
    [Function(nameof(ConfirmPane))]
    public async Task ConfirmPane([ActivityTrigger] PaneClosed pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pane);
        await CountedAsync(nameof(ConfirmPane), closer.ConfirmAsync(Entities(client), pane, cancellationToken)).ConfigureAwait(false);
        if (pane.Revision == 1)
        {
            await ticks.StartDueAsync(client, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs <see cref="WindowPublisher.PublishAsync"/>.</summary>
    [Function(nameof(PublishWindow))]
    public Task<bool> PublishWindow(
        [ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(PublishWindow), publisher.PublishAsync(Entities(client), order, cancellationToken));

    /// <summary>Runs <see cref="WindowPublisher.ConfirmAsync"/>.</summary>
    [Function(nameof(ConfirmWindow))]
    public Task ConfirmWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(ConfirmWindow), publisher.ConfirmAsync(Entities(client), order, cancellationToken));

    private async Task<T> CountedAsync<T>(string step, Task<T> work)
    {
        await CountedAsync(step, (Task)work).ConfigureAwait(false);
        return await work.ConfigureAwait(false);
    }

    private async Task CountedAsync(string step, Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            metrics.CloseFailed(step);
            throw;
        }
    }

    private TopicEntities Entities(DurableTaskClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new TopicEntities(client.Entities, options.Names, options.Engine);
    }
}
