using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Aggregation.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Windows;

namespace Tidemark.Functions.Closing;

/// <summary>What the orchestrations call. Each reads what it needs, and may be run any number of times.</summary>
public sealed class ClosingActivities(PaneCloser closer, WindowPublisher publisher, FunctionsOptions options)
{
    /// <summary><see cref="PaneCloser.MergeAsync"/></summary>
    [Function(nameof(MergePane))]
    public Task<PaneClosed?> MergePane([ActivityTrigger] PaneToClose pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        closer.MergeAsync(Entities(client), pane, cancellationToken);

    /// <summary><see cref="PaneCloser.NoteAsync"/></summary>
    [Function(nameof(NotePane))]
    public Task NotePane([ActivityTrigger] PaneClosed pane, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        closer.NoteAsync(Entities(client), pane, cancellationToken);

    /// <summary><see cref="WindowPublisher.WriteAsync"/></summary>
    [Function(nameof(WriteWindow))]
    public Task<bool> WriteWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        publisher.WriteAsync(Entities(client), order, cancellationToken);

    /// <summary><see cref="WindowPublisher.NoteAsync"/></summary>
    [Function(nameof(NoteWindow))]
    public Task NoteWindow([ActivityTrigger] PublishOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        publisher.NoteAsync(Entities(client), order, cancellationToken);

    private TopicEntities Entities(DurableTaskClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new TopicEntities(client.Entities, options.Names, options.Engine);
    }
}
