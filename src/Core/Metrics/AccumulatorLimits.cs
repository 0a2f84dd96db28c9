namespace Tidemark.Core.Metrics;

/// <summary>How much an accumulator counts exactly before it estimates.</summary>
/// <param name="ExactUsers">Distinct users kept as hashes, 0 to 16,777,216.</param>
/// <param name="Pages">Distinct pages counted exactly, 1 to 1,000,000.</param>
/// <param name="Breakdown">Distinct event types, countries and devices counted exactly, each; 1 to 1,000,000.</param>
public sealed record AccumulatorLimits(int ExactUsers, int Pages, int Breakdown)
{
    /// <summary>All breakdowns that the configuration adds share as many keys as so many of the others have.</summary>
    private const int SharedBreakdowns = 4;

    /// <summary>What the configuration adds. Default: nothing.</summary>
    public AddedMetrics Added { get; init; } = AddedMetrics.None;

    /// <summary>
    /// Distinct keys of each added breakdown counted exactly: as many as of the others up to four added ones, then an equal part of four
    /// times as many.
    /// </summary>
    public int AddedBreakdown => (int)Math.Clamp((long)SharedBreakdowns * Breakdown / Math.Max(Added.Breakdowns.Count, 1), 1, Breakdown);

    /// <summary>The limits of a host with memory to spare: 1,000,000 users, 100,000 pages, 10,000 keys of each breakdown.</summary>
    public static AccumulatorLimits Local { get; } = new(1_000_000, 100_000, 10_000);

    /// <summary>
    /// The limits of a host that stores each shard as a small entity: 16,384 users, 1,000 pages, 256 keys of each breakdown.
    /// </summary>
    public static AccumulatorLimits Functions { get; } = new(16_384, 1_000, 256);
}
