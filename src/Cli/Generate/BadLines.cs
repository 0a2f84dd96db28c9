namespace Tidemark.Cli.Generate;

/// <summary>
/// Turns a good line into one that cannot be counted, for each reason of docs/SEMANTICS.md but <c>too_large</c>, or into one that is
/// odd and must be counted all the same.
/// </summary>
internal static class BadLines
{
    // Farther than any run is from the time of its events, and still a time.
    private const long YearMs = 365L * 86_400_000;
    private const int NearestFutureYears = 10;
    private const int FutureYears = 50;

    /// <summary>Spoils a line.</summary>
    /// <param name="line">A line of <see cref="EventLine"/>, without LF.</param>
    /// <param name="typeBytes">Bytes of its <c>event_type</c> field.</param>
    /// <param name="arrivalMs">When it arrives, which is also its time.</param>
    /// <param name="time">Writes times.</param>
    /// <param name="random">Decides how.</param>
    public static void Spoil(ref LineWriter line, int typeBytes, long arrivalMs, TimestampText time, ref Xoshiro256 random)
    {
        ulong draw = random.Next();
        uint variant = (uint)(draw >> 8) & 7;
        uint more = (uint)(draw >> 32);
        switch (draw & 7)
        {
            case 0:
                line.Length = 1 + (int)(more % (uint)(line.Length - 1));
                break;
            case 1:
                BreakSyntax(ref line, variant);
                break;
            case 2:
                MakeNoObject(ref line, variant);
                break;
            case 3:
                ReplaceTimestamp(ref line, MissingTimestamp(variant));
                break;
            case 4:
                ReplaceTimestamp(ref line, BadTimestamp(variant));
                break;
            case 5:
                line.Splice(EventLine.TypeAt, typeBytes, MissingType(variant));
                break;
            case 6:
                WriteTimestamp(ref line, time, arrivalMs + (NearestFutureYears + more % FutureYears) * YearMs, "Z"u8);
                break;
            default:
                MakeOdd(ref line, typeBytes, arrivalMs, time, variant);
                break;
        }
    }

    private static void BreakSyntax(ref LineWriter line, uint variant)
    {
        switch (variant)
        {
            case 0:
                line.Splice(line.Length - 1, 0, ","u8);
                break;
            case 1:
                // No UTF-8: a byte that no character has.
                line.Splice(13, 1, [0xFF]);
                break;
            case 2:
                // A tab inside a string must be escaped.
                line.Splice(13, 1, "\t"u8);
                break;
            case 3:
                line.Splice(line.Length - 1, 0, ",\"load\":NaN"u8);
                break;
            case 4:
                line.Splice(0, line.Length, "ERROR 2026 upstream timed out (110: Connection timed out) while reading response header"u8);
                break;
            case 5:
                line.Splice(1, 10, "'event_id'"u8);
                break;
            case 6:
                line.Append("{\"event_type\":\"page_view\"}"u8);
                break;
            default:
                line.Splice(1, 0, "/* replayed */"u8);
                break;
        }
    }

    private static void MakeNoObject(ref LineWriter line, uint variant)
    {
        switch (variant)
        {
            case < 4:
                line.Splice(0, 0, "["u8);
                line.Append((byte)']');
                break;
            case 4:
                line.Splice(0, line.Length, "null"u8);
                break;
            case 5:
                line.Splice(0, line.Length, "\"page_view\""u8);
                break;
            case 6:
                line.Splice(0, line.Length, "1795305600123"u8);
                break;
            default:
                line.Splice(0, line.Length, "[]"u8);
                break;
        }
    }

    private static ReadOnlySpan<byte> MissingTimestamp(uint variant) => variant switch
    {
        0 => ",\"timestamp\":null"u8,
        1 => ",\"timestamp\":true"u8,
        2 => ",\"timestamp\":{\"at\":\"2026-11-22T06:00:00Z\"}"u8,
        3 => ",\"time\":\"2026-11-22T06:00:00Z\""u8,
        4 => ",\"Timestamp\":\"2026-11-22T06:00:00Z\""u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> BadTimestamp(uint variant) => variant switch
    {
        0 => ",\"timestamp\":\"yesterday\""u8,
        1 => ",\"timestamp\":\"\""u8,
        2 => ",\"timestamp\":\"2026-02-30T06:00:00Z\""u8,
        3 => ",\"timestamp\":\"2026-11-22T06:00:00\""u8,
        4 => ",\"timestamp\":\"22/Nov/2026:06:00:00 +0000\""u8,
        5 => ",\"timestamp\":1795305600.5"u8,
        6 => ",\"timestamp\":\"1795305600123\""u8,
        _ => ",\"timestamp\":\"2026-11-22T24:00:00Z\""u8,
    };

    private static ReadOnlySpan<byte> MissingType(uint variant) => variant switch
    {
        0 => ",\"event_type\":null"u8,
        1 => ",\"event_type\":[\"page_view\"]"u8,
        2 => ",\"event_type\":false"u8,
        3 => ",\"type\":\"page_view\""u8,
        _ => default,
    };

    // Each of these is counted, at the line's own time.
    private static void MakeOdd(ref LineWriter line, int typeBytes, long arrivalMs, TimestampText time, uint variant)
    {
        switch (variant)
        {
            case 0:
                Span<byte> number = stackalloc byte[40];
                var field = new LineWriter(number);
                field.Append(",\"timestamp\":"u8);
                field.AppendNumber(arrivalMs);
                ReplaceTimestamp(ref line, field.Written);
                break;
            case 1:
                WriteTimestamp(ref line, time, arrivalMs + 7_200_000, "+02:00"u8);
                break;
            case 2:
                WriteTimestamp(ref line, time, arrivalMs, "456789Z"u8);
                break;
            case 3:
                // The last of two keys wins.
                line.Splice(EventLine.TypeAt, 0, ",\"event_type\":\"draft\""u8);
                break;
            case 4:
                line.Splice(EventLine.TypeAt, typeBytes, ",\"event_type\":\"page\\u005fview\""u8);
                break;
            case 5:
                line.Splice(line.Length - 1, 0,
                    ",\"user_id\":null,\"geo\":\"unknown\",\"trace\":{\"timestamp\":\"never\",\"steps\":[1,-2.5e3,true,null]}"u8);
                break;
            case 6:
                line.Splice(0, 0, " \t"u8);
                line.Append(" \r"u8);
                break;
            default:
                line.Splice(EventLine.TypeAt, typeBytes, ",\"event_type\":\"video_play\""u8);
                break;
        }
    }

    private static void ReplaceTimestamp(ref LineWriter line, scoped ReadOnlySpan<byte> field) =>
        line.Splice(EventLine.TimestampAt, EventLine.TimestampBytes, field);

    // Replaces the time up to the milliseconds, and its final Z by a longer or an equal ending.
    private static void WriteTimestamp(ref LineWriter line, TimestampText time, long ms, ReadOnlySpan<byte> ending)
    {
        const int ValueAt = EventLine.TypeAt - 1 - TimestampText.Bytes;
        Span<byte> text = stackalloc byte[TimestampText.Bytes];
        time.Write(ms, text);
        line.Splice(ValueAt, TimestampText.Bytes - 1, text[..^1]);
        line.Splice(ValueAt + TimestampText.Bytes - 1, 1, ending);
    }
}
