namespace Tidemark.Cli.Generate;

/// <summary>Appends to one line. The destination holds <see cref="EventGenerator.MaxLineBytes"/>, more than any line needs.</summary>
internal ref struct LineWriter(Span<byte> destination)
{
    private readonly Span<byte> _line = destination;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; set; }

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _line[..Length];

    public void Append(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_line[Length..]);
        Length += text.Length;
    }

    public void Append(byte value) => _line[Length++] = value;

    public void AppendNumber(long value)
    {
        _ = value.TryFormat(_line[Length..], out int written, default, null);
        Length += written;
    }

    /// <summary>At least <paramref name="digits"/> digits, with zeros in front.</summary>
    public void AppendPadded(uint value, int digits)
    {
        uint rest = value;
        for (int i = Length + digits - 1; i >= Length; i--)
        {
            (rest, uint digit) = uint.DivRem(rest, 10);
            _line[i] = (byte)('0' + digit);
        }

        if (rest != 0)
        {
            AppendNumber(value);
        }
        else
        {
            Length += digits;
        }
    }

    /// <summary>The lowest <paramref name="digits"/> hexadecimal digits.</summary>
    public void AppendHex(ulong value, int digits)
    {
        Span<byte> text = Reserve(digits);
        for (int i = digits - 1; i >= 0; i--, value >>= 4)
        {
            text[i] = "0123456789abcdef"u8[(int)(value & 15)];
        }
    }

    /// <summary>The next <paramref name="count"/> bytes, for a caller that fills them itself.</summary>
    public Span<byte> Reserve(int count)
    {
        Span<byte> reserved = _line.Slice(Length, count);
        Length += count;
        return reserved;
    }

    /// <summary>Replaces <paramref name="count"/> bytes at <paramref name="at"/> by <paramref name="text"/>, of any length.</summary>
    public void Splice(int at, int count, scoped ReadOnlySpan<byte> text)
    {
        _line[(at + count)..Length].CopyTo(_line[(at + text.Length)..]);
        text.CopyTo(_line[at..]);
        Length += text.Length - count;
    }
}
