using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>
/// An offset per partition of a topic: the offset after the last one included. A partition that is absent is at 0. Immutable, with value
/// equality.
/// </summary>
[JsonConverter(typeof(OffsetVectorJson))]
public sealed class OffsetVector : IEquatable<OffsetVector>, IReadOnlyCollection<KeyValuePair<int, long>>
{
    /// <summary>The maximum number of partitions.</summary>
    public const int MaxPartitions = StateFrame.MaxPartitions;

    /// <summary>The maximum offset: far above that of any real log, while sums of offsets stay within the range of a long.</summary>
    public const long MaxOffset = 1L << 52;

    private readonly SortedList<long, long> _offsets;

    /// <summary>Creates a vector.</summary>
    /// <exception cref="ArgumentException">A partition is not 0 to 1,023 or occurs twice, or an offset is negative.</exception>
    public OffsetVector(IEnumerable<KeyValuePair<int, long>> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        _offsets = [];
        foreach ((int partition, long offset) in offsets)
        {
            if (partition is < 0 or >= MaxPartitions || offset is < 0 or > MaxOffset || !_offsets.TryAdd(partition, offset))
            {
                throw new ArgumentException($"Expected different partitions of 0 to {MaxPartitions - 1} and offsets of 0 or more, "
                    + $"got {partition} at {offset}.", nameof(offsets));
            }
        }
    }

    private OffsetVector(SortedList<long, long> offsets) => _offsets = offsets;

    /// <summary>The vector without partitions.</summary>
    public static OffsetVector Empty { get; } = new(new SortedList<long, long>());

    /// <inheritdoc/>
    public int Count => _offsets.Count;

    /// <summary>The sum of all offsets, which grows with every step of any partition.</summary>
    public long Sum => _offsets.Values.Sum();

    /// <summary>A 64-bit hash of the vector.</summary>
    public long Fingerprint
    {
        get
        {
            ByteWriter writer = new(64);
            writer.Map(_offsets);
            return (long)(MurmurHash64A.Hash(writer.Written) >> 1);
        }
    }

    /// <summary>The offset of a partition; 0 when it is absent.</summary>
    public long this[int partition] => _offsets.GetValueOrDefault(partition);

    /// <summary>Whether no offset is lower than in another vector and at least one is higher.</summary>
    public bool IsAfter(OffsetVector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach ((long partition, long offset) in other._offsets)
        {
            if (!_offsets.TryGetValue(partition, out long mine) || mine < offset)
            {
                return false;
            }
        }

        return !Equals(other);
    }

    /// <inheritdoc/>
    public bool Equals(OffsetVector? other) => other is not null && _offsets.SequenceEqual(other._offsets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OffsetVector);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode();

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<int, long>> GetEnumerator() =>
        _offsets.Select(pair => KeyValuePair.Create((int)pair.Key, pair.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Write(ByteWriter writer) => writer.Map(_offsets);

    internal static OffsetVector Read(ref ByteReader reader)
    {
        SortedList<long, long> offsets = reader.Map(MaxPartitions, "offsets");
        if (offsets.Any(pair => pair.Key is < 0 or >= MaxPartitions || pair.Value is < 0 or > MaxOffset))
        {
            throw new InvalidDataException("Corrupt state: expected offsets of partitions.");
        }

        return new OffsetVector(offsets);
    }

    private sealed class OffsetVectorJson : JsonConverter<OffsetVector>
    {
        public override OffsetVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                ByteReader bytes = StateFrame.Open(reader.GetBytesFromBase64(), 'V');
                OffsetVector vector = OffsetVector.Read(ref bytes);
                bytes.RequireEnd();
                return vector;
            }
            catch (InvalidDataException problem)
            {
                throw new JsonException(problem.Message, problem);
            }
        }

        public override void Write(Utf8JsonWriter writer, OffsetVector value, JsonSerializerOptions options)
        {
            ByteWriter bytes = StateFrame.Begin('V');
            value.Write(bytes);
            writer.WriteBase64StringValue(StateFrame.End(bytes));
        }
    }
}
