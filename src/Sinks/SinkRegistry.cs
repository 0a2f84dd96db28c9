using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Sinks;

/// <summary>All kinds of sinks, in the order in which results are written: what dashboards wait for first, the record last.</summary>
public static class SinkRegistry
{
    /// <summary>The kinds.</summary>
    public static IReadOnlyList<SinkKind> All { get; } = [new RedisKind(), new LakeKind()];

    /// <summary>The kind of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static SinkKind Named(string name) =>
        All.FirstOrDefault(kind => kind.Name == name) ?? throw new KeyNotFoundException($"No kind of sink is named '{name}'.");

    /// <summary>The sinks that are configured, in the order of the kinds.</summary>
    /// <param name="settingsOf">The settings of a kind.</param>
    public static IReadOnlyList<SinkPlan> Read(Func<SinkKind, ISinkSettings> settingsOf) =>
        [.. All.Select(kind => kind.Read(settingsOf(kind))).OfType<SinkPlan>()];
}
