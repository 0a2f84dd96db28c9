using DurableTask.Core;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>The saved state of each entity, as text, so that no two readers ever share an object.</summary>
internal sealed class EntityStore(World world)
{
    /// <summary><c>entityMessageReorderWindowInMinutes</c>: how long an entity must remember the messages it has processed.</summary>
    private static readonly TimeSpan ReorderWindow = TimeSpan.FromMinutes(30);

    private readonly SortedDictionary<string, Entity> _entities = new(StringComparer.Ordinal);

    public IEnumerable<Entity> All => _entities.Values;

    /// <summary>Called for every saved state, with the previous one.</summary>
    public Action<Entity, string?>? Saved { get; set; }

    /// <summary>The size of the largest state saved, in characters.</summary>
    public int GreatestState { get; private set; }

    public Entity Of(EntityInstanceId id)
    {
        string key = id.ToString();
        if (!_entities.TryGetValue(key, out Entity? entity))
        {
            _entities.Add(key, entity = new Entity(id));
        }

        return entity;
    }

    public Entity? Find(EntityInstanceId id) => _entities.GetValueOrDefault(id.ToString());

    public void Save(Entity entity, string? state)
    {
        entity.Past.Add((world.Now, entity.State));
        entity.Past.RemoveAll(past => past.Until < world.Now - TimeSpan.FromMinutes(1));
        entity.State = state;
        entity.Modified = world.Now;
        GreatestState = Math.Max(GreatestState, state?.Length ?? 0);
        Saved?.Invoke(entity, entity.Past[^1].State);
    }

    /// <summary>The saved state as a reader sees it: the current one or, sometimes, one that was replaced recently.</summary>
    public string? Read(Entity entity)
    {
        if (!world.Chance(world.Faults.StaleRead))
        {
            return entity.State;
        }

        DateTimeOffset asOf = world.Now - (world.Faults.Staleness * world.Random.NextDouble());
        foreach ((DateTimeOffset until, string? state) in entity.Past)
        {
            if (until > asOf)
            {
                return state;
            }
        }

        return entity.State;
    }

    /// <summary>
    /// Removes the entities that have had no state and no work for the reorder window; returns the number removed.
    /// </summary>
    public int Clean()
    {
        string[] empty = [.. _entities.Where(pair => pair.Value is { State: null, IsBusy: false, Inbox.Count: 0 }
            && world.Now - pair.Value.Modified > ReorderWindow).Select(pair => pair.Key)];
        foreach (string key in empty)
        {
            _entities.Remove(key);
        }

        return empty.Length;
    }
}

/// <summary>One entity: its saved state, and the operations waiting for it.</summary>
internal sealed class Entity(EntityInstanceId id)
{
    public EntityInstanceId Id { get; } = id;

    public string? State { get; set; }

    public DateTimeOffset Modified { get; set; }

    public Queue<EntityOperation> Inbox { get; } = new();

    /// <summary>Whether a batch is being executed; there is at most one.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The states of the last minute, each with the time until which it was current.</summary>
    public List<(DateTimeOffset Until, string? State)> Past { get; } = [];
}

/// <summary>An operation on its way to an entity; a call has a caller that expects a response.</summary>
internal sealed record EntityOperation(EntityInstanceId Target, string Name, string? Input, Action<EntityAnswer>? Caller = null)
{
    /// <summary>The sequence of a message from an entity or an orchestration, by which the engine drops duplicates.</summary>
    public bool IsOnce { get; init; }

    public override string ToString() => $"{Target} {Name}";
}

/// <summary>The result of a call to an entity.</summary>
internal sealed record EntityAnswer(string? Result, FailureDetails? Failure);
