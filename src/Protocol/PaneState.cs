using Tidemark.Core.Metrics;

namespace Tidemark.Protocol;

/// <summary>
/// A closed pane: the shards of all its partitions merged, as of one revision. Operations that come late, twice or out of order do nothing; none throws.
/// </summary>
public sealed class PaneState
{
    /// <summary>The greatest length of its content in bytes.</summary>
    public const int MaxContentBytes = StateFrame.MaxContentBytes;

    private const char Kind = 'N';

    private ReadOnlyMemory<byte> _content;

    /// <summary>Whether an operation changed anything.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>0 before its first closing, then 1 and one more for each correction.</summary>
    public long Revision { get; private set; }

    /// <summary>How far each partition's rows are in it.</summary>
    public OffsetVector Vector { get; private set; } = OffsetVector.Empty;

    /// <summary>The rows as an encoded <see cref="Accumulator"/>; empty for none.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>Takes the next revision, if it knows all that this one knows and more.</summary>
    public void Put(long revision, OffsetVector? vector, byte[]? content, AccumulatorLimits limits)
    {
        if (revision != Revision + 1 || vector is null || content is null || !vector.IsAfter(Vector)
            || StateFrame.Try(content, bytes => AccumulatorCodec.EncodeWithin(AccumulatorCodec.Decode(bytes, limits), StateFrame.MaxContentBytes)) is not { } taken)
        {
            return;
        }

        IsChanged = true;
        Revision = revision;
        Vector = vector;
        _content = taken;
    }

    /// <summary>The rows.</summary>
    /// <exception cref="InvalidDataException">The content is corrupt.</exception>
    public Accumulator Rows(AccumulatorLimits limits) => _content.Length == 0 ? new Accumulator(limits) : AccumulatorCodec.Decode(_content.Span, limits);

    /// <summary>The binary form.</summary>
    public byte[] Encode()
    {
        ByteWriter writer = StateFrame.Begin(Kind);
        writer.VarInt(Revision);
        Vector.Write(writer);
        writer.VarInt(_content.Length);
        writer.Bytes(_content.Span);
        return StateFrame.End(writer);
    }

    /// <summary>The pane of a binary form; an empty one for none. The rows stay where they are: the form is not to be changed afterwards.</summary>
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

    /// <summary>The pane of a binary form, or null when it is not one: an operation then leaves it as it is.</summary>
    public static PaneState? TryDecode(byte[]? source) => source is null ? new() : StateFrame.Try(source, Decode);
}
