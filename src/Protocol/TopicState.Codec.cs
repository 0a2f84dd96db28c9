using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Protocol;

/// <content>The binary form. Vectors are stored as differences from the previous pane, since partitions move together.</content>
public sealed partial class TopicState
{
    private const char Kind = 'C';
    private const int MaxPanes = 100_000;

    /// <summary>Encodes the state.</summary>
    public byte[] Encode() => Encode(_panes);

    /// <summary>Encodes the state as if it had these closed panes.</summary>
    private byte[] Encode(SortedList<long, PaneProgress> panes)
    {
        ByteWriter writer = StateFrame.Begin(Kind);
        writer.VarInt(_layout);
        writer.Time(FinalMs);
        writer.Time(PublishedWatermarkMs);
        writer.VarInt(_partitions.Count);
        foreach ((long partition, long birthMs) in _partitions)
        {
            writer.VarInt(partition);
            writer.Time(birthMs);
        }

        writer.VarInt(_families.Count);
        foreach (FamilyProgress family in _families)
        {
            writer.Time(family.FinalBeforeMs);
            writer.Map(family.PublishedByEnd);
        }

        writer.VarInt(panes.Count);
        long lastMs = 0;
        OffsetVector last = OffsetVector.Empty;
        foreach ((long startMs, PaneProgress pane) in panes)
        {
            writer.Signed(startMs - lastMs);
            writer.VarInt(pane.Revision);
            writer.Byte(pane.Vector is null ? (byte)0 : (byte)1);
            if (pane.Vector is { } vector)
            {
                WriteVector(writer, vector, last);
                last = vector;
            }
            else
            {
                writer.VarInt(pane.Fingerprint);
            }

            lastMs = startMs;
        }

        writer.Time(FirstMs);
        foreach (FamilyProgress family in _families)
        {
            writer.Time(family.EmptyUntilMs);
        }

        return StateFrame.End(writer);
    }

    /// <summary>Decodes a state; null is an empty one.</summary>
    /// <param name="source">The binary form.</param>
    /// <param name="options">Valid options of the topic.</param>
    /// <exception cref="InvalidDataException">Not the binary form of this state.</exception>
    public static TopicState Decode(byte[]? source, EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TopicState state = new(options);
        if (source is null || source.Length == 0)
        {
            return state;
        }

        ByteReader reader = StateFrame.Open(source, Kind);
        state._layout = reader.VarInt(long.MaxValue, "the layout");
        if (state.IsOfOtherLayout)
        {
            return state;
        }

        state.FinalMs = reader.Time("what is final");
        state.PublishedWatermarkMs = reader.Time("the watermark");
        int partitions = (int)reader.VarInt(OffsetVector.MaxPartitions, "partitions");
        for (int i = 0; i < partitions; i++)
        {
            state._partitions.Add(reader.VarInt(OffsetVector.MaxPartitions - 1, "a partition"), reader.Time("a watermark"));
        }

        if (reader.VarInt(int.MaxValue, "families") != state._families.Count)
        {
            throw new InvalidDataException("Corrupt state: expected as many families as the layout has.");
        }

        for (int i = 0; i < state._families.Count; i++)
        {
            long finalBeforeMs = reader.Time("what is final of a family");
            state._families[i] = state._families[i] with { PublishedByEnd = reader.Map(MaxPanes, "published windows") };
            state._families[i].FinalBeforeMs = finalBeforeMs;
        }

        state.ReadPanes(ref reader);
        if (reader.Remaining == 0)
        {
            // Written by a version without empty windows.
            return state;
        }

        state.FirstMs = reader.Time("the first pane");
        foreach (FamilyProgress family in state._families)
        {
            family.EmptyUntilMs = reader.Time("what is written of empty windows");
        }

        reader.RequireEnd();
        return state;
    }

    /// <summary>Decodes a state; returns null when the binary form is invalid, which an operation then leaves unchanged.</summary>
    public static TopicState? TryDecode(byte[]? source, EngineOptions options) =>
        StateFrame.Try(source ?? [], bytes => Decode(bytes, options)) is { IsOfOtherLayout: false } state ? state : null;

    private void ReadPanes(ref ByteReader reader)
    {
        int panes = (int)reader.VarInt(MaxPanes, "panes");
        long startMs = 0;
        OffsetVector last = OffsetVector.Empty;
        for (int i = 0; i < panes; i++)
        {
            startMs += reader.Signed("a pane");
            long revision = reader.VarInt(long.MaxValue - 1, "a revision");
            if (reader.Byte("the form of a vector") != 0)
            {
                last = ReadVector(ref reader, last);
                _panes.Add(startMs, new PaneProgress(revision, last, last.Fingerprint));
            }
            else
            {
                _panes.Add(startMs, new PaneProgress(revision, null, reader.VarInt(long.MaxValue, "a fingerprint")));
            }
        }
    }

    private static void WriteVector(ByteWriter writer, OffsetVector vector, OffsetVector last)
    {
        writer.VarInt(vector.Count);
        long before = -1;
        foreach ((int partition, long offset) in vector)
        {
            writer.VarInt(partition - before - 1);
            writer.Signed(offset - last[partition]);
            before = partition;
        }
    }

    private static OffsetVector ReadVector(ref ByteReader reader, OffsetVector last)
    {
        int count = (int)reader.VarInt(OffsetVector.MaxPartitions, "partitions of a vector");
        List<KeyValuePair<int, long>> offsets = new(count);
        long partition = -1;
        for (int i = 0; i < count; i++)
        {
            partition += reader.VarInt(OffsetVector.MaxPartitions, "a partition") + 1;
            offsets.Add(new((int)partition, (last.Count > 0 ? last[(int)partition] : 0) + reader.Signed("an offset")));
        }

        return new OffsetVector(offsets);
    }

    /// <summary>A hash of all options on which the meaning of a stored state depends.</summary>
    private static long LayoutOf(EngineOptions options)
    {
        ByteWriter writer = new(128);
        writer.VarInt((long)options.AllowedLateness.TotalMilliseconds);
        foreach (WindowDefinition window in options.Windows)
        {
            writer.Bytes(System.Text.Encoding.UTF8.GetBytes(window.Name));
            writer.VarInt(window.SizeMs);
            writer.VarInt(window.Kind.HopMs);
            writer.Byte(window.Kind.Code);
            writer.VarInt(window.OffsetMs);
        }

        return (long)(MurmurHash64A.Hash(writer.Written) >> 1);
    }
}
