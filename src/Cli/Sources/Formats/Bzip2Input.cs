namespace Tidemark.Cli.Sources.Formats;

/// <summary>Bzip2 data as bits, the highest of each byte first.</summary>
internal sealed class Bzip2Input(Stream compressed) : IDisposable
{
    private readonly byte[] _bytes = new byte[1 << 16];
    private int _at;
    private int _length;
    private ulong _bits; // the lowest _count of them are unread
    private int _count;

    /// <summary>Reads bits as a number.</summary>
    /// <param name="count">How many, 1 to 32.</param>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public uint Read(int count)
    {
        while (_count < count)
        {
            if (_at == _length && !Fill())
            {
                throw new InvalidDataException("the bzip2 data are cut off");
            }

            _bits = (_bits << 8) | _bytes[_at++];
            _count += 8;
        }

        _count -= count;
        return (uint)((_bits >> _count) & ((1UL << count) - 1));
    }

    /// <summary>Passes over the rest of a byte of which a part was read.</summary>
    public void Align() => _count -= _count % 8;

    /// <summary>Whether there are no more bytes. At the start of a byte only.</summary>
    public bool IsAtEnd() => _count == 0 && _at == _length && !Fill();

    /// <inheritdoc/>
    public void Dispose() => compressed.Dispose();

    private bool Fill()
    {
        (_at, _length) = (0, compressed.Read(_bytes));
        return _length > 0;
    }
}
