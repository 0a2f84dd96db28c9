using System.Buffers.Binary;
using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <content>The sections of what the configuration adds.</content>
public static partial class AccumulatorCodec
{
    private const int MaxNameBytes = 64;

    private static void WriteAdded(EncodeScratch scratch, AddedCounts added)
    {
        for (int i = 0; i < added.Breakdowns.Count; i++)
        {
            int place = added.Metrics.BreakdownsByName[i];
            if (added.Breakdowns[place] is { Count: > 0 } or { MaxError: > 0 })
            {
                WriteName(scratch.Section, added.Metrics.Breakdowns[place]);
                WriteCounter(scratch, added.Breakdowns[place]);
            }
        }

        EndSectionIfAny(scratch, Section.AddedBreakdowns);
        for (int i = 0; i < added.Counters.Count; i++)
        {
            int place = added.Metrics.CountersByName[i];
            if (added.Counters[place] > 0)
            {
                WriteName(scratch.Section, added.Metrics.Counters[place]);
                scratch.Section.VarInt(added.Counters[place]);
            }
        }

        EndSectionIfAny(scratch, Section.AddedCounters);
        if (added.Currencies is { IsEmpty: false } currencies)
        {
            WriteCurrencies(scratch.Section, currencies);
            EndSection(scratch, Section.Currencies);
        }

        if (added.Sessions is { IsEmpty: false } sessions)
        {
            sessions.Write(scratch.Section);
            EndSection(scratch, Section.Sessions);
        }
    }

    private static void EndSectionIfAny(EncodeScratch scratch, Section number)
    {
        if (scratch.Section.Written.Length > 0)
        {
            EndSection(scratch, number);
        }
    }

    private static void WriteName(ByteWriter writer, string name)
    {
        writer.VarInt(name.Length); // names are ASCII
        writer.Bytes(Encoding.ASCII.GetBytes(name));
    }

    private static void WriteCurrencies(ByteWriter writer, CurrencySums currencies)
    {
        Span<byte> code = stackalloc byte[CurrencyCode.MaxBytes];
        foreach ((CurrencyCode currency, Int128 sum) in currencies.Sums)
        {
            int length = currency.Write(code);
            writer.VarInt(length);
            writer.Bytes(code[..length]);
            BinaryPrimitives.WriteInt128LittleEndian(writer.Take(16), sum);
        }
    }

    private static void ReadBreakdowns(ref ByteReader reader, int capacity, AddedCounts? added)
    {
        string last = "";
        do
        {
            last = ReadName(ref reader, last, "added breakdowns");
            KeyCounter counts = ReadCounter(ref reader, capacity, $"keys of {last}");
            added?.Restore(last, counts);
        }
        while (reader.Remaining > 0);
    }

    private static void ReadCounters(ref ByteReader reader, long events, AddedCounts? added)
    {
        string last = "";
        do
        {
            last = ReadName(ref reader, last, "added counters");
            long count = ReadCount(ref reader, last);
            if (count > events)
            {
                throw new InvalidDataException($"Corrupt accumulator: expected at most {events} of {last}, found {count}.");
            }

            added?.Restore(last, count);
        }
        while (reader.Remaining > 0);
    }

    private static string ReadName(ref ByteReader reader, string last, string what)
    {
        string name = Encoding.ASCII.GetString(reader.Bytes((int)reader.VarInt(MaxNameBytes, what), what));
        return AddedNames.HasForm(name) && string.CompareOrdinal(name, last) > 0
            ? name
            : throw new InvalidDataException($"Corrupt accumulator: expected {what} in ascending order, found '{name}' after '{last}'.");
    }

    private static CurrencySums ReadCurrencies(ref ByteReader reader)
    {
        CurrencySums currencies = new();
        CurrencyCode last = default;
        while (reader.Remaining > 0)
        {
            ReadOnlySpan<byte> bytes = reader.Bytes((int)reader.VarInt(CurrencyCode.MaxBytes, "currencies"), "currencies");
            if (CurrencyCode.Restore(bytes) is not { } code || code.CompareTo(last) <= 0)
            {
                throw new InvalidDataException("Corrupt accumulator: expected currencies in ascending order, found others.");
            }

            currencies.Add(code, BinaryPrimitives.ReadInt128LittleEndian(reader.Bytes(16, "currencies")));
            last = code;
        }

        return currencies.IsEmpty
            ? throw new InvalidDataException("Corrupt accumulator: expected no section for 0 currencies, found one.")
            : currencies;
    }

    private static void CheckAmounts(CurrencySums currencies, Int128 most)
    {
        if (currencies.Sums.Any(pair => pair.Value > most || pair.Value < -most))
        {
            throw new InvalidDataException("Corrupt accumulator: expected revenues by currency that all purchases can have, found greater ones.");
        }
    }
}
