namespace Tidemark.Simulation.Scenarios;

/// <summary>
/// All scenarios by name. <c>all</c> draws everything; the others are races, each in a file of its own, biased towards one part of the
/// protocol.
/// </summary>
internal static class ScenarioList
{
    public const string Swarm = "all";

    private static readonly Dictionary<string, Bias> Biases = new(StringComparer.Ordinal)
    {
        [Swarm] = new Bias(),
        ["birth"] = Races.Birth,
        ["freeze"] = Races.Freeze,
        ["lake"] = Races.Lake,
        ["lift"] = Races.Lift,
        ["recreate"] = Races.Recreate,
        ["redis-loss"] = Races.RedisLoss,
        ["revival"] = Races.Revival,
        ["sink"] = Races.Sink,
        ["skip"] = Races.Skip,
        ["sweep"] = Races.Sweep,
        ["truncate"] = Races.Truncate,
        ["zombie"] = Races.Zombie,
    };

    public static IEnumerable<string> Names => Biases.Keys;

    public static bool IsKnown(string name) => Biases.ContainsKey(name);

    public static Bias BiasOf(string name) => Biases[name];
}
