using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>
/// The rows that one partition has in one pane. Its content is a function of <see cref="Next"/> alone: every row of the pane before that
/// offset, exactly once. Operations that arrive late, twice or out of order have no effect; none throws.
/// </summary>
public sealed class PaneShard
{
    private const char Kind = 'W';

    private ReadOnlyMemory<byte> _content;

    /// <summary>Whether an operation has changed the shard since it was decoded.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The offset after the last included row.</summary>
    public long Next { get; private set; }

    /// <summary>Whether the shard accepts no more rows.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The rows as an encoded <see cref="Accumulator"/>; empty for none.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>
    /// Adds the pane's rows of the offsets <paramref name="from"/> to <paramref name="to"/>, unless any of them is included already.
    /// </summary>
    /// <param name="from">The first offset that was searched for rows of this pane.</param>
    /// <param name="to">The offset of the last row.</param>
    /// <param name="partial">The rows as an encoded <see cref="Accumulator"/>.</param>
    /// <param name="limits">The limits of the accumulator.</param>
    public void Apply(long from, long to, byte[]? partial, AccumulatorLimits limits)
    {
        if (IsClosed || from < Next || to < from || to > OffsetVector.MaxOffset || partial is null
            || StateFrame.Try(partial, bytes => Merge(bytes, limits)) is not { } merged)
        {
            return;
        }

        IsChanged = true;
        Next = to + 1;
        _content = merged;
    }

    /// <summary>Closes the shard, so that it accepts no more rows. An empty shard can be frozen too.</summary>
    public void Freeze()
    {
        IsChanged |= !IsClosed;
        IsClosed = true;
    }

    /// <summary>Decodes the rows.</summary>
    /// <exception cref="InvalidDataException">The content is corrupt.</exception>
    public Accumulator Rows(AccumulatorLimits limits) =>
        _content.Length == 0 ? new Accumulator(limits) : AccumulatorCodec.Decode(_content.Span, limits);

    /// <summary>Encodes the shard.</summary>
    public byte[] Encode()
    {
        ByteWriter writer = StateFrame.Begin(Kind);
        writer.Byte(IsClosed ? (byte)1 : (byte)0);
        writer.VarInt(Next);
        writer.VarInt(_content.Length);
        writer.Bytes(_content.Span);
        return StateFrame.End(writer);
    }

    /// <summary>
    /// Decodes a shard; null is an empty one. The rows are not copied: <paramref name="source"/> must not be changed afterwards.
    /// </summary>
    /// <exception cref="InvalidDataException">Not the binary form of a shard.</exception>
    public static PaneShard Decode(byte[]? source)
    {
        PaneShard shard = new();
        if (source is null || source.Length == 0)
        {
            return shard;
        }

        ByteReader reader = StateFrame.Open(source, Kind);
        shard.IsClosed = reader.Byte("whether it is closed") != 0;
        shard.Next = reader.VarInt(OffsetVector.MaxOffset + 1, "the next offset");
        int length = reader.Bytes((int)reader.VarInt(StateFrame.MaxBytes, "the length of the rows"), "the rows").Length;
        reader.RequireEnd();
        shard._content = StateFrame.Last(source, length);
        return shard;
    }

    /// <summary>Decodes a shard; returns null when the binary form is invalid, which an operation then leaves unchanged.</summary>
    public static PaneShard? TryDecode(byte[]? source) => source is null ? new() : StateFrame.Try(source, Decode);

    private byte[] Merge(byte[] partial, AccumulatorLimits limits)
    {
        Accumulator rows = AccumulatorCodec.Decode(partial, limits);
        if (_content.Length > 0)
        {
            Accumulator all = Rows(limits);
            all.Merge(rows);
            rows = all;
        }

        return AccumulatorCodec.EncodeWithin(rows, StateFrame.MaxContentBytes);
    }
}
