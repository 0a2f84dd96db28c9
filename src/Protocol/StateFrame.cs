using System.Buffers.Binary;
using Tidemark.Core;
using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>The frame of every durable state: its kind, its version and a checksum, so that nothing else is taken for a state.</summary>
internal static class StateFrame
{
    /// <summary>The maximum size of a state in bytes: 256 KiB when written as base64, with room for quotes.</summary>
    public const int MaxBytes = 196_000;

    /// <summary>The maximum size of the accumulator inside a state, in bytes.</summary>
    public const int MaxContentBytes = 180_000;

    /// <summary>The maximum number of partitions: partition numbers are below this.</summary>
    public const int MaxPartitions = 1024;

    private const byte Version = 1;
    private const int ChecksumBytes = 8;

    /// <summary>Begins a state of a kind.</summary>
    public static ByteWriter Begin(char kind)
    {
        ByteWriter writer = new(256);
        writer.Byte((byte)'T');
        writer.Byte((byte)kind);
        writer.Byte(Version);
        return writer;
    }

    /// <summary>Ends a state.</summary>
    public static byte[] End(ByteWriter writer)
    {
        writer.UInt64(MurmurHash64A.Hash(writer.Written));
        return writer.Written.ToArray();
    }

    /// <summary>Checks the frame and returns the content.</summary>
    /// <exception cref="InvalidDataException">Not a state of this kind, of another version, or corrupt.</exception>
    public static ByteReader Open(ReadOnlySpan<byte> source, char kind)
    {
        if (source.Length < 3 + ChecksumBytes || source[0] != 'T' || source[1] != kind || source[2] != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(source[^ChecksumBytes..]) != MurmurHash64A.Hash(source[..^ChecksumBytes]))
        {
            throw new InvalidDataException(
                $"Expected a state of kind '{kind}', version {Version}, with its checksum; found {source.Length} bytes of something else.");
        }

        return new ByteReader(source[3..^ChecksumBytes]);
    }

    /// <summary>The last bytes of a state's content, not copied.</summary>
    public static ReadOnlyMemory<byte> Last(byte[] source, int bytes) => source.AsMemory(source.Length - ChecksumBytes - bytes, bytes);

    /// <summary>Checks that everything was read. Data added by a later version must not be dropped by an older one.</summary>
    /// <exception cref="InvalidDataException">Bytes remain.</exception>
    public static void RequireEnd(this ref ByteReader reader)
    {
        if (reader.Remaining != 0)
        {
            throw new InvalidDataException(
                $"Expected the end of the state, found {reader.Remaining} more bytes: a later version of Tidemark has written it.");
        }
    }

    /// <summary>Writes a signed number; small absolute values are short.</summary>
    public static void Signed(this ByteWriter writer, long value)
    {
        // The reader accepts 63 bits; values in the outer two thirds of the range of a long cannot occur and are clamped.
        long kept = Math.Clamp(value, -(1L << 61), (1L << 61) - 1);
        writer.VarInt((kept << 1) ^ (kept >> 63));
    }

    /// <summary>Reads the output of <see cref="Signed(ByteWriter, long)"/>.</summary>
    public static long Signed(this ref ByteReader reader, string what)
    {
        long value = reader.VarInt(long.MaxValue, what);
        return (value >> 1) ^ -(value & 1);
    }

    /// <summary>Writes a time that may be <see cref="EventTime.None"/>.</summary>
    public static void Time(this ByteWriter writer, long timeMs)
    {
        writer.Byte(timeMs == EventTime.None ? (byte)0 : (byte)1);
        if (timeMs != EventTime.None)
        {
            writer.Signed(timeMs);
        }
    }

    /// <summary>Reads the output of <see cref="Time(ByteWriter, long)"/>.</summary>
    public static long Time(this ref ByteReader reader, string what) => reader.Byte(what) == 0 ? EventTime.None : reader.Signed(what);

    /// <summary>Writes a map of numbers in the order of its keys, each as the difference from the previous one.</summary>
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

    /// <summary>Reads the output of <see cref="Map(ByteWriter, IReadOnlyCollection{KeyValuePair{long, long}})"/>.</summary>
    /// <param name="reader">The reader of the state.</param>
    /// <param name="most">The maximum number of entries.</param>
    /// <param name="what">The name of the map in error messages.</param>
    /// <param name="map">An empty map that receives the entries; null to skip them.</param>
    /// <exception cref="InvalidDataException">Not a map, or too long.</exception>
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

    /// <summary>Reads the output of <see cref="Map(ByteWriter, IReadOnlyCollection{KeyValuePair{long, long}})"/>.</summary>
    /// <exception cref="InvalidDataException">Not a map, or too long.</exception>
    public static SortedList<long, long> Map(this ref ByteReader reader, int most, string what)
    {
        SortedList<long, long> map = [];
        ReadMap(ref reader, most, what, map);
        return map;
    }

    /// <summary>Decodes a state; returns null when it is invalid, for operations, which must not throw.</summary>
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
