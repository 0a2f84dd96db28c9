using Tidemark.Aggregation;
using Tidemark.Aggregation.Accumulators;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Watermarks;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Functions.Tests.Protocol;

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
        CloseState topic = Given.Topic(0, 1);
        topic.Closed(Given.Hour, 1, Given.Vector((0, 3), (1, 9)));
        WindowShard shard = new();
        shard.Apply(0, 2, Given.Rows(3), Given.Options.Limits);
        PaneState pane = new();
        pane.Put(1, Given.Vector((0, 3)), Given.Rows(3), Given.Options.Limits);
        Random random = new(2);
        foreach (byte[] state in new[] { topic.Encode(), shard.Encode(), pane.Encode(), Given.Applied(0.5, 7, 8, 0.6).Encode() })
        {
            for (int i = 0; i < 5_000; i++)
            {
                byte[] damaged = [.. state];
                damaged[random.Next(3, damaged.Length - 8)] = (byte)random.Next(256);
                BitConverter.TryWriteBytes(damaged.AsSpan(damaged.Length - 8), MurmurHash64A.Hash(damaged.AsSpan(0, damaged.Length - 8)));
                Decode(damaged);
            }
        }
    }

    private static void Decode(byte[] bytes)
    {
        EngineOptions options = Given.Options;
        PartitionState? cursor = PartitionState.TryDecode(bytes);
        cursor?.Advance(Given.Step(cursor, cursor.Next + 3));
        cursor?.Prune(Given.Minute(5));
        cursor?.Lift(cursor.Next, Given.Minute(9));
        WindowShard.TryDecode(bytes)?.Apply(0, 5, bytes, options.Limits);
        PaneState.TryDecode(bytes)?.Put(1, Given.Vector((0, 1)), bytes, options.Limits);
        CloseState? topic = CloseState.TryDecode(bytes, options);
        topic?.Register(3);
        topic?.Closed(Given.Hour, 1, Given.Vector((0, 1)));
        topic?.Emitted("5min", Given.Minute(5), 1, 0);
        topic?.Final(Given.Minute(5), [0, 1, 2, 3]);
    }
}
