using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.DurableTask.Entities;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Functions.Entities;

/// <summary>
/// The ids of a topic's entities and orchestrations. Every id contains the topic and its generation, so that data of a topic that was
/// deleted and created again, or used with other options, is never mixed up. At most 100 characters, the limit of Durable Task Scheduler.
/// </summary>
public sealed class TopicNames
{
    /// <summary>The maximum length of a generation.</summary>
    public const int MaxGenerationLength = 11;

    private const int MaxLength = 100;
    private const int MaxTopicLength = 24;

    private readonly ConcurrentDictionary<int, EntityInstanceId> _partitions = []; // cached, since every batch uses them

    /// <summary>Creates the names of a topic.</summary>
    /// <param name="topic">The Kafka topic.</param>
    /// <param name="generation">Distinguishes topics of the same name: 1 to 11 characters of a-z, 0-9 and <c>_</c>.</param>
    public TopicNames(string topic, string generation)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentException.ThrowIfNullOrEmpty(generation);
        Id = $"{(topic.Length <= MaxTopicLength ? topic : $"{topic[..7]}-{Hash(topic)}")}~{generation}";
    }

    /// <summary>The topic and its generation.</summary>
    public string Id { get; }

    /// <summary>The id of the topic's state.</summary>
    public EntityInstanceId Topic => new(nameof(TopicEntity), Id);

    /// <summary>The id of a partition's cursor.</summary>
    public EntityInstanceId Partition(int partition) =>
        _partitions.GetOrAdd(partition, static (number, names) => new EntityInstanceId(nameof(PartitionEntity), names.Key(number)), this);

    /// <summary>The id of a partition's rows in a pane.</summary>
    public EntityInstanceId Shard(long paneMs, int partition) =>
        new(nameof(ShardEntity), string.Create(CultureInfo.InvariantCulture, $"{Id}:{paneMs}:{partition}"));

    /// <summary>The id of a closed pane.</summary>
    public EntityInstanceId Pane(long paneMs) => new(nameof(PaneEntity), Key(paneMs));

    /// <summary>The id of the orchestration that creates a revision of a pane.</summary>
    public string ClosePane(long paneMs, long revision) => Fit(string.Create(CultureInfo.InvariantCulture, $"close:{Id}:{paneMs}:{revision}"));

    /// <summary>The id of the orchestration that writes a revision of a window.</summary>
    public string Publish(string family, Interval window, long revision) =>
        Fit(string.Create(CultureInfo.InvariantCulture, $"publish:{Id}:{family}:{window.EndMs}:{revision}"));

    /// <summary>The id of the orchestration that writes a family's windows without rows that end after a time.</summary>
    public string PublishEmpty(string family, long afterMs) => Fit(string.Create(CultureInfo.InvariantCulture, $"empty:{Id}:{family}:{afterMs}"));

    /// <summary>The prefix of the keys of this topic's shards and panes.</summary>
    public string KeyPrefix => Id + ":";

    /// <summary>The pane in the key of a shard or pane; null when it does not belong to this topic.</summary>
    public long? PaneOf(EntityInstanceId id)
    {
        if (!id.Key.StartsWith(KeyPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        string pane = id.Key[KeyPrefix.Length..].Split(':')[0];
        return long.TryParse(pane, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long paneMs) ? paneMs : null;
    }

    private static string Hash(string text) => MurmurHash64A.Hash(Encoding.UTF8.GetBytes(text)).ToString("x16", CultureInfo.InvariantCulture);

    private static string Fit(string id) => id.Length <= MaxLength ? id : $"{id[..60]}:{Hash(id)}";

    private string Key(long number) => string.Create(CultureInfo.InvariantCulture, $"{Id}:{number}");
}
