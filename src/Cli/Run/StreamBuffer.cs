using System.Buffers;

namespace Tidemark.Cli.Run;

/// <summary>Collects bytes for a stream and writes them whenever a few are together, so that it stays small however much passes through.</summary>
internal sealed class StreamBuffer(Stream stream) : IBufferWriter<byte>
{
    private const int UsualBytes = 1 << 16;

    // What a writer may ask for without saying how much it wants.
    private const int LeastFree = 256;

    private byte[] _bytes = new byte[UsualBytes];
    private int _used;

    /// <inheritdoc/>
    public void Advance(int count) => _used += count;

    /// <inheritdoc/>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int wanted = Math.Max(sizeHint, LeastFree);
        if (_bytes.Length - _used < wanted)
        {
            WriteOut();
            if (_bytes.Length < wanted)
            {
                _bytes = new byte[wanted];
            }
        }

        return _bytes.AsMemory(_used);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes what is left and flushes the stream.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Flush()
    {
        WriteOut();
        stream.Flush();
    }

    private void WriteOut()
    {
        // Forgotten first: what could not be written once is not written again.
        int used = _used;
        _used = 0;
        stream.Write(_bytes, 0, used);
        if (_bytes.Length > UsualBytes)
        {
            _bytes = new byte[UsualBytes];
        }
    }
}
