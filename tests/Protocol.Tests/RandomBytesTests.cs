using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Support.States;

namespace Tidemark.Protocol.Tests;

/// <summary>Whatever bytes an entity holds or gets, no operation throws.</summary>
public class RandomBytesTests
{
    [Fact]
    public void TryDecode_RandomBytes_NeverThrows()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            Decode(bytes);
        }
    }

    // A right checksum over wrong content: what a faulty version of ourselves might write.
    [Fact]
    public void TryDecode_DamagedContentWithChecksum_NeverThrows()
    {
        Random random = new(2);
        foreach (byte[] state in States())
        {
            for (int i = 0; i < 5_000; i++)
            {
                byte[] damaged = [.. state];
                damaged[random.Next(3, damaged.Length - 8)] = (byte)random.Next(256);
                Decode(Sealed(damaged));
            }
        }
    }

    // While a new version is rolled out, both work on the same states: what the old one does not know it must not drop.
    [Fact]
    public void TryDecode_StateOfALaterVersion_IsRefused()
    {
        foreach (byte[] state in States())
        {
            Assert.True(IsKnown(state));
            Assert.False(IsKnown(Sealed([.. state[..^8], 0, .. state[^8..]])), $"a field more, {(char)state[1]}");
            Assert.False(IsKnown(Sealed([.. state[..2], 2, .. state[3..]])), $"another version, {(char)state[1]}");
        }

        static bool IsKnown(byte[] state) => PartitionState.TryDecode(state) is not null || PaneShard.TryDecode(state) is not null
            || PaneState.TryDecode(state) is not null || TopicState.TryDecode(state, Given.Options) is not null;
    }

    private static byte[][] States()
    {
        TopicState topic = Given.Topic(0, 1);
        topic.Closed(Given.Hour, 1, Given.Vector((0, 3), (1, 9)));
        PaneShard shard = new();
        shard.Apply(0, 2, Given.Rows(3), Given.Options.Limits);
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 3)), Given.Rows(3), Given.Options.Limits);
        return [topic.Encode(), shard.Encode(), pane.Encode(), Given.Applied(0.5, 7, 8, 0.6).Encode(), Rejecting().Encode()];
    }

    private static PartitionState Rejecting()
    {
        PartitionState state = Given.Open();
        state.Advance(Given.Slice(Given.Text(0, "{"), Given.Event(1, 0.5), Given.Text(2, "[]")).Advance(Given.Hour));
        return state;
    }

    /// <summary>A state whose content was changed, with the right checksum again.</summary>
    internal static byte[] Sealed(byte[] state)
    {
        BitConverter.TryWriteBytes(state.AsSpan(state.Length - 8), MurmurHash64A.Hash(state.AsSpan(0, state.Length - 8)));
        return state;
    }

    private static void Decode(byte[] bytes)
    {
        EngineOptions options = Given.Options;
        PartitionState? cursor = PartitionState.TryDecode(bytes);
        cursor?.Advance(Given.Step(cursor, cursor.Next + 3));
        cursor?.Prune(Given.Minute(5));
        cursor?.Lift(cursor.Next, Given.Minute(9));
        PaneShard.TryDecode(bytes)?.Apply(0, 5, bytes, options.Limits);
        PaneState.TryDecode(bytes)?.Put(1, Given.Vector((0, 1)), bytes, options.Limits);
        TopicState? topic = TopicState.TryDecode(bytes, options);
        topic?.Register(3);
        topic?.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        topic?.Published("5min", Given.Minute(5), 1, 0);
        topic?.Final(Given.Minute(5), [0, 1, 2, 3]);
    }
}
