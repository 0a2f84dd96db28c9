using DurableTask.Core;
using Microsoft.DurableTask.Entities;

namespace Tidemark.Support.Durable;

/// <summary>What is saved of each entity: text, as a store keeps it, so no object is ever shared between two who hold it.</summary>
internal sealed class EntityStore(World world)
{
    /// <summary><c>entityMessageReorderWindowInMinutes</c>; what an entity knows of its messages must not be lost before.</summary>
    private static readonly TimeSpan ReorderWindow = TimeSpan.FromMinutes(30);

    private readonly SortedDictionary<string, Entity> _entities = new(StringComparer.Ordinal);

    public IEnumerable<Entity> All => _entities.Values;

    /// <summary>Told of every state that was saved, with the one before.</summary>
    public Action<Entity, string?>? Saved { get; set; }

    /// <summary>The greatest state ever saved, in characters.</summary>
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

    /// <summary>Saved state as one reader gets it: the last, or now and then one that was replaced a short time ago.</summary>
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
    /// Forgets the entities that have had no state and nothing to do for the time in which messages may come out of order; answers how
    /// many.
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

/// <summary>One entity: its saved state, and the operations that wait for it.</summary>
internal sealed class Entity(EntityInstanceId id)
{
    public EntityInstanceId Id { get; } = id;

    public string? State { get; set; }

    public DateTimeOffset Modified { get; set; }

    public Queue<EntityOperation> Inbox { get; } = new();

    /// <summary>A batch is being executed; there is never a second one.</summary>
    public bool IsBusy { get; set; }

    /// <summary>States of the last minute, each until when it was the saved one.</summary>
    public List<(DateTimeOffset Until, string? State)> Past { get; } = [];
}

/// <summary>An operation on its way to an entity; a call has someone to answer.</summary>
internal sealed record EntityOperation(EntityInstanceId Target, string Name, string? Input, Action<EntityAnswer>? Caller = null)
{
    /// <summary>From an entity or an orchestration: the engine leaves out what comes again.</summary>
    public bool IsOnce { get; init; }

    public override string ToString() => $"{Target} {Name}";
}

/// <summary>What a call of an entity came to.</summary>
internal sealed record EntityAnswer(string? Result, FailureDetails? Failure);
