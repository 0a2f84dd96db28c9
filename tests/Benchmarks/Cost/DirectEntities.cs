using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Benchmarks.Cost;

/// <summary>
/// A client that applies signals at once and answers reads at once, with the states that the entities would have. It measures what it
/// spends itself: the SDK's JSON, and the entities' work. Its answers can be given a second time, by a client that spends nothing.
/// </summary>
internal sealed class DirectEntities(EngineOptions options) : DurableEntityClient("direct")
{
    private readonly List<Task> _answers = [];
    private readonly Dictionary<EntityInstanceId, string> _states = [];
    private readonly JsonDataConverter _json = JsonDataConverter.Default;

    /// <summary>Inputs and states to JSON and back.</summary>
    public Spent Json { get; private set; }

    /// <summary>Operations: decoding a state, changing it, encoding it.</summary>
    public Spent Operations { get; private set; }

    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null,
        SignalEntityOptions? options = null, CancellationToken cancellation = default)
    {
        Spent begun = Spent.Now;
        string text = _json.Serialize(input)!;
        object received = _json.Deserialize(text, input!.GetType())!;
        byte[]? state = StateOf(id);
        Spent serialised = Spent.Now;
        byte[] changed = Apply(id, received, state);
        Spent applied = Spent.Now;
        _states[id] = _json.Serialize(changed)!;
        Operations += applied - serialised;
        Json += (Spent.Now - begun) - (applied - serialised);
        return Task.CompletedTask;
    }

    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        Spent begun = Spent.Now;
        EntityMetadata<T>? found = _states.TryGetValue(id, out string? text) ? new EntityMetadata<T>(id, _json.Deserialize<T>(text)) : null;
        Json += Spent.Now - begun;
        Task<EntityMetadata<T>?> answer = Task.FromResult(found);
        _answers.Add(answer);
        return answer;
    }

    public override Task<EntityMetadata?> GetEntityAsync(EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) => throw new NotSupportedException();

    public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null, bool continueUntilComplete = true,
            CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>A client that gives the same answers in the same order, whatever it is signalled.</summary>
    public DurableEntityClient Again() => new Answers(_answers);

    private byte[]? StateOf(EntityInstanceId id) => _states.TryGetValue(id, out string? text) ? _json.Deserialize<byte[]>(text) : null;

    private byte[] Apply(EntityInstanceId id, object input, byte[]? state)
    {
        switch (input)
        {
            case ShardRows rows:
                PaneShard shard = PaneShard.TryDecode(state)!;
                shard.Apply(rows.From, rows.To, rows.Partial, options.Limits);
                return shard.Encode();
            case PartitionAdvance step:
                PartitionState cursor = PartitionState.TryDecode(state)!;
                cursor.Advance(step);
                return cursor.Encode();
            case CursorStart start:
                PartitionState opened = PartitionState.TryDecode(state)!;
                opened.Open(start.Start, start.WatermarkMs, start.NowMs);
                return opened.Encode();
            case int partition:
                TopicState topic = TopicState.TryDecode(state, options)!;
                topic.Register(partition);
                return topic.Encode();
            default:
                throw new NotSupportedException($"{id} is not expected to get {input}.");
        }
    }

    private sealed class Answers(List<Task> answers) : DurableEntityClient("again")
    {
        private int _next;

        public override Task SignalEntityAsync(
            EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null,
                CancellationToken cancellation = default) => Task.CompletedTask;

        public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
            EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
            (Task<EntityMetadata<T>?>)answers[_next++];

        public override Task<EntityMetadata?> GetEntityAsync(
            EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default) =>
            throw new NotSupportedException();

        public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => throw new NotSupportedException();

        public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) => throw new NotSupportedException();

        public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
            CleanEntityStorageRequest? request = null, bool continueUntilComplete = true,
                CancellationToken cancellation = default) => throw new NotSupportedException();
    }
}
