using System.Buffers.Binary;
using System.IO.Hashing;

namespace Tidemark.Cli.State;

/// <summary>Finds the last whole checkpoint of a file, and tells what a crash leaves from damage.</summary>
internal sealed class StateLogReader(FileStream file, string path, byte[] magic)
{
    private readonly Dictionary<long, (long Offset, int Length)> _seen = [];

    /// <summary>The content of the last whole checkpoint; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Checkpoint { get; private set; }

    /// <summary>Where the pieces are that it names.</summary>
    public Dictionary<long, (long Offset, int Length)> Items { get; private set; } = [];

    /// <summary>How far the file is whole.</summary>
    public long Length { get; private set; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="StateException">It is damaged, or of a later version.</exception>
    public void Read()
    {
        long end = file.Length;
        if (!ReadMagic())
        {
            return;
        }

        long at = magic.Length;
        while (at < end)
        {
            byte[]? payload = TryReadFrame(at, end, out FrameKind kind);
            if (payload is null)
            {
                RequireNothingWhole(at, end);
                break;
            }

            Take(kind, payload, at);
            at += StateFrame.HeaderBytes + payload.Length + StateFrame.TrailerBytes;
        }

        Length = at;
    }

    private bool ReadMagic()
    {
        byte[] start = new byte[magic.Length];
        int read = RandomAccess.Read(file.SafeFileHandle, start, 0);
        if (read < start.Length)
        {
            // Made, and nothing more: the first checkpoint was not on its way yet.
            return magic.AsSpan().StartsWith(start.AsSpan(0, read)) ? false : throw Damaged(0);
        }

        if (!start.AsSpan(0, start.Length - 1).SequenceEqual(magic.AsSpan(0, magic.Length - 1)))
        {
            throw Damaged(0);
        }

        return start[^1] == magic[^1]
            ? true
            : throw new StateException(
                $"{path} was written by another version of tidemark (format {start[^1]}, "
                    + $"this one reads {magic[^1]}). Go on with the version that wrote it, "
                + "or count the same sources anew with this one: into another --lake, with its own state");
    }

    private byte[]? TryReadFrame(long at, long end, out FrameKind kind)
    {
        Span<byte> header = stackalloc byte[StateFrame.HeaderBytes];
        int read = RandomAccess.Read(file.SafeFileHandle, header, at);
        if (!StateFrame.TryReadHeader(header[..read], out kind, out int payloadBytes)
            || end - at < StateFrame.HeaderBytes + (long)payloadBytes + StateFrame.TrailerBytes)
        {
            return null;
        }

        byte[] frame = new byte[StateFrame.HeaderBytes + payloadBytes + StateFrame.TrailerBytes];
        for (int done = 0; done < frame.Length;)
        {
            int some = RandomAccess.Read(file.SafeFileHandle, frame.AsSpan(done), at + done);
            if (some == 0)
            {
                return null;
            }

            done += some;
        }

        ReadOnlySpan<byte> summed = frame.AsSpan(0, frame.Length - StateFrame.TrailerBytes);
        return XxHash3.HashToUInt64(summed) == BinaryPrimitives.ReadUInt64LittleEndian(frame.AsSpan(summed.Length))
            ? frame[StateFrame.HeaderBytes..summed.Length]
            : null;
    }

    private void Take(FrameKind kind, byte[] payload, long at)
    {
        switch (kind)
        {
            case FrameKind.Item when payload.Length >= 8:
                _seen[BinaryPrimitives.ReadInt64LittleEndian(payload)] = (at + StateFrame.HeaderBytes + 8, payload.Length - 8);
                break;
            case FrameKind.Checkpoint when payload.Length >= 4:
                TakeCheckpoint(payload, at);
                break;
            case FrameKind.Durable:
                break;
            default:
                throw Damaged(at);
        }
    }

    private void TakeCheckpoint(byte[] payload, long at)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(payload);
        if (count < 0 || count > (payload.Length - 4) / 8)
        {
            throw Damaged(at);
        }

        Dictionary<long, (long Offset, int Length)> items = [];
        for (int i = 0; i < count; i++)
        {
            long number = BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(4 + (8 * i)));
            items[number] = _seen.TryGetValue(number, out (long Offset, int Length) place) ? place : throw Damaged(at);
        }

        Items = items;
        Checkpoint = payload.AsMemory(4 + (8 * count));
    }

    /// <summary>
    /// A crash leaves nothing behind the frame that it cut off. What is whole behind one that is not was written later: then the one before
    /// was whole once.
    /// </summary>
    private void RequireNothingWhole(long from, long end)
    {
        byte[] window = new byte[1 << 16];
        for (long start = from + 1; start < end; start += window.Length - StateFrame.HeaderBytes + 1)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, window, start);
            for (int i = 0; i + StateFrame.HeaderBytes <= read; i++)
            {
                if (StateFrame.TryReadHeader(window.AsSpan(i, StateFrame.HeaderBytes), out _, out _)
                    && TryReadFrame(start + i, end, out _) is not null)
                {
                    throw Damaged(from);
                }
            }
        }
    }

    private StateException Damaged(long at) => new(
        $"{path} is damaged at byte {at}: it was whole once, and is not any more (a disk, "
            + "or somebody's hand). Nothing was changed. Put a copy of the file back, or count the same "
        + "sources anew into another --lake, with its own state; this lake stays as it is and can be read");
}
