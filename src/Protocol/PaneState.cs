using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>
/// A closed pane: the merged shards of all its partitions at one revision. Operations that arrive late, twice or out of order have no
/// effect; none throws.
/// </summary>
public sealed class PaneState
{
    /// <summary>The maximum length of its content in bytes.</summary>
    public const int MaxContentBytes = StateFrame.MaxContentBytes;

    private const char Kind = 'N';

    private ReadOnlyMemory<byte> _content;

    /// <summary>Whether an operation has changed the pane since it was decoded.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The number of closings: 0 before the first, 1 after it, one more for each correction.</summary>
    public long Revision { get; private set; }

    /// <summary>The offset of each partition up to which its rows are included.</summary>
    public OffsetVector Vector { get; private set; } = OffsetVector.Empty;

    /// <summary>The rows as an encoded <see cref="Accumulator"/>; empty for none.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>Stores the next revision, if its vector is after the stored one.</summary>
    public void Put(long revision, OffsetVector? vector, byte[]? content, AccumulatorLimits limits)
    {
        if (revision != Revision + 1 || vector is null || content is null || !vector.IsAfter(Vector)
            || StateFrame.Try(content, bytes =>
                AccumulatorCodec.EncodeWithin(AccumulatorCodec.Decode(bytes, limits), StateFrame.MaxContentBytes)) is not { } taken)
        {
            return;
        }

        IsChanged = true;
        Revision = revision;
        Vector = vector;
        _content = taken;
    }

    /// <summary>Decodes the rows.</summary>
    /// <exception cref="InvalidDataException">The content is corrupt.</exception>
    public Accumulator Rows(AccumulatorLimits limits) =>
        _content.Length == 0 ? new Accumulator(limits) : AccumulatorCodec.Decode(_content.Span, limits);

    /// <summary>Encodes the pane.</summary>
    public byte[] Encode()
    {
        ByteWriter writer = StateFrame.Begin(Kind);
        writer.VarInt(Revision);
        Vector.Write(writer);
        writer.VarInt(_content.Length);
        writer.Bytes(_content.Span);
        return StateFrame.End(writer);
    }

    /// <summary>
    /// Decodes a pane; null is an empty one. The rows are not copied: <paramref name="source"/> must not be changed afterwards.
    /// </summary>
    /// <exception cref="InvalidDataException">Not the binary form of a pane.</exception>
    public static PaneState Decode(byte[]? source)
    {
        PaneState pane = new();
        if (source is null || source.Length == 0)
        {
            return pane;
        }

        ByteReader reader = StateFrame.Open(source, Kind);
        pane.Revision = reader.VarInt(long.MaxValue - 1, "the revision");
        pane.Vector = OffsetVector.Read(ref reader);
        int length = reader.Bytes((int)reader.VarInt(StateFrame.MaxBytes, "the length of the rows"), "the rows").Length;
        reader.RequireEnd();
        pane._content = StateFrame.Last(source, length);
        return pane;
    }

    /// <summary>Decodes a pane; returns null when the binary form is invalid, which an operation then leaves unchanged.</summary>
    public static PaneState? TryDecode(byte[]? source) => source is null ? new() : StateFrame.Try(source, Decode);
}
