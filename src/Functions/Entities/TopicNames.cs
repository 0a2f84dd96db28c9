using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.DurableTask.Entities;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Functions.Entities;

/// <summary>
/// What the entities and orchestrations of a topic are called. Every name contains the topic and its generation, so that nothing of a topic that was
/// deleted and made again, or of other options, is ever mixed up. At most 100 characters, which is what Durable Task Scheduler takes.
/// </summary>
public sealed class TopicNames
{
    /// <summary>Longest generation.</summary>
    public const int MaxGenerationLength = 11;

    private const int MaxLength = 100;
    private const int MaxTopicLength = 24;

    private readonly ConcurrentDictionary<int, EntityInstanceId> _partitions = []; // every batch asks for them

    /// <summary>Names of a topic.</summary>
    /// <param name="topic">The Kafka topic.</param>
    /// <param name="generation">Tells the topic from others of the same name: at most 11 of a-z, 0-9 and <c>_</c>.</param>
    public TopicNames(string topic, string generation)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentException.ThrowIfNullOrEmpty(generation);
        Id = $"{(topic.Length <= MaxTopicLength ? topic : $"{topic[..7]}-{Hash(topic)}")}~{generation}";
    }

    /// <summary>The topic and its generation.</summary>
    public string Id { get; }

    /// <summary>The topic's state.</summary>
    public EntityInstanceId Topic => new(nameof(TopicEntity), Id);

    /// <summary>A partition's cursor.</summary>
    public EntityInstanceId Partition(int partition) => _partitions.GetOrAdd(partition, static (number, names) => new EntityInstanceId(nameof(PartitionEntity), names.Key(number)), this);

    /// <summary>A partition's rows in a pane.</summary>
    public EntityInstanceId Shard(long paneMs, int partition) => new(nameof(ShardEntity), string.Create(CultureInfo.InvariantCulture, $"{Id}:{paneMs}:{partition}"));

    /// <summary>A closed pane.</summary>
    public EntityInstanceId Pane(long paneMs) => new(nameof(PaneEntity), Key(paneMs));

    /// <summary>The one orchestration that makes a revision of a pane.</summary>
    public string ClosePane(long paneMs, long revision) => Fit(string.Create(CultureInfo.InvariantCulture, $"close:{Id}:{paneMs}:{revision}"));

    /// <summary>The one orchestration that writes a revision of a window.</summary>
    public string Publish(string family, Interval window, long revision) =>
        Fit(string.Create(CultureInfo.InvariantCulture, $"publish:{Id}:{family}:{window.EndMs}:{revision}"));

    /// <summary>The one orchestration that writes a family's windows without rows that end after a time.</summary>
    public string PublishEmpty(string family, long afterMs) => Fit(string.Create(CultureInfo.InvariantCulture, $"empty:{Id}:{family}:{afterMs}"));

    /// <summary>What the keys of this topic's shards and panes start with.</summary>
    public string KeyPrefix => Id + ":";

    /// <summary>The pane of a shard's or a pane's key; null when it is not one of this topic.</summary>
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
