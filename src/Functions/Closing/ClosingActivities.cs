using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Windows;
using Tidemark.Protocol;

namespace Tidemark.Functions.Closing;

/// <summary>What the orchestrations call. Each reads what it needs, and may be run any number of times.</summary>
public sealed class ClosingActivities(PaneCloser closer, WindowPublisher publisher, FunctionsOptions options, TidemarkMetrics metrics)
{
    /// <summary><see cref="PaneCloser.MergeAsync"/></summary>
    [Function(nameof(MergePane))]
    public Task<PaneClosed?> MergePane([ActivityTrigger] PaneToClose pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(MergePane), closer.MergeAsync(Entities(client), pane, cancellationToken));

    /// <summary><see cref="PaneCloser.NoteAsync"/></summary>
    [Function(nameof(NotePane))]
    public Task NotePane([ActivityTrigger] PaneClosed pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(NotePane), closer.NoteAsync(Entities(client), pane, cancellationToken));

    /// <summary><see cref="WindowPublisher.WriteAsync"/></summary>
    [Function(nameof(WriteWindow))]
    public Task<bool> WriteWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(WriteWindow), publisher.WriteAsync(Entities(client), order, cancellationToken));

    /// <summary><see cref="WindowPublisher.NoteAsync"/></summary>
    [Function(nameof(NoteWindow))]
    public Task NoteWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        CountedAsync(nameof(NoteWindow), publisher.NoteAsync(Entities(client), order, cancellationToken));

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
