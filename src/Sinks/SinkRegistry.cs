using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Sinks;

/// <summary>All kinds of sinks, in the order in which results are written: dashboards first, the durable record last.</summary>
public static class SinkRegistry
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<SinkKind> All { get; } = [new RedisKind(), new LakeKind()];

    /// <summary>The kind with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such kind.</exception>
    public static SinkKind Named(string name) =>
        All.FirstOrDefault(kind => kind.Name == name) ?? throw new KeyNotFoundException($"No kind of sink is named '{name}'.");

    /// <summary>The configured sinks, in the order of <see cref="All"/>.</summary>
    /// <param name="settingsOf">Provides the settings of a kind.</param>
    public static IReadOnlyList<SinkPlan> Read(Func<SinkKind, ISinkSettings> settingsOf) =>
        [.. All.Select(kind => kind.Read(settingsOf(kind))).OfType<SinkPlan>()];
}
