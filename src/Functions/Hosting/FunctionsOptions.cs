using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;
using Tidemark.Functions.Ingest;
using Tidemark.Sinks;

namespace Tidemark.Functions.Hosting;

/// <summary>Where reading a partition starts for the first time.</summary>
public enum StartAt
{
    /// <summary>At the first record that still exists.</summary>
    Earliest,

    /// <summary>After the last record.</summary>
    Latest,
}

/// <summary>All options of the app. Bound and validated once, at the start.</summary>
public sealed record FunctionsOptions
{
    /// <summary>The brokers as <c>host:port</c>, separated by commas.</summary>
    public required string Brokers { get; init; }

    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>Distinguishes topics of the same name or with other windows; a new value starts from scratch.</summary>
    public string Generation { get; init; } = "1";

    /// <summary>The topic for records that are not counted.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>
    /// The security protocol of the app's own clients. In the app <c>Plaintext</c> or <c>SaslSsl</c>, like the enabled trigger; the clients
    /// also support <c>Ssl</c> and <c>SaslPlaintext</c>.
    /// </summary>
    public string Protocol { get; init; } = "Plaintext";

    /// <summary>The user of SASL PLAIN; null for none. Event Hubs: <c>$ConnectionString</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The password; null for none. A secret.</summary>
    public string? Password { get; init; }

    /// <summary>Where reading a partition starts for the first time.</summary>
    public StartAt StartAt { get; init; }

    /// <summary>Windows, lateness and limits.</summary>
    public EngineOptions Engine { get; init; } = new()
    {
        ExactUsersLimit = AccumulatorLimits.Functions.ExactUsers,
        TopPagesCapacity = AccumulatorLimits.Functions.Pages,
        BreakdownCapacity = AccumulatorLimits.Functions.Breakdown,
    };

    /// <summary>The time limits and intervals of the protocol.</summary>
    public ProtocolTiming Timing { get; init; } = new();

    /// <summary>
    /// The maximum number of records in one step through a partition, 1 to 100,000. By default a whole batch, since a second step would
    /// wait for the store again. Memory does not grow with it, except for records read from the broker, which are limited in bytes.
    /// </summary>
    public int MaxStepRecords { get; init; } = IngestFunction.MaxBatchSize;

    /// <summary>The maximum number of panes closed concurrently.</summary>
    public int MaxConcurrentPanes { get; init; } = 16;

    /// <summary>The maximum number of windows written concurrently.</summary>
    public int MaxConcurrentWindows { get; init; } = 16;

    /// <summary>The sinks, in the order in which results are written; may be empty.</summary>
    public IReadOnlyList<SinkPlan> Sinks { get; init; } = [];

    /// <summary>The ids of the topic's entities and orchestrations.</summary>
    public Functions.Entities.TopicNames Names => new(Topic, Generation);

    /// <summary>The grid of panes.</summary>
    public PaneGrid Grid => PaneGrid.For(Engine.Windows);

    /// <summary>The topic and brokers, without the password.</summary>
    public override string ToString() => $"{Topic}~{Generation} at {Brokers}";
}
