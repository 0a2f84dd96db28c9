using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Reads timestamps. The usual form, <c>2026-01-31T23:59:59.123Z</c>, is checked as one vector, with the last date cached; all other
/// forms are left to <see cref="Iso8601"/> and, for numbers in a string, to <see cref="EpochNumber"/>.
/// </summary>
internal struct TimestampReader(RecordSchema schema)
{
    private const int CommonLength = 24;

    // The last date read, as two loads of its ten bytes, and its first millisecond.
    private ulong _yearMonth;
    private ushort _day;
    private long _dayMs;

    /// <summary>Reads the text of a timestamp; 24 bytes from its start must be readable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(ref byte start, int length, out long ms)
    {
        unchecked
        {
            // "ddThh:mm:ss.mmmZ": each byte minus its least value, compared with its range. Hours above 23 are checked below.
            Vector128<byte> least = Vector128.Create("00T00:00:00.000Z"u8);
            Vector128<byte> range = Vector128.Create((byte)9, 9, 0, 2, 9, 0, 5, 9, 0, 5, 9, 0, 9, 9, 9, 0);
            Vector128<byte> digits = Vector128.LoadUnsafe(ref start, 8) - least;
            if (length != CommonLength
                || Vector128.GreaterThanAny(digits, range)
                || ((Unsafe.ReadUnaligned<ulong>(ref start) ^ _yearMonth)
                    | (uint)(Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, 8)) ^ _day)) != 0)
            {
                return TryReadOther(ref start, length, out ms);
            }

            ulong low = digits.AsUInt64().GetElement(0);
            ulong high = digits.AsUInt64().GetElement(1);
            uint hour = (uint)(((byte)(low >> 24) * 10u) + (byte)(low >> 32));
            uint minute = (uint)(((byte)(low >> 48) * 10u) + (byte)(low >> 56));
            uint second = (uint)(((byte)(high >> 8) * 10u) + (byte)(high >> 16));
            uint fraction = (uint)(((byte)(high >> 32) * 100u) + ((byte)(high >> 40) * 10u) + (byte)(high >> 48));
            ms = _dayMs + ((((((hour * 60) + minute) * 60) + second) * 1000) + fraction);
            return hour <= 23;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryReadOther(ref byte start, int length, out long ms) => TryRead(MemoryMarshal.CreateReadOnlySpan(ref start, length), out ms);

    /// <summary>Reads the text of a timestamp in any form.</summary>
    public bool TryRead(ReadOnlySpan<byte> text, out long ms)
    {
        if (text.Length >= Iso8601.Shortest && BitConverter.ToUInt64(text) == _yearMonth && BitConverter.ToUInt16(text[8..]) == _day)
        {
            return Iso8601.TryParseTime(text, _dayMs / Iso8601.DayMs, schema.DefaultZone, out ms);
        }

        if (!Iso8601.TryParse(text, schema.DefaultZone, out ms))
        {
            return EpochNumber.TryParseText(text, schema.TimestampUnit, out ms);
        }

        // Only dates that are in range at every time of day, so that the fast path need not check.
        if (Iso8601.TryParseDate(text, out long days) && days * Iso8601.DayMs is >= Iso8601.MinMs and <= Iso8601.MaxMs)
        {
            _yearMonth = BitConverter.ToUInt64(text);
            _day = BitConverter.ToUInt16(text[8..]);
            _dayMs = days * Iso8601.DayMs;
        }

        return true;
    }
}
