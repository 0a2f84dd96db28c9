using System.Buffers.Binary;
using Tidemark.Core;
using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>What every durable state has around it: what it is, its version, and a checksum, so that nothing else is ever taken for one.</summary>
internal static class StateFrame
{
    /// <summary>The greatest size of a state in bytes: 256 KiB once it is written as base64, with room for quotes.</summary>
    public const int MaxBytes = 196_000;

    /// <summary>The greatest size of the accumulator inside a state.</summary>
    public const int MaxContentBytes = 180_000;

    /// <summary>The greatest partition number that is accepted, plus one.</summary>
    public const int MaxPartitions = 1024;

    private const byte Version = 1;
    private const int ChecksumBytes = 8;

    /// <summary>Starts a state of a kind.</summary>
    public static ByteWriter Begin(char kind)
    {
        ByteWriter writer = new(256);
        writer.Byte((byte)'T');
        writer.Byte((byte)kind);
        writer.Byte(Version);
        return writer;
    }

    /// <summary>Ends it.</summary>
    public static byte[] End(ByteWriter writer)
    {
        writer.UInt64(MurmurHash64A.Hash(writer.Written));
        return writer.Written.ToArray();
    }

    /// <summary>The content of a state.</summary>
    /// <exception cref="InvalidDataException">Not a state of this kind, of another version, or corrupt.</exception>
    public static ByteReader Open(ReadOnlySpan<byte> source, char kind)
    {
        if (source.Length < 3 + ChecksumBytes || source[0] != 'T' || source[1] != kind || source[2] != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(source[^ChecksumBytes..]) != MurmurHash64A.Hash(source[..^ChecksumBytes]))
        {
            throw new InvalidDataException($"Expected a state of kind '{kind}', version {Version}, with its checksum; found {source.Length} bytes of something else.");
        }

        return new ByteReader(source[3..^ChecksumBytes]);
    }

    /// <summary>The last bytes of a state's content, without a copy.</summary>
    public static ReadOnlyMemory<byte> Last(byte[] source, int bytes) => source.AsMemory(source.Length - ChecksumBytes - bytes, bytes);

    /// <summary>Makes sure that all was read. What a later version has added is not to be dropped by one that does not know it.</summary>
    /// <exception cref="InvalidDataException">There is more.</exception>
    public static void RequireEnd(this ref ByteReader reader)
    {
        if (reader.Remaining != 0)
        {
            throw new InvalidDataException($"Expected the end of the state, found {reader.Remaining} more bytes: a later version of Tidemark has written it.");
        }
    }

    /// <summary>Writes any number: small ones of either sign are short.</summary>
    public static void Signed(this ByteWriter writer, long value)
    {
        // 63 bits are what the reader takes: two thirds of the range of a long is kept for what cannot happen.
        long kept = Math.Clamp(value, -(1L << 61), (1L << 61) - 1);
        writer.VarInt((kept << 1) ^ (kept >> 63));
    }

    /// <summary>Reads what <see cref="Signed(ByteWriter, long)"/> wrote.</summary>
    public static long Signed(this ref ByteReader reader, string what)
    {
        long value = reader.VarInt(long.MaxValue, what);
        return (value >> 1) ^ -(value & 1);
    }

    /// <summary>Writes a time that may be none.</summary>
    public static void Time(this ByteWriter writer, long timeMs)
    {
        writer.Byte(timeMs == EventTime.None ? (byte)0 : (byte)1);
        if (timeMs != EventTime.None)
        {
            writer.Signed(timeMs);
        }
    }

    /// <summary>Reads what <see cref="Time(ByteWriter, long)"/> wrote.</summary>
    public static long Time(this ref ByteReader reader, string what) => reader.Byte(what) == 0 ? EventTime.None : reader.Signed(what);

    /// <summary>Writes a map of numbers in order of its keys, each as the difference from the one before.</summary>
    public static void Map(this ByteWriter writer, IReadOnlyCollection<KeyValuePair<long, long>> map)
    {
        writer.VarInt(map.Count);
        long lastKey = 0;
        long lastValue = 0;
        foreach ((long key, long value) in map)
        {
            writer.Signed(key - lastKey);
            writer.Signed(value - lastValue);
            lastKey = key;
            lastValue = value;
        }
    }

    /// <summary>Reads what <see cref="Map(ByteWriter, IReadOnlyCollection{KeyValuePair{long, long}})"/> wrote.</summary>
    /// <param name="reader">Reads the state.</param>
    /// <param name="most">Most entries there may be.</param>
    /// <param name="what">What they are.</param>
    /// <param name="map">Takes the entries, and is empty before; null to step over them.</param>
    /// <exception cref="InvalidDataException">It is not a map, or a longer one.</exception>
    public static void ReadMap(ref ByteReader reader, int most, string what, SortedList<long, long>? map)
    {
        int count = (int)reader.VarInt(most, what);
        if (map is not null)
        {
            map.Capacity = count;
        }

        long key = 0;
        long value = 0;
        for (int i = 0; i < count; i++)
        {
            long difference = reader.Signed(what);
            key += difference;
            value += reader.Signed(what);
            if (i > 0 && difference <= 0)
            {
                throw new InvalidDataException($"Corrupt state: expected {what} in order.");
            }

            map?.Add(key, value);
        }
    }

    /// <summary>Reads what <see cref="Map(ByteWriter, IReadOnlyCollection{KeyValuePair{long, long}})"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not a map, or a longer one.</exception>
    public static SortedList<long, long> Map(this ref ByteReader reader, int most, string what)
    {
        SortedList<long, long> map = [];
        ReadMap(ref reader, most, what, map);
        return map;
    }

    /// <summary>Decodes, or says no: for operations, which must not throw.</summary>
    public static T? Try<T>(byte[] source, Func<byte[], T> decode)
        where T : class
    {
        try
        {
            return decode(source);
        }
        catch (Exception problem) when (problem is InvalidDataException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
