using System.Buffers.Binary;
using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;

namespace Tidemark.Core.Metrics;

/// <summary>
/// The versioned, compact binary form of an <see cref="Accumulator"/>. Equal content encodes to equal bytes, whatever the order in which it
/// was added and whichever process encoded it. A decoded accumulator behaves exactly as the original would.
/// </summary>
/// <remarks>
/// Version 2: the magic <c>TMAC</c>, the version, the sections, and the MurmurHash64A of everything before it. A section is its number, its
/// length and its bytes, in ascending order of numbers; a metric that counted nothing has no section. A form written before a metric
/// existed therefore reads as zero for it. A form with an unknown section is rejected, since reading it would lose what was counted.
/// Numbers are LEB128. Revenue: 16 bytes. Users: 0 and the sorted hashes as Golomb-Rice coded gaps, or 1 and the sketch's registers of 6
/// bits. A key counter: its error, the number of keys, and for each key in byte order: the length of the prefix shared with the previous
/// key, the length of the rest, the rest, and the count minus the error. What the configuration adds is stored under its names, in their
/// byte order: what is not configured any more when it is decoded is left out.
/// </remarks>
public static partial class AccumulatorCodec
{
    /// <summary>The version that is written and read.</summary>
    public const byte Version = 2;

    private const byte ExactUsers = 0;
    private const byte SketchedUsers = 1;
    private const int ChecksumBytes = 8;

    private static ReadOnlySpan<byte> Magic => "TMAC"u8;

    /// <summary>
    /// The section numbers. They are part of stored state: a number never changes its meaning, and a new metric takes the next one.
    /// </summary>
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

        /// <summary>The breakdowns that the configuration adds: for each its name and a key counter.</summary>
        AddedBreakdowns = 9,

        /// <summary>The counters that the configuration adds: for each its name and its count.</summary>
        AddedCounters = 10,

        /// <summary>For each currency in the order of codes: the code, empty for the other ones, and the sum in 16 bytes.</summary>
        Currencies = 11,

        /// <summary>The sessions that start and end: <see cref="SessionCounts"/>.</summary>
        Sessions = 12,

        /// <summary>The count of the first <see cref="EventKind"/>; the other kinds follow in the order of their values.</summary>
        FirstKind = 32,
    }

    /// <summary>Encodes an accumulator.</summary>
    public static byte[] Encode(Accumulator accumulator)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        EncodeScratch scratch = EncodeScratch.Take();
        Write(scratch, accumulator);
        return scratch.Return();
    }

    /// <summary>
    /// Encodes an accumulator in at most <paramref name="maxBytes"/>: while it is too long, the key counter that takes the most space drops
    /// its smallest keys and raises its error. Users are never dropped, so the size must have room for them: 6.5 bytes each, or 12,288 in
    /// all for a sketch, and 2,500 for the rest, 10,000 with currencies.
    /// </summary>
    /// <param name="accumulator">The accumulator. It loses the dropped keys too.</param>
    /// <param name="maxBytes">The maximum length in bytes.</param>
    /// <exception cref="InvalidOperationException">The users and totals alone exceed the length.</exception>
    public static byte[] EncodeWithin(Accumulator accumulator, int maxBytes)
    {
        ArgumentNullException.ThrowIfNull(accumulator);
        EncodeScratch scratch = EncodeScratch.Take();
        Write(scratch, accumulator);
        while (scratch.Writer.Written.Length > maxBytes)
        {
            KeyCounter[] counters =
                [accumulator.Pages, accumulator.EventTypes, accumulator.Countries, accumulator.Devices, .. accumulator.Added?.Breakdowns ?? []];
            KeyCounter longest = counters.Where(counter => counter.Count > 1).MaxBy(counter => LengthOf(scratch, counter))
                ?? throw new InvalidOperationException($"The users and totals alone take more than {maxBytes} bytes.");
            longest.Shrink(longest.Count - Math.Max(1, longest.Count / 8));
            Write(scratch, accumulator);
        }

        return scratch.Return();
    }

    /// <summary>Decodes an accumulator.</summary>
    /// <param name="source">Exactly one binary form.</param>
    /// <param name="limits">
    /// May differ from those of the encoded accumulator: more users than fit become a sketch; of more keys than fit, the greatest are kept.
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
            case Section.AddedBreakdowns:
                ReadBreakdowns(ref reader, limits.AddedBreakdown, parts.Added);
                break;
            case Section.AddedCounters:
                ReadCounters(ref reader, parts.Events, parts.Added);
                break;
            case Section.Currencies:
                parts.Currencies = ReadCurrencies(ref reader);
                break;
            case Section.Sessions:
                SessionCounts sessions = SessionCounts.Read(ref reader);
                parts.Added?.Sessions?.Merge(sessions);
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
        if (accumulator.Added is { } added)
        {
            WriteAdded(scratch, added);
        }

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

    /// <summary>Checks magic, version and checksum, and returns the content between them.</summary>
    private static ReadOnlySpan<byte> CheckFrame(ReadOnlySpan<byte> source)
    {
        int headerBytes = Magic.Length + 1;
        if (source.Length < headerBytes || !source.StartsWith(Magic))
        {
            throw new InvalidDataException(
                $"Not an accumulator: expected at least {headerBytes} bytes that start with TMAC, found {source.Length} bytes without it.");
        }

        byte version = source[Magic.Length];
        if (version != Version)
        {
            throw new InvalidDataException($"Unknown version of the accumulator's binary form: expected {Version}, found {version}.");
        }

        if (source.Length < headerBytes + ChecksumBytes)
        {
            throw new InvalidDataException($"Truncated accumulator: expected a checksum of {ChecksumBytes} bytes at the end, "
                + $"found {source.Length - headerBytes} bytes in all.");
        }

        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(source[^ChecksumBytes..]);
        ulong found = MurmurHash64A.Hash(source[..^ChecksumBytes]);
        if (expected != found)
        {
            throw new InvalidDataException(
                $"Corrupt or truncated accumulator: expected the checksum {expected:x16}, found {found:x16} over {source.Length} bytes.");
        }

        return source[headerBytes..^ChecksumBytes];
    }

    /// <summary>The decoded sections, collected so that they can be checked against each other.</summary>
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

        /// <summary>Null when the configuration adds nothing.</summary>
        public AddedCounts? Added { get; } = Accumulator.AddedFor(limits);

        public CurrencySums? Currencies { get; set; }

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

            if (Currencies is not null)
            {
                CheckAmounts(Currencies, most);
                Added?.Currencies?.Merge(Currencies);
            }

            return new Accumulator(
                Limits,
                new AccumulatorTotals(Events, ofKind, InvalidAmounts, Revenue),
                Users ?? new UserSet(Limits.ExactUsers),
                Pages ?? new KeyCounter(Limits.Pages),
                EventTypes ?? new KeyCounter(Limits.Breakdown),
                Countries ?? new KeyCounter(Limits.Breakdown),
                Devices ?? new KeyCounter(Limits.Breakdown),
                Added);
        }
    }
}
