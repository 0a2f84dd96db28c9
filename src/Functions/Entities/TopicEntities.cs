using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tidemark.Core;
using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>
/// Reads the committed states of a topic's entities, and signals to them. A signal may be lost, repeated, delayed or reordered, and a state
/// may be outdated when it is read; see <see cref="Hosting.Confirmation"/>.
/// </summary>
public sealed class TopicEntities(DurableEntityClient client, TopicNames names, EngineOptions options)
{
    private long _signals;

    /// <summary>The names of the entities.</summary>
    public TopicNames Names => names;

    /// <summary>The number of signals sent.</summary>
    public long Signals => Interlocked.Read(ref _signals);

    /// <summary>Reads the topic's state.</summary>
    public async Task<TopicState> ReadTopicAsync(CancellationToken cancellationToken)
    {
        TopicState state = TopicState.Decode(await ReadAsync(names.Topic, cancellationToken).ConfigureAwait(false), options);
        return !state.IsOfOtherLayout ? state : throw new InvalidOperationException(
            $"The state of {names.Id} was created with other windows or another allowed lateness. "
                + "Set KafkaGeneration to a new value, or undo the change.");
    }

    /// <summary>Reads a partition's cursor; not open when there is none.</summary>
    public async ValueTask<PartitionState> ReadPartitionAsync(int partition, CancellationToken cancellationToken) =>
        PartitionState.Decode(await ReadAsync(names.Partition(partition), cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a partition's rows in a pane; null when the entity does not exist.</summary>
    public Task<PaneShard?> ReadShardAsync(long paneMs, int partition, CancellationToken cancellationToken) =>
        ReadShardAsync(names.Shard(paneMs, partition), cancellationToken).AsTask();

    /// <summary>Reads a partition's rows in a pane by the entity's id; null when the entity does not exist.</summary>
    public async ValueTask<PaneShard?> ReadShardAsync(EntityInstanceId shard, CancellationToken cancellationToken) =>
        await ReadAsync(shard, cancellationToken).ConfigureAwait(false) is { } state ? PaneShard.Decode(state) : null;

    /// <summary>Reads a closed pane; null when the entity does not exist.</summary>
    public async Task<PaneState?> ReadPaneAsync(long paneMs, CancellationToken cancellationToken) =>
        await ReadAsync(names.Pane(paneMs), cancellationToken).ConfigureAwait(false) is { } state ? PaneState.Decode(state) : null;

    /// <summary>Signals <see cref="TopicEntity.Register"/>.</summary>
    public Task RegisterAsync(int partition, CancellationToken cancellationToken) =>
        SignalAsync(names.Topic, nameof(TopicEntity.Register), partition, cancellationToken);

    /// <summary>Signals <see cref="TopicEntity.Closed"/>.</summary>
    public Task ClosedAsync(PaneClosed pane, CancellationToken cancellationToken) =>
        SignalAsync(names.Topic, nameof(TopicEntity.Closed), pane, cancellationToken);

    /// <summary>Signals <see cref="TopicEntity.Published"/>.</summary>
    public Task PublishedAsync(WindowPublished window, CancellationToken cancellationToken) =>
        SignalAsync(names.Topic, nameof(TopicEntity.Published), window, cancellationToken);

    /// <summary>Signals <see cref="TopicEntity.EmptyPublished"/>.</summary>
    public Task EmptyPublishedAsync(EmptyPublished windows, CancellationToken cancellationToken) =>
        SignalAsync(names.Topic, nameof(TopicEntity.EmptyPublished), windows, cancellationToken);

    /// <summary>Signals <see cref="TopicEntity.Final"/>.</summary>
    public Task FinalAsync(PanesFinal note, CancellationToken cancellationToken) =>
        SignalAsync(names.Topic, nameof(TopicEntity.Final), note, cancellationToken);

    /// <summary>Signals <see cref="PartitionEntity.Open"/>.</summary>
    public Task OpenAsync(int partition, CursorStart start, CancellationToken cancellationToken) =>
        SignalAsync(names.Partition(partition), nameof(PartitionEntity.Open), start, cancellationToken);

    /// <summary>Signals <see cref="PartitionEntity.Advance"/>.</summary>
    public Task AdvanceAsync(int partition, PartitionAdvance step, CancellationToken cancellationToken) =>
        SignalAsync(names.Partition(partition), nameof(PartitionEntity.Advance), step, cancellationToken);

    /// <summary>Signals <see cref="PartitionEntity.Lift"/>.</summary>
    public Task LiftAsync(int partition, CursorLift lift, CancellationToken cancellationToken) =>
        SignalAsync(names.Partition(partition), nameof(PartitionEntity.Lift), lift, cancellationToken);

    /// <summary>Signals <see cref="PartitionEntity.Prune"/>.</summary>
    public Task PruneAsync(int partition, long finalMs, CancellationToken cancellationToken) =>
        SignalAsync(names.Partition(partition), nameof(PartitionEntity.Prune), finalMs, cancellationToken);

    /// <summary>Signals <see cref="ShardEntity.Apply"/>.</summary>
    public Task ApplyAsync(EntityInstanceId shard, ShardRows rows, CancellationToken cancellationToken) =>
        SignalAsync(shard, nameof(ShardEntity.Apply), rows, cancellationToken);

    /// <summary>Signals <see cref="ShardEntity.Freeze"/>.</summary>
    public Task FreezeAsync(long paneMs, int partition, CancellationToken cancellationToken) =>
        SignalAsync(names.Shard(paneMs, partition), nameof(ShardEntity.Freeze), null, cancellationToken);

    /// <summary>Signals <see cref="PaneEntity.Put"/>.</summary>
    public Task PutAsync(long paneMs, PaneRevision pane, CancellationToken cancellationToken) =>
        SignalAsync(names.Pane(paneMs), nameof(PaneEntity.Put), pane, cancellationToken);

    /// <summary>
    /// Azure Storage keeps a large state in a blob and deletes the blob once the state is replaced. A read between the two fails with "the
    /// blob does not exist" although the entity is well: the second read finds the new one.
    /// </summary>
    private async ValueTask<byte[]?> ReadAsync(EntityInstanceId id, CancellationToken cancellationToken)
    {
        for (bool isSecond = false; ; isSecond = true)
        {
            try
            {
                EntityMetadata<byte[]>? entity = await client.GetEntityAsync<byte[]>(id, includeState: true, cancellationToken).ConfigureAwait(false);
                return entity is { IncludesState: true } ? entity.State : null;
            }
            catch (Exception problem) when (!isSecond && problem is not OperationCanceledException)
            {
                // The next turn reads again.
            }
        }
    }

    private Task SignalAsync(EntityInstanceId id, string operation, object? input, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _signals);
        return client.SignalEntityAsync(id, operation, input, null, cancellationToken);
    }
}
