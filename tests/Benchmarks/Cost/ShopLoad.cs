using System.Text;
using Tidemark.Cli.Generate;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Support.Durable;
using ShopGenerator = Tidemark.Cli.Generate.EventGenerator;

namespace Tidemark.Benchmarks.Cost;

/// <summary>
/// The generated web shop as records of a topic: a user's events are all in one partition, as a producer with the user as key sends them.
/// </summary>
internal sealed class ShopLoad
{
    public const int Users = 50_000;

    private static readonly byte[] UserMember = Encoding.UTF8.GetBytes("\"user_id\":\"");

    private readonly ShopGenerator _events;
    private readonly byte[] _line = new byte[ShopGenerator.MaxLineBytes];
    private readonly int _partitions;

    /// <param name="partitions">The partitions.</param>
    /// <param name="eventsPerSecond">Of all partitions together, on average.</param>
    /// <param name="start">When the first event arrives.</param>
    /// <param name="latePercent">Of the events; half of them correct a window, half are too late for it.</param>
    public ShopLoad(int partitions, int eventsPerSecond, DateTimeOffset start, double latePercent = 0.5)
    {
        _partitions = partitions;
        _events = new ShopGenerator(new GeneratorOptions
        {
            Events = GeneratorOptions.MaxEvents, Start = start, Users = Users, EventsPerSecond = eventsPerSecond, LatePercent = latePercent,
        });
    }

    /// <summary>The app's own limits and windows.</summary>
    public static EngineOptions Engine { get; } = new()
    {
        ExactUsersLimit = AccumulatorLimits.Functions.ExactUsers,
        TopPagesCapacity = AccumulatorLimits.Functions.Pages,
        BreakdownCapacity = AccumulatorLimits.Functions.Breakdown,
    };

    /// <summary>When the next event arrives.</summary>
    public long NextArrivalMs => _events.NextArrivalMs;

    /// <summary>The next event, as it is appended to a log.</summary>
    public LogRecord AppendTo(KafkaLog log)
    {
        (int partition, byte[] line, long arrivalMs) = Next();
        return log.Append(partition, line, arrivalMs);
    }

    /// <summary>The next event.</summary>
    public (int Partition, byte[] Line, long ArrivalMs) Next()
    {
        long arrivalMs = _events.NextArrivalMs;
        _events.TryWriteNext(_line, out int length);
        byte[] line = _line[..(length - 1)];
        return (PartitionOf(line), line, arrivalMs);
    }

    private int PartitionOf(ReadOnlySpan<byte> line)
    {
        int at = line.IndexOf(UserMember);
        ReadOnlySpan<byte> rest = at < 0 ? line : line[(at + UserMember.Length)..];
        int end = rest.IndexOf((byte)'"');
        return (int)(MurmurHash64A.Hash(end < 0 ? rest : rest[..end]) % (ulong)_partitions);
    }
}
