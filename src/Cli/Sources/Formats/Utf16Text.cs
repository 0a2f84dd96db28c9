using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Tidemark.Cli.Sources.Formats;

/// <summary>UTF-16 as UTF-8, without the byte order mark. An unpaired surrogate becomes U+FFFD, as its escape does in JSON.</summary>
/// <param name="text">The text, with its byte order mark.</param>
/// <param name="isBigEndian">Whether the high byte comes first.</param>
internal sealed class Utf16Text(Stream text, bool isBigEndian) : ForwardStream
{
    private const int MaxUtf8BytesPerUnit = 3;

    private readonly byte[] _units = new byte[1 << 15];
    private readonly ushort[] _turned = new ushort[1 << 14];
    private readonly byte[] _utf8 = new byte[(1 << 14) * MaxUtf8BytesPerUnit];
    private int _unread; // bytes in _units that are not turned yet
    private int _at;
    private int _length;
    private bool _isMarkPassed;

    /// <exception cref="InvalidDataException">The text ends within a character.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_at == _length && !buffer.IsEmpty)
        {
            int read = text.Read(_units.AsSpan(_unread));
            if (read == 0)
            {
                return _unread == 0 ? 0 : throw new InvalidDataException("the UTF-16 text ends within a character");
            }

            Turn(_unread + read);
        }

        int count = Math.Min(buffer.Length, _length - _at);
        _utf8.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            text.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Turn(int bytes)
    {
        // Copied, so that a unit whose other half has not come yet stays as it was read.
        Span<ushort> units = _turned.AsSpan(0, bytes / sizeof(ushort));
        MemoryMarshal.Cast<byte, ushort>(_units.AsSpan(0, units.Length * sizeof(ushort))).CopyTo(units);
        if (isBigEndian == BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(units, units);
        }

        int mark = units.Length > 0 && !_isMarkPassed ? 1 : 0;
        _isMarkPassed |= units.Length > 0;
        Utf8.FromUtf16(MemoryMarshal.Cast<ushort, char>(units[mark..]), _utf8, out int used, out _length, isFinalBlock: false);
        _at = 0;
        int usedBytes = (mark + used) * sizeof(ushort);
        _unread = bytes - usedBytes;
        _units.AsSpan(usedBytes, _unread).CopyTo(_units);
    }
}
