using Tidemark.Cli.Dashboard;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Run;

/// <summary>What a run works with, open.</summary>
/// <param name="Source">Where records come from.</param>
/// <param name="Sinks">Where results are listed.</param>
internal sealed record RunParts(IRecordSource Source, IReadOnlyList<IResultSink> Sinks)
{
    /// <summary>Where results are kept, or null.</summary>
    public LakeFiles? Lake { get; init; }

    /// <summary>Where results are published, or null.</summary>
    public RedisOutput? Redis { get; init; }

    /// <summary>Where results are shown, or null.</summary>
    public RunDashboard? Dashboard { get; init; }

    /// <summary>Where records go that entered no window, or null.</summary>
    public IDeadLetters? DeadLetters { get; init; }

    /// <summary>What is remembered, or null.</summary>
    public StateStore? Store { get; init; }
}
