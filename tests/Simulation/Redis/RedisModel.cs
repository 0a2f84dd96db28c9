using StackExchange.Redis;
using Tidemark.Simulation.Invariants;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Redis;

/// <summary>
/// One Redis server for all processes. The production sink and its scripts run for real, against <see cref="RedisStore"/> on the virtual
/// clock. Sometimes it fails over to a copy some seconds old, or loses everything.
/// </summary>
internal sealed class RedisModel
{
    private static readonly TimeSpan CopyEvery = TimeSpan.FromSeconds(4);

    private readonly Plan _plan;
    private readonly World _world;
    private readonly Func<Observer> _observer;
    private readonly Queue<Dictionary<string, RedisEntry>> _copies = new();
    private readonly Dictionary<(string Window, long StartMs, long EndMs), StoredResult> _stored = [];
    private readonly RedisOptions _options;

    public RedisModel(Plan plan, World world, Func<Observer> observer)
    {
        (_plan, _world, _observer) = (plan, world, observer);
        Store = new RedisStore(() => world.Now.ToUnixTimeMilliseconds());
        _options = new RedisOptions { Endpoint = "redis:6379", Retention = plan.RedisRetention };
        if (plan.Injections.Any(injection => injection.Kind == InjectionKind.RedisRolledBack))
        {
            _copies.Enqueue(Store.Copy());
            world.After(CopyEvery, Copy);
        }
    }

    public RedisStore Store { get; }

    /// <summary>The number of losses. Data before a loss is not considered afterwards.</summary>
    public int Losses { get; private set; }

    /// <summary>The production sink for a process.</summary>
    public Task<RedisSink> OpenAsync(Worker worker, CancellationToken cancellationToken)
    {
        IDatabase database = ScriptDatabase.Over((script, keys, values) => EvaluateAsync(worker, script, keys, values));
        return RedisSink.OpenAsync(RedisConnection.Over(_options, worker.Time, database), _plan.Engine.Windows, cancellationToken);
    }

    public void Lose(Injection injection)
    {
        Losses++;
        _observer().RedisLosing();
        Store.Restore(injection.Kind == InjectionKind.RedisRolledBack && _copies.Count > 0 ? _copies.Peek() : []);
        _stored.Clear();
        foreach (StoredResult result in Results())
        {
            _stored[(result.Window, result.StartMs, result.EndMs)] = result;
        }
    }

    private void Copy()
    {
        _copies.Enqueue(Store.Copy());
        while (_copies.Count > 3)
        {
            _copies.Dequeue();
        }

        if (_world.Now - PlanMaker.Start < TimeSpan.FromMilliseconds(_plan.FaultsEndMs))
        {
            _world.After(CopyEvery, Copy);
        }
    }

    private async Task<object?> EvaluateAsync(Worker worker, string script, byte[][] keys, byte[][] values)
    {
        SinkFaults faults = _plan.Sinks;
        if (_world.Chance(faults.SinkSlow))
        {
            await Task.Delay(_world.LongDelay() / 4, worker.Time).ConfigureAwait(false);
        }

        bool fails = _world.Chance(faults.SinkFails);
        bool timesOut = !fails && _world.Chance(faults.SinkTimesOut);
        return await worker.CallAsync("runs a script in Redis", () =>
        {
            object? answer = fails ? null : Evaluate(script, keys, values);
            return fails ? throw new ObjectDisposedException("The connection to Redis was lost.")
                : timesOut ? throw new TimeoutException("The answer of Redis was lost.") : answer;
        }).ConfigureAwait(false);
    }

    private object? Evaluate(string script, byte[][] keys, byte[][] values)
    {
        _observer().RedisChanging(script, keys, values);
        object? answer = LuaScripts.OfThread.Evaluate(Store, script, keys, values);
        if (keys.Length >= 9 && answer is 1L)
        {
            Report(RedisStore.Latin(keys[0]));
        }

        _observer().RedisChanged();
        return answer;
    }

    /// <summary>All stored results.</summary>
    public IEnumerable<StoredResult> Results() => Store.Keys.Select(Read).OfType<StoredResult>();

    private void Report(string key)
    {
        if (Read(key) is { } after)
        {
            StoredResult? before = _stored.GetValueOrDefault((after.Window, after.StartMs, after.EndMs));
            _stored[(after.Window, after.StartMs, after.EndMs)] = after;
            _observer().ResultStored(ResultStore.Redis, before, after);
        }
    }

    private StoredResult? Read(string key) =>
        Store.Find(key)?.Value is byte[] json && json.Length > 0 && json[0] == '{' && !key.EndsWith(":latest", StringComparison.Ordinal)
            ? Observer.Describe(ResultJson.Read(json)) : null;
}
