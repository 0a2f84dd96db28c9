using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>What the orchestrations call. Each reads what it needs, and may be run any number of times.</summary>
public sealed class ClosingActivities(PaneCloser closer, WindowPublisher publisher, TickLoop ticks, FunctionsOptions options, TidemarkMetrics metrics)
{
    /// <summary><see cref="PaneCloser.MergeAsync"/></summary>
    [Function(nameof(MergePane))]
    public Task<PaneClosed?> MergePane([ActivityTrigger] PaneToClose pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(MergePane), closer.MergeAsync(Entities(client), pane, cancellationToken));

    /// <summary><see cref="PaneCloser.ConfirmAsync"/>; after a first closing the windows that waited for it are started, which the next tick would do up to a second later.</summary>
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

    /// <summary><see cref="WindowPublisher.PublishAsync"/></summary>
    [Function(nameof(PublishWindow))]
    public Task<bool> PublishWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(PublishWindow), publisher.PublishAsync(Entities(client), order, cancellationToken));

    /// <summary><see cref="WindowPublisher.ConfirmAsync"/></summary>
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
