using System.IO.Compression;

namespace Tidemark.Cli.Sources.Formats;

/// <summary>
/// The text of gzip data, of one member or several, with NUL bytes after the last or not. Unlike <see cref="GZipStream"/>, which takes any
/// end of its input for the end of the data, it fails when the data stop in the middle or when something else follows them.
/// </summary>
internal sealed class GzipText : ForwardStream
{
    private readonly Input _input;
    private readonly GZipStream _text;
    private bool _isEnded;

    public GzipText(Stream compressed)
    {
        _input = new Input(compressed);
        _text = new GZipStream(_input, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The data are cut off or damaged, or something else follows them.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _isEnded)
        {
            return 0;
        }

        int read = ReadText(buffer);
        if (read == 0)
        {
            RequireComplete();
            _isEnded = true;
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadText(Span<byte> buffer)
    {
        try
        {
            return _text.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(_input.IsPassed ? "the gzip data are cut off" : "the gzip data are damaged", error);
        }
    }

    private void RequireComplete()
    {
        if (!_input.IsAtEnd)
        {
            throw new InvalidDataException("the gzip data are followed by something else");
        }

        // What asked for nothing beyond the end stopped at a NUL byte that begins no member, and all the rest are NUL bytes.
        if (_input.IsPassed && !IsBetweenMembers())
        {
            throw new InvalidDataException("the gzip data are cut off");
        }
    }

    /// <summary>Whether one byte more, which begins no member, is left alone. Within a member it is taken for data.</summary>
    private bool IsBetweenMembers()
    {
        _input.Probe();
        try
        {
            return _text.Read(stackalloc byte[1]) == 0 && _input.IsProbeTaken && !_input.IsProbePassed;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>The input, whose last NUL bytes are handed out one by one, and a byte to probe with after its end.</summary>
    private sealed class Input(Stream compressed) : ForwardStream
    {
        private const byte NoMember = 0xFF;

        private readonly byte[] _chunk = new byte[1 << 16];
        private int _at;
        private int _length;
        private long _zerosBefore; // before the chunk
        private long _zeros; // after it, as far as was read
        private bool _isEnded;
        private bool _isProbing;

        /// <summary>Whether all is handed out but NUL bytes.</summary>
        public bool IsAtEnd => _isEnded && _at == _length && _zerosBefore == 0;

        /// <summary>Whether more was asked for than there is.</summary>
        public bool IsPassed { get; private set; }

        /// <summary>Whether the byte to probe with was taken.</summary>
        public bool IsProbeTaken { get; private set; }

        /// <summary>Whether more was asked for than that.</summary>
        public bool IsProbePassed { get; private set; }

        /// <summary>Has one byte more to hand out.</summary>
        public void Probe() => _isProbing = true;

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty)
            {
                return 0;
            }

            while (_zerosBefore == 0 && _at == _length && !_isEnded)
            {
                Fill();
            }

            if (_zerosBefore > 0)
            {
                int zeros = (int)Math.Min(_zerosBefore, buffer.Length);
                buffer[..zeros].Clear();
                _zerosBefore -= zeros;
                return zeros;
            }

            if (_at < _length)
            {
                int read = Math.Min(buffer.Length, _length - _at);
                _chunk.AsSpan(_at, read).CopyTo(buffer);
                _at += read;
                return read;
            }

            return ReadEnd(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                compressed.Dispose();
            }

            base.Dispose(disposing);
        }

        private int ReadEnd(Span<byte> buffer)
        {
            if (_zeros > 0)
            {
                _zeros--;
                buffer[0] = 0;
                return 1;
            }

            IsPassed = true;
            if (!_isProbing)
            {
                return 0;
            }

            IsProbePassed = IsProbeTaken;
            if (IsProbePassed)
            {
                return 0;
            }

            IsProbeTaken = true;
            buffer[0] = NoMember;
            return 1;
        }

        private void Fill()
        {
            int read = compressed.Read(_chunk);
            if (read == 0)
            {
                _isEnded = true;
                return;
            }

            int last = _chunk.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1;
            if (last == 0)
            {
                _zeros += read;
                return;
            }

            (_zerosBefore, _zeros, _at, _length) = (_zeros, read - last, 0, last);
        }
    }
}
