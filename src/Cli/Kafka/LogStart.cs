using System.Globalization;

namespace Tidemark.Cli.Kafka;

/// <summary>
/// Where each partition is read from: where it was counted to, if its log still goes on there. A log that does not is the end of the run: going on
/// would lose or double records, and that
/// is for a person to decide.
/// </summary>
/// <param name="address">The topic, and whether gaps are skipped.</param>
/// <param name="say">Told of what is skipped.</param>
internal sealed class LogStart(KafkaAddress address, Action<string> say)
{
    private const string OtherLake = "or count it into another --lake, with its own state";

    /// <summary>The positions of all partitions.</summary>
    /// <param name="before">What was counted of the topic; null for nothing.</param>
    /// <param name="identity">Which topic it is now, if known.</param>
    /// <param name="logs">The log of each partition.</param>
    /// <exception cref="Sources.SourceException">A log does not go on where it was counted to.</exception>
    public IReadOnlyList<PartitionPosition> Decide(TopicPosition? before, TopicIdentity? identity, IReadOnlyList<LogBounds> logs)
    {
        string? another = before is null ? null
            : IsAnother(before.Identity, identity) ? $"its id is {identity!.Topic}, and was {before.Identity!.Topic}"
            : before.Partitions.Count > logs.Count ? Text($"it has {logs.Count} partitions, and had {before.Partitions.Count}")
            : null;
        if (another is not null)
        {
            string problem = $"{address.Name} is another topic than the one that was counted: it was deleted and made again ({another})";
            Require(
                address.SkipsGaps,
                $"{problem}. With gap=skip in the address it is counted from its first record on, into the same windows; {OtherLake}");
            say($"{problem}; it is counted from its first record on");
            return [.. logs.Select((log, partition) => new PartitionPosition(partition, log.Start, null))];
        }

        return [.. logs.Select((log, partition) => Decide(partition, log, before))];
    }

    /// <summary>Where to go on in a log, given how far it was counted.</summary>
    /// <exception cref="Sources.SourceException">It does not go on there.</exception>
    public PartitionPosition GoOn(PartitionPosition position, LogBounds log)
    {
        if (log.Start <= position.Next && position.Next <= log.End)
        {
            return position;
        }

        bool isGone = log.Start > position.Next;
        string was = Text($"partition {position.Partition} of {address.Name} was counted up to offset {position.Next}, but its log ");
        string problem = was + (isGone
            ? Text($"begins at {log.Start}: retention has deleted {log.Start - position.Next} offsets that were never counted")
            : Text($"ends at {log.End}: the topic was made again or truncated"));
        string wayOut = isGone ? "with what is left" : "at its end";
        Require(address.SkipsGaps, $"{problem}. With gap=skip in the address it goes on {wayOut}; {OtherLake}");
        long next = isGone ? log.Start : log.End;
        say(Text($"{problem}; it goes on at offset {next}"));
        return new PartitionPosition(position.Partition, next, null);
    }

    /// <summary>Whether it is known that two topics of one name are not the same one.</summary>
    public static bool IsAnother(TopicIdentity? before, TopicIdentity? now) =>
        before is not null && now is not null && before.Topic.Length > 0 && now.Topic.Length > 0 && before.Topic != now.Topic;

    private PartitionPosition Decide(int partition, LogBounds log, TopicPosition? before)
    {
        foreach (PartitionPosition known in before?.Partitions ?? [])
        {
            if (known.Partition == partition)
            {
                return GoOn(known, log);
            }
        }

        // A partition that was added since holds nothing that was there before.
        return new PartitionPosition(partition, before is null && address.Start == KafkaStart.Latest ? log.End : log.Start, null);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Require(bool isAccepted, string problem)
    {
        if (!isAccepted)
        {
            throw new Sources.SourceException(problem);
        }
    }
}
