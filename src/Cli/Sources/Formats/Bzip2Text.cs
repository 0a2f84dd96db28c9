using System.Numerics;

namespace Tidemark.Cli.Sources.Formats;

/// <summary>
/// The text of bzip2 data, of one stream or several, as <c>pbzip2</c> and <c>cat</c> make them. Source: bzip2 1.0.8, and the format's
/// description by Joe Tsai (2016).
/// </summary>
internal sealed class Bzip2Text(Stream compressed) : ForwardStream
{
    private const uint StreamStart = ('B' << 16) | ('Z' << 8) | 'h';
    private const ulong BlockStart = 0x314159265359;
    private const ulong StreamEnd = 0x177245385090;

    private readonly Bzip2Input _input = new(compressed);
    private readonly Bzip2Block _block = new();
    private bool _isWithinStream;
    private bool _isEnded;
    private uint _checksum; // of the stream's blocks so far

    /// <exception cref="InvalidDataException">The data are cut off or damaged, or something else follows them.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = 0;
        while (read == 0 && !_isEnded && !buffer.IsEmpty)
        {
            read = _block.Read(buffer);
            if (read == 0)
            {
                ReadOn();
            }
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the next block, or what stands between two.</summary>
    private void ReadOn()
    {
        if (!_isWithinStream)
        {
            _isEnded = _input.IsAtEnd();
            _isWithinStream = !_isEnded;
            if (_isWithinStream)
            {
                BeginStream();
            }

            return;
        }

        ulong start = ((ulong)_input.Read(24) << 24) | _input.Read(24);
        uint checksum = start is BlockStart or StreamEnd ? _input.Read(32) : 0;
        switch (start)
        {
            case BlockStart:
                _block.Decode(_input, checksum);
                _checksum = BitOperations.RotateLeft(_checksum, 1) ^ checksum;
                break;
            case StreamEnd when checksum == _checksum:
                _input.Align();
                _isWithinStream = false;
                break;
            default:
                throw new InvalidDataException(Bzip2Block.Damaged);
        }
    }

    private void BeginStream()
    {
        if (_input.Read(24) != StreamStart || _input.Read(8) - '0' is not (>= 1 and <= 9 and var level))
        {
            throw new InvalidDataException("the bzip2 data are followed by something else");
        }

        _block.Reserve((int)level);
        _checksum = 0;
    }
}
