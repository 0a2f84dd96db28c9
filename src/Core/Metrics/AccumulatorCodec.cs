using System.Buffers.Binary;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>
/// The binary form of an <see cref="Accumulator"/>, compact and versioned. Equal content gives equal bytes, whatever the order in
/// which it was added and whichever process wrote it. What was encoded and decoded goes on as the original would have.
/// </summary>
/// <remarks>
/// Version 2: the magic <c>TMAC</c>, the version, sections, and MurmurHash64A of everything before. A section is its number, its length and its bytes,
/// by number; a metric of which nothing was counted has none. So a form written before a metric existed reads as zero of it, and one with a section
/// that this version does not know is refused: reading it would cut what was counted.
/// Numbers are LEB128. Revenue: 16 bytes. Users: 0 and the sorted hashes as Golomb-Rice coded gaps, or 1 and the sketch's registers at 6 bits.
/// A counter: its error, how many keys, and per key in byte order the length it shares with the key before, the length of the rest, the rest, and
/// the count less the error.
/// </remarks>
public static partial class AccumulatorCodec
{
    /// <summary>The version that is written and read.</summary>
    public const byte Version = 2;

    private const byte ExactUsers = 0;
    private const byte SketchedUsers = 1;
    private const int ChecksumBytes = 8;

    private static ReadOnlySpan<byte> Magic => "TMAC"u8;

    /// <summary>The numbers of the sections. They are part of stored state: none ever means something else, and a new metric takes the next one.</summary>
    private enum Section : byte
    {
        Events = 1,
        InvalidAmounts = 2,
        Revenue = 3,
        Users = 4,
        Pages = 5,
        EventTypes = 6,
        Countries = 7,
        Devices = 8,

        /// <summary>The events of the first <see cref="EventKind"/>; those of the others follow in the order of their values.</summary>
        FirstKind = 32,
    }

    /// <summary>The binary form of an accumulator.</summary>
    public static byte[] Encode(Accumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        EncodeScratch scratch = EncodeScratch.Take();
        Write(scratch, accumulator);
        return scratch.Return();
    }

    /// <summary>
    /// The binary form, cut to a size: while it is too long, the counter that takes most room drops its least keys, and its error says so. Users are
    /// never cut, so the size must have room for them: 6.5 bytes each, or 12,288 in all for a sketch, and 2,500 for the rest.
    /// </summary>
    /// <param name="accumulator">Loses the keys that are dropped.</param>
    /// <param name="maxBytes">The greatest length.</param>
    /// <exception cref="InvalidOperationException">It cannot be made that short.</exception>
    public static byte[] EncodeWithin(Accumulator accumulator, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        EncodeScratch scratch = EncodeScratch.Take();
        Write(scratch, accumulator);
        while (scratch.Writer.Written.Length > maxBytes)
        {
            KeyCounter[] counters = [accumulator.Pages, accumulator.EventTypes, accumulator.Countries, accumulator.Devices];
            KeyCounter longest = counters.Where(counter => counter.Count > 1).MaxBy(counter => LengthOf(scratch, counter))
                ?? throw new InvalidOperationException($"The users and totals alone take more than {maxBytes} bytes.");
            longest.Shrink(longest.Count - Math.Max(1, longest.Count / 8));
            Write(scratch, accumulator);
        }

        return scratch.Return();
    }

    /// <summary>The accumulator of a binary form.</summary>
    /// <param name="source">The binary form, nothing after it.</param>
    /// <param name="limits">
    /// May differ from the encoded accumulator's: more users than fit become a sketch, of more keys than fit the greatest are kept.
    /// </param>
    /// <exception cref="InvalidDataException">Not a binary form of an accumulator, of another version, truncated or corrupt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public static Accumulator Decode(ReadOnlySpan<byte> source, AccumulatorLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ByteReader reader = new(CheckFrame(source));
        Parts parts = new(limits);
        int last = 0;
        while (reader.Remaining > 0)
        {
            int number = (int)reader.VarInt(byte.MaxValue, "a section's number");
            if (number <= last)
            {
                throw new InvalidDataException($"Corrupt accumulator: expected sections in ascending order, found {number} after {last}.");
            }

            last = number;
            ByteReader section = new(reader.Bytes((int)reader.VarInt(int.MaxValue, "a section's length"), "a section"));
            Read(ref section, (Section)number, parts);
            if (section.Remaining != 0)
            {
                throw new InvalidDataException($"Corrupt accumulator: expected the end of section {number}, found {section.Remaining} more bytes.");
            }
        }

