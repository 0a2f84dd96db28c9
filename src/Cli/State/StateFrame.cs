using System.Buffers.Binary;
using System.IO.Hashing;

namespace Tidemark.Cli.State;

/// <summary>What stands in a frame of the log.</summary>
internal enum FrameKind : byte
{
    /// <summary>A piece that checkpoints name: its number, then its bytes.</summary>
    Item = 1,

    /// <summary>A checkpoint: how many pieces it names, their numbers, then its content.</summary>
    Checkpoint = 2,

    /// <summary>The checkpoint before it had reached the disk when this was written.</summary>
    Durable = 3,
}

/// <summary>
/// A frame of the log: its length, its kind and their checksum in 16 bytes, then the payload and its checksum in 8. Both checksums are
/// XxHash3, so that a frame is found out to be whole, cut off or damaged without trusting its length.
/// </summary>
internal static class StateFrame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes after it.</summary>
    public const int TrailerBytes = 8;

    /// <summary>The longest payload: what an array can hold.</summary>
    public const int MaxPayloadBytes = 0x7FFFFF00;

    private const uint Mark = 0x464D_5401; // 01 'T' 'M' 'F'

    /// <summary>Writes the header of a frame.</summary>
    public static void WriteHeader(Span<byte> header, FrameKind kind, int payloadBytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Mark);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)payloadBytes);
        header[8] = (byte)kind;
        header[9] = header[10] = header[11] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], unchecked((uint)XxHash3.HashToUInt64(header[..12])));
    }

    /// <summary>Reads the header of a frame; false when there is none.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out FrameKind kind, out int payloadBytes)
    {
        kind = default;
        payloadBytes = 0;
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != Mark
            || BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != unchecked((uint)XxHash3.HashToUInt64(header[..12])))
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        kind = (FrameKind)header[8];
        payloadBytes = (int)Math.Min(length, MaxPayloadBytes);
        return length <= MaxPayloadBytes;
    }
}
