namespace Tidemark.Core.Metrics;

/// <summary>How much an accumulator counts exactly before it estimates.</summary>
/// <param name="ExactUsers">Distinct users kept as hashes, 0 to 16,777,216.</param>
/// <param name="Pages">Distinct pages counted exactly, 1 to 1,000,000.</param>
/// <param name="Breakdown">Distinct event types, countries and devices counted exactly, each; 1 to 1,000,000.</param>
public sealed record AccumulatorLimits(int ExactUsers, int Pages, int Breakdown)
{
    /// <summary>The limits of a host with memory to spare: 1,000,000 users, 100,000 pages, 10,000 keys of each breakdown.</summary>
    public static AccumulatorLimits Local { get; } = new(1_000_000, 100_000, 10_000);

    /// <summary>
    /// The limits of a host that stores each shard as a small entity: 16,384 users, 1,000 pages, 256 keys of each breakdown.
    /// </summary>
    public static AccumulatorLimits Functions { get; } = new(16_384, 1_000, 256);
}