        return parts.ToAccumulator();
    }

    private static void Read(ref ByteReader reader, Section section, Parts parts)
    {
        AccumulatorLimits limits = parts.Limits;
        switch (section)
        {
            case Section.Events:
                parts.Events = ReadCount(ref reader, "events");
                break;
            case Section.InvalidAmounts:
                parts.InvalidAmounts = ReadCount(ref reader, "invalid amounts");
                break;
            case Section.Revenue:
                parts.Revenue = BinaryPrimitives.ReadInt128LittleEndian(reader.Bytes(16, "revenue"));
                break;
            case Section.Users:
                parts.Users = ReadUsers(ref reader, limits.ExactUsers);
                break;
            case Section.Pages:
                parts.Pages = ReadCounter(ref reader, limits.Pages, "pages");
                break;
            case Section.EventTypes:
                parts.EventTypes = ReadCounter(ref reader, limits.Breakdown, "event types");
                break;
            case Section.Countries:
                parts.Countries = ReadCounter(ref reader, limits.Breakdown, "countries");
                break;
            case Section.Devices:
                parts.Devices = ReadCounter(ref reader, limits.Breakdown, "devices");
                break;
            default:
                EventKind kind = EventKinds.Named.FirstOrDefault(kind => SectionOf(kind) == section);
                parts.Counts[(int)kind] = kind != EventKind.Other
                    ? ReadCount(ref reader, kind.TypeName() + " events")
                    : throw new InvalidDataException(
                        $"Unknown section of the accumulator's binary form, found {(int)section}: a later version of Tidemark has written it.");
                break;
        }
    }

    private static Section SectionOf(EventKind kind) => (Section)((int)Section.FirstKind + (int)kind - 1);

    private static void Write(EncodeScratch scratch, Accumulator accumulator)
    {
        ByteWriter writer = scratch.Writer;
        writer.Clear();
        writer.Bytes(Magic);
        writer.Byte(Version);
        WriteCount(scratch, Section.Events, accumulator.TotalEvents);
        WriteCount(scratch, Section.InvalidAmounts, accumulator.InvalidAmounts);
        if (accumulator.RevenueTenThousandths != 0)
        {
            BinaryPrimitives.WriteInt128LittleEndian(scratch.Section.Take(16), accumulator.RevenueTenThousandths);
            EndSection(scratch, Section.Revenue);
        }

        if (accumulator.Users.Sketch is not null || accumulator.Users.Count > 0)
        {
            WriteUsers(scratch, accumulator.Users);
            EndSection(scratch, Section.Users);
        }

        WriteCounter(scratch, Section.Pages, accumulator.Pages);
        WriteCounter(scratch, Section.EventTypes, accumulator.EventTypes);
        WriteCounter(scratch, Section.Countries, accumulator.Countries);
        WriteCounter(scratch, Section.Devices, accumulator.Devices);
        foreach (EventKind kind in EventKinds.Named)
        {
            WriteCount(scratch, SectionOf(kind), accumulator.CountOf(kind));
        }

        writer.UInt64(MurmurHash64A.Hash(writer.Written));
    }

    private static void WriteCount(EncodeScratch scratch, Section number, long count)
    {
        if (count != 0)
        {
            scratch.Section.VarInt(count);
            EndSection(scratch, number);
        }
    }

    private static void WriteCounter(EncodeScratch scratch, Section number, KeyCounter counter)
    {
        if (counter.Count > 0 || counter.MaxError > 0)
        {
            WriteCounter(scratch, counter);
            EndSection(scratch, number);
        }
    }

    private static void EndSection(EncodeScratch scratch, Section number)
    {
        scratch.Writer.VarInt((int)number);
        scratch.Writer.VarInt(scratch.Section.Written.Length);
        scratch.Writer.Bytes(scratch.Section.Written);
        scratch.Section.Clear();
    }

    private static long ReadCount(ref ByteReader reader, string what)
    {
        long count = reader.VarInt(long.MaxValue, what);
        return count > 0 ? count : throw new InvalidDataException($"Corrupt accumulator: expected no section for 0 {what}, found one.");
    }

    /// <summary>Checks what surrounds the content and returns the content.</summary>
    private static ReadOnlySpan<byte> CheckFrame(ReadOnlySpan<byte> source)
    {
        int headerBytes = Magic.Length + 1;
        if (source.Length < headerBytes || !source.StartsWith(Magic))
        {
            throw new InvalidDataException($"Not an accumulator: expected at least {headerBytes} bytes that start with TMAC, found {source.Length} bytes without it.");
        }

        byte version = source[Magic.Length];
        if (version != Version)
        {
            throw new InvalidDataException($"Unknown version of the accumulator's binary form: expected {Version}, found {version}.");
        }

        if (source.Length < headerBytes + ChecksumBytes)
        {
            throw new InvalidDataException($"Truncated accumulator: expected a checksum of {ChecksumBytes} bytes at the end, found {source.Length - headerBytes} bytes in all.");
        }

        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(source[^ChecksumBytes..]);
        ulong found = MurmurHash64A.Hash(source[..^ChecksumBytes]);
        if (expected != found)
        {
            throw new InvalidDataException($"Corrupt or truncated accumulator: expected the checksum {expected:x16}, found {found:x16} over {source.Length} bytes.");
        }

        return source[headerBytes..^ChecksumBytes];
    }

    /// <summary>What the sections hold, until all are read and can be held against each other.</summary>
    private sealed class Parts(AccumulatorLimits limits)
    {
        public AccumulatorLimits Limits { get; } = limits;

        public long Events { get; set; }

        public long InvalidAmounts { get; set; }

        public Int128 Revenue { get; set; }

        public UserSet? Users { get; set; }

        public KeyCounter? Pages { get; set; }

        public KeyCounter? EventTypes { get; set; }

        public KeyCounter? Countries { get; set; }

        public KeyCounter? Devices { get; set; }

        public long[] Counts { get; } = new long[EventKinds.Capacity];

        public Accumulator ToAccumulator()
        {
            KindCounts ofKind = default;
            long others = Events;
            for (int kind = 1; kind < EventKinds.Capacity; kind++)
            {
                ofKind[kind] = Counts[kind];
                others = Counts[kind] <= others
                    ? others - Counts[kind]
                    : throw new InvalidDataException($"Corrupt accumulator: expected at most {Events} events of all kinds together, found more.");
            }

            ofKind[(int)EventKind.Other] = others;
            long amounts = ofKind[(int)EventKind.Purchase] - InvalidAmounts;
            Int128 most = (Int128)Math.Max(amounts, 0) * Accumulator.MaxRevenueTenThousandths;
            if (amounts < 0 || Revenue > most || Revenue < -most)
            {
                throw new InvalidDataException(
                    $"Corrupt accumulator: expected invalid amounts and a revenue that {ofKind[(int)EventKind.Purchase]} purchases can have, "
                    + $"found {InvalidAmounts} and {Revenue} ten-thousandths.");
            }

            return new Accumulator(
                Limits,
                new AccumulatorTotals(Events, ofKind, InvalidAmounts, Revenue),
                Users ?? new UserSet(Limits.ExactUsers),
                Pages ?? new KeyCounter(Limits.Pages),
                EventTypes ?? new KeyCounter(Limits.Breakdown),
                Countries ?? new KeyCounter(Limits.Breakdown),
                Devices ?? new KeyCounter(Limits.Breakdown));
        }
    }
}
