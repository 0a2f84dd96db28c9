using Tidemark.Simulation.Redis;
using Tidemark.Sinks;

namespace Tidemark.Simulation.Invariants;

/// <summary>
/// 8. In Redis the latest window never goes back, the time series has one member per window, at its start, and a final window that has
/// expired is not recreated. Data before a loss is not considered.
/// </summary>
internal sealed class RedisForward(Facts facts, Violations violations) : Invariant(facts, violations)
{
    private readonly Dictionary<string, (long EndMs, long Revision)> _latest = [];
    private readonly Dictionary<string, long> _finalBefore = [];
    private readonly Dictionary<string, byte[]> _seen = [];

    public override string Name => "redis-forward";

    public override void RedisLosing()
    {
        _latest.Clear();
        _finalBefore.Clear();
    }

    public override void RedisChanging(string script, byte[][] keys, byte[][] values)
    {
        if (Facts.Redis is null || keys.Length < 9)
        {
            return;
        }

        // A publication: final_before in Redis decides what is accepted.
        string window = RedisStore.Latin(values[0]);
        _finalBefore[window] = Facts.Redis.Find("metrics:final_before")?.Value is Dictionary<string, byte[]> marks
            && marks.TryGetValue(window, out byte[]? mark)
            ? long.Parse(mark, System.Globalization.CultureInfo.InvariantCulture) : long.MinValue;
    }

    public override void ResultStored(ResultStore store, StoredResult? before, StoredResult after)
    {
        if (store == ResultStore.Redis)
        {
            Require(
                after.EndMs > _finalBefore.GetValueOrDefault(after.Window, long.MinValue),
                $"{after.Window} {after.StartMs} revision {after.Revision} came into Redis, "
                    + $"where all before {_finalBefore.GetValueOrDefault(after.Window)} was final");
        }
    }

    public override void RedisChanged()
    {
        foreach (string window in Facts.Options.Windows.Select(window => window.Name))
        {
            RequireLatest($"metrics:{window}:latest", window);
            RequireMembers($"metrics:{window}:timeseries", window);
        }

        if (Facts.Redis?.Find("metrics:latest")?.Value is byte[] minute && Facts.Redis.Find("metrics:1min:latest")?.Value is byte[] same)
        {
            Require(minute.AsSpan().SequenceEqual(same), "metrics:latest is not metrics:1min:latest");
        }
    }

    private void RequireLatest(string key, string window)
    {
        if (Facts.Redis?.Find(key)?.Value is not byte[] json || ReferenceEquals(_seen.GetValueOrDefault(key), json))
        {
            return;
        }

        _seen[key] = json;

        var latest = ResultJson.Read(json);
        (long EndMs, long Revision) known = _latest.GetValueOrDefault(window, (long.MinValue, 0));
        Require(
            latest.EndMs > known.EndMs || (latest.EndMs == known.EndMs && latest.Revision >= known.Revision),
            $"{key} went back from the end {known.EndMs} revision {known.Revision} to {latest.EndMs} revision {latest.Revision}");
        _latest[window] = (latest.EndMs, latest.Revision);
    }

    private void RequireMembers(string key, string window)
    {
        if (Facts.Redis?.Find(key)?.Value is not Dictionary<string, double> members)
        {
            return;
        }

        foreach ((string member, double score) in members)
        {
            string start = member.Split(':')[^1].Split('-')[0];
            Require(
                member.StartsWith($"metrics:{window}:", StringComparison.Ordinal)
                    && double.Parse(start, System.Globalization.CultureInfo.InvariantCulture) == score,
                $"{key} has the member {member} at {score}");
        }
    }
}
