using System.Globalization;
using System.Text.Json;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;

namespace Tidemark.Cli.Kafka;

/// <summary>How far topics were counted at one moment.</summary>
/// <param name="Topics">The topic that is read, and those that were read before.</param>
internal sealed record KafkaPosition(IReadOnlyList<TopicPosition> Topics) : ISourcePosition
{
    /// <summary>What positions in topics are kept under.</summary>
    public const string Kafka = "kafka";

    /// <inheritdoc/>
    public string Kind => Kafka;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter json, StateItems items)
    {
        json.WriteStartArray("topics");
        foreach (TopicPosition topic in Topics)
        {
            json.WriteStartObject();
            topic.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static IReadOnlyList<TopicPosition> Read(JsonElement json)
    {
        try
        {
            return [.. json.GetProperty("topics").EnumerateArray().Select(TopicPosition.Read)];
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"the positions in topics cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>How far one topic was counted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Brokers">The brokers that were asked for it last.</param>
/// <param name="Identity">Which topic of that name it is; null when nobody has told.</param>
/// <param name="Partitions">Each partition that something is known of, in ascending order.</param>
internal sealed record TopicPosition(string Name, string Brokers, TopicIdentity? Identity, IReadOnlyList<PartitionPosition> Partitions)
{
    /// <summary>Writes the properties of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("topic", Name);
        json.WriteString("brokers", Brokers);
        if (Identity is not null)
        {
            json.WriteString("clusterId", Identity.Cluster);
            json.WriteString("topicId", Identity.Topic);
        }

        json.WriteStartArray("partitions");
        foreach (PartitionPosition partition in Partitions)
        {
            json.WriteStartObject();
            json.WriteNumber("partition", partition.Partition);
            json.WriteNumber("next", partition.Next);
            if (partition.LeaderEpoch is { } epoch)
            {
                json.WriteNumber("leaderEpoch", epoch);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TopicPosition Read(JsonElement json) => new(
        json.GetProperty("topic").GetString() ?? "",
        json.GetProperty("brokers").GetString() ?? "",
        json.TryGetProperty("topicId", out JsonElement topic)
            ? new TopicIdentity(json.GetProperty("clusterId").GetString() ?? "", topic.GetString() ?? "")
            : null,
        [
            .. json.GetProperty("partitions").EnumerateArray().Select(partition => new PartitionPosition(
                partition.GetProperty("partition").GetInt32(),
                partition.GetProperty("next").GetInt64(),
                partition.TryGetProperty("leaderEpoch", out JsonElement epoch) ? epoch.GetInt32() : null)),
        ]);

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        IEnumerable<string> next = Partitions.Select(partition => string.Create(CultureInfo.InvariantCulture, $"{partition.Partition}:{partition.Next}"));
        return $"{KafkaAddress.Scheme}{Brokers}/{Name}: next offsets {string.Join(", ", next)}";
    }
}
