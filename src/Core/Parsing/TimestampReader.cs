using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Reads timestamps. The usual form, <c>2026-01-31T23:59:59.123Z</c>, is checked as one vector, with the last date cached; all other
/// forms are left to <see cref="Rfc3339"/>.
/// </summary>
internal struct TimestampReader
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
    private bool TryReadOther(ref byte start, int length, out long ms)
    {
        ms = 0;
        if (length < Rfc3339.Shortest)
        {
            return false;
        }

        ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpan(ref start, length);
        ulong yearMonth = Unsafe.ReadUnaligned<ulong>(ref start);
        ushort day = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, 8));
        if (yearMonth == _yearMonth && day == _day)
        {
            return Rfc3339.TryParseTime(text, _dayMs / Rfc3339.DayMs, out ms);
        }

        if (!Rfc3339.TryParse(text, out ms))
        {
            return false;
        }

        // Only dates that are in range at every time of day, so that the fast path need not check.
        if (Rfc3339.TryParseDate(text, out long days) && days * Rfc3339.DayMs is >= Rfc3339.MinMs and <= Rfc3339.MaxMs)
        {
            _yearMonth = yearMonth;
            _day = day;
            _dayMs = days * Rfc3339.DayMs;
        }

        return true;
    }
}
