using System.IO.Compression;

namespace Tidemark.Cli.Sources;

/// <summary>
/// The text of gzip data, of one member or several. Unlike <see cref="GZipStream"/>, which takes any end of its input for the end of the
/// data, it fails when the data stop in the middle or when something else follows them.
/// </summary>
/// <remarks>
/// At the end of the input one byte more is handed out that begins no member. After complete data nobody asks for another; if somebody
/// does, the data are not complete.
/// </remarks>
internal sealed class GzipText : ForwardStream
{
    private readonly PaddedInput _input;
    private readonly GZipStream _text;

    public GzipText(Stream compressed)
    {
        _input = new PaddedInput(compressed);
        _text = new GZipStream(_input, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The data are cut off or damaged, or something else follows them.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _text.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            // The byte at the end can be taken for damage.
            throw new InvalidDataException(_input.IsPadded ? "the gzip data are cut off" : "the gzip data are damaged", error);
        }

        if (read > 0 || buffer.IsEmpty)
        {
            return read;
        }

        if (_input.IsPassed)
        {
            throw new InvalidDataException("the gzip data are cut off");
        }

        return _input.IsPadded ? 0 : throw new InvalidDataException("the gzip data are followed by something else");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The input and one byte more.</summary>
    private sealed class PaddedInput(Stream compressed) : ForwardStream
    {
        private const byte NoMember = 0xFF;

        /// <summary>Whether the byte after the end was handed out.</summary>
        public bool IsPadded { get; private set; }

        /// <summary>Whether still more was asked for.</summary>
        public bool IsPassed { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = IsPadded || buffer.IsEmpty ? 0 : compressed.Read(buffer);
            if (read > 0 || buffer.IsEmpty)
            {
                return read;
            }

            IsPassed = IsPadded;
            if (IsPassed)
            {
                return 0;
            }

            IsPadded = true;
            buffer[0] = NoMember;
            return 1;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                compressed.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
