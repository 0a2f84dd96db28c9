using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;
using Tidemark.Functions.Ingest;
using Tidemark.Sinks;

namespace Tidemark.Functions.Hosting;

/// <summary>Where a partition that nobody has read begins.</summary>
public enum StartAt
{
    /// <summary>At the first record that is still there.</summary>
    Earliest,

    /// <summary>After the last record.</summary>
    Latest,
}

/// <summary>Everything that the app can be told. Made once, at the start, and valid from then on.</summary>
public sealed record FunctionsOptions
{
    /// <summary>The brokers, <c>host:port</c> with commas between.</summary>
    public required string Brokers { get; init; }

    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>Tells this topic and these windows from others of the same name: a new value begins anew.</summary>
    public string Generation { get; init; } = "1";

    /// <summary>The topic of records that cannot be counted.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>The security protocol of our own clients. In the app <c>Plaintext</c> or <c>SaslSsl</c>, as the trigger that is on; the clients know <c>Ssl</c> and <c>SaslPlaintext</c> too.</summary>
    public string Protocol { get; init; } = "Plaintext";

    /// <summary>The user of SASL PLAIN; null for none. Event Hubs: <c>$ConnectionString</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The password; null for none. A secret.</summary>
    public string? Password { get; init; }

    /// <summary>Where a partition that nobody has read begins.</summary>
    public StartAt StartAt { get; init; }

    /// <summary>Windows, lateness and limits.</summary>
    public EngineOptions Engine { get; init; } = new()
    {
        ExactUsersLimit = AccumulatorLimits.Functions.ExactUsers,
        TopPagesCapacity = AccumulatorLimits.Functions.Pages,
        BreakdownCapacity = AccumulatorLimits.Functions.Breakdown,
    };

    /// <summary>How long the protocol waits for what.</summary>
    public ProtocolTiming Timing { get; init; } = new();

    /// <summary>
    /// Most records that one step through a partition takes, 1 to 100,000. By default all of the largest batch: a second step would wait for the store once more. Memory does
    /// not grow with it, but for what is read from the broker, which has a bound in bytes.
    /// </summary>
    public int MaxStepRecords { get; init; } = IngestFunction.MaxBatchSize;

    /// <summary>Most panes closed at a time.</summary>
    public int MaxConcurrentPanes { get; init; } = 16;

    /// <summary>Most windows written at a time.</summary>
    public int MaxConcurrentWindows { get; init; } = 16;

    /// <summary>Where results go, in the order in which they are written; none: nowhere.</summary>
    public IReadOnlyList<SinkPlan> Sinks { get; init; } = [];

    /// <summary>The topic's names.</summary>
    public Functions.Entities.TopicNames Names => new(Topic, Generation);

    /// <summary>The slices of event time.</summary>
    public PaneGrid Grid => PaneGrid.For(Engine.Windows);

    /// <summary>Does not show the password.</summary>
    public override string ToString() => $"{Topic}~{Generation} at {Brokers}";
}
