using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Checkpoint;

/// <summary>The primitives of a snapshot's binary form, in addition to those of an accumulator's.</summary>
internal static class SnapshotBytes
{
    /// <summary>Reads one element of a list.</summary>
    public delegate T ReadOne<out T>(ref ByteReader from);

    /// <summary>Appends a number as 8 bytes.</summary>
    public static void Long(this ByteWriter writer, long value) => writer.UInt64(unchecked((ulong)value));

    /// <summary>Reads the output of <see cref="Long(ByteWriter, long)"/>.</summary>
    public static long Long(this ref ByteReader reader, string what) => unchecked((long)reader.UInt64(what));

    /// <summary>Appends an interval.</summary>
    public static void Interval(this ByteWriter writer, Interval interval)
    {
        writer.Long(interval.StartMs);
        writer.VarInt(interval.LengthMs);
    }

    /// <summary>Reads the output of <see cref="Interval(ByteWriter, Core.Windows.Interval)"/>.</summary>
    public static Interval Interval(this ref ByteReader reader, string what)
    {
        long startMs = reader.Long(what);
        long lengthMs = reader.VarInt(long.MaxValue, what);
        if (startMs > long.MaxValue - lengthMs)
        {
            throw new InvalidDataException($"the state has {what} of {lengthMs} ms from {startMs} ms on: expected an end within the range of a long");
        }

        return new Interval(startMs, startMs + lengthMs);
    }

    /// <summary>Appends the number of elements, then each element.</summary>
    public static void List<T>(this ByteWriter writer, IReadOnlyCollection<T> items, Action<ByteWriter, T> write)
    {
        writer.VarInt(items.Count);
        foreach (T item in items)
        {
            write(writer, item);
        }
    }

    /// <summary>
    /// Reads the output of <see cref="List{T}(ByteWriter, IReadOnlyCollection{T}, Action{ByteWriter, T})"/>. An element takes at least one
    /// byte, so the length is bounded by the remaining bytes.
    /// </summary>
    public static T[] List<T>(this ref ByteReader reader, string what, ReadOne<T> read)
    {
        T[] items = new T[(int)reader.VarInt(reader.Remaining, what)];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = read(ref reader);
        }

        return items;
    }
}
