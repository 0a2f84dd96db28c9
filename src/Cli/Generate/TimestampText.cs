namespace Tidemark.Cli.Generate;

/// <summary>Writes times like <c>2026-11-22T06:00:00.123Z</c>. Remembers the last second, which most events share.</summary>
internal sealed class TimestampText
{
    /// <summary>Bytes of a time: always the same, so that a line's head has one layout.</summary>
    public const int Bytes = 24;

    private readonly byte[] _text = "0001-01-01T00:00:00.000Z"u8.ToArray();
    private long _second;

    /// <summary>Writes <see cref="Bytes"/> bytes.</summary>
    /// <param name="unixMs">A time of the years 1 to 9999, in epoch milliseconds.</param>
    /// <param name="destination">At least <see cref="Bytes"/> bytes.</param>
    public void Write(long unixMs, Span<byte> destination)
    {
        // Counted from the year 1, so that times before 1970 need no thought.
        long ms = unixMs + DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMillisecond;
        long second = ms / 1000;
        if (second != _second)
        {
            SetSecond(second);
        }

        Span<byte> text = _text.AsSpan(0, Bytes);
        Digits(text, 20, 3, (int)(ms - second * 1000));
        text.CopyTo(destination);
    }

    private void SetSecond(long second)
    {
        var time = new DateTime(second * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
        (int year, int month, int day) = time;
        Span<byte> text = _text;
        Digits(text, 0, 4, year);
        Digits(text, 5, 2, month);
        Digits(text, 8, 2, day);
        Digits(text, 11, 2, time.Hour);
        Digits(text, 14, 2, time.Minute);
        Digits(text, 17, 2, time.Second);
        _second = second;
    }

    private static void Digits(Span<byte> text, int at, int count, int value)
    {
        for (int i = at + count - 1; i >= at; i--)
        {
            (value, int digit) = int.DivRem(value, 10);
            text[i] = (byte)('0' + digit);
        }
    }
}
