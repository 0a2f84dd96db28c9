using System.Text;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Support.States;
using Xunit.Abstractions;

namespace Tidemark.Protocol.Tests;

/// <summary>What a state costs, as it is stored: the binary form in base64 in quotes. docs/FUNCTIONS.md shows these numbers.</summary>
public class StateSizeTests(ITestOutputHelper output)
{
    private const int Most = 256 * 1024;

    [Theory]
    [InlineData(1_000, 9_600)]
    [InlineData(10_000, 90_000)]
    [InlineData(100_000, 17_000)] // a sketch
    public void Shard_Users_SizeIsKnown(int users, int most)
    {
        PaneShard shard = new();
        KafkaValue[] values = [.. Enumerable.Range(0, users).Select(i => Given.Event(i, 0.5, $"user-{i}"))];
        shard.Apply(0, users - 1, Given.Slice(values).Panes[0].Rows, Given.Options.Limits);
        int size = Stored(shard.Encode());
        output.WriteLine($"{users} users: {shard.Encode().Length} bytes, {size} stored");
        Assert.InRange(size, 1, most);
    }

    // 16,384 users, and more distinct keys of 512 bytes, without anything in common, than any counter takes.
    [Fact]
    public void ShardAndPane_HostileKeys_StayWithinLimit()
    {
        Random random = new(3);
        PaneShard shard = new();
        for (int batch = 0; batch < 8; batch++)
        {
            KafkaValue[] values = [.. Enumerable.Range(0, 2_048).Select(i => Hostile(random, (batch * 2_048) + i))];
            byte[] partial = Given.Slice(values).Panes[0].Rows;
            Assert.True(Stored(partial) < Most);
            shard.Apply(values[0].Offset, values[^1].Offset, partial, Given.Options.Limits);
        }

        Accumulator rows = shard.Rows(Given.Options.Limits);
        Assert.Equal(16_384L, rows.TotalEvents);
        Assert.Equal(16_384L, rows.Users.Count);
        Assert.True(rows.Users.IsExact);
        Assert.True(rows.Pages.MaxError > 0);
        PaneState pane = new();
        pane.Put(1, new OffsetVector(Enumerable.Range(0, OffsetVector.MaxPartitions)
            .Select(i => KeyValuePair.Create(i, random.NextInt64(OffsetVector.MaxOffset)))), shard.Content.ToArray(), Given.Options.Limits);
        output.WriteLine($"shard {Stored(shard.Encode())}, pane of 1024 partitions {Stored(pane.Encode())} stored");
        Assert.Equal(1, pane.Revision);
        Assert.InRange(Stored(shard.Encode()), 1, Most);
        Assert.InRange(Stored(pane.Encode()), 1, Most);
    }

    // As many breakdowns as may be added, each with more keys of 512 bytes than it takes, and a currency in every record.
    [Fact]
    public void Shard_HostileKeysOfAddedBreakdowns_StaysWithinLimit()
    {
        EngineOptions options = Given.Options with
        {
            Input = new InputOptions
            {
                Breakdowns = [.. Enumerable.Range(0, InputOptions.MaxAdded)
                    .Select(i => new AddedBreakdown($"b{i}", new FieldSource { Paths = [$"b{i}"] }))],
                Counters = [.. Enumerable.Range(0, InputOptions.MaxAdded).Select(i => new AddedCounter($"c{i}", "purchase"))],
                Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["currency"] } },
            },
        };
        Random random = new(7);
        SliceReader reader = new(options);
        PaneShard shard = new();
        for (int batch = 0; batch < 4; batch++)
        {
            KafkaValue[] values = [.. Enumerable.Range(batch * 4_096, 4_096).Select(offset => HostileAdded(random, offset))];
            byte[] partial = reader.Read(Given.Open(values[0].Offset), values, values[^1].Offset, new Dictionary<long, long>()).Panes[0].Rows;
            Assert.True(Stored(partial) < Most);
            shard.Apply(values[0].Offset, values[^1].Offset, partial, options.Limits);
        }

        Accumulator rows = shard.Rows(options.Limits);
        output.WriteLine($"shard of 16,384 users and {InputOptions.MaxAdded} added breakdowns: {Stored(shard.Encode())} stored");
        Assert.Equal((16_384L, 16_384L), (rows.TotalEvents, rows.Users.Count));
        Assert.All(rows.Added!.Breakdowns, breakdown => Assert.InRange(breakdown.MaxError, 1, 16_384));
        Assert.All(rows.Added.Counters, count => Assert.Equal(16_384, count));
        Assert.Equal(
            rows.RevenueTenThousandths,
            rows.Added.Currencies!.Of(rows.RevenueTenThousandths).Aggregate(Int128.Zero, (sum, currency) => sum + currency.Value));
        Assert.InRange(Stored(shard.Encode()), 1, Most);
    }

    [Fact]
    public void Cursor_MostMarksAndLatePanes_StaysWithinLimit()
    {
        PartitionState state = Given.Open();
        Random random = new(4);
        long to = OffsetVector.MaxOffset - 1;
        state.Advance(Given.Step(state, to) with
        {
            Marks = Enumerable.Range(0, PartitionState.MaxMarks).ToDictionary(i => Given.Minute(i), _ => random.NextInt64(to) + 1),
            Late = Enumerable.Range(0, 2_000).ToDictionary(i => Given.Minute(-i), _ => 1L << 40),
            Outcomes = [to + 1 - (2_000L << 40), 0, 0, 0, 0, 0, 0, 0, 2_000L << 40],
            LastUncounted = Enumerable.Range(1, RecordOutcomeNames.Count - 1)
                .ToDictionary(reason => (RecordOutcome)reason, _ => random.NextInt64(to)),
        });
        output.WriteLine($"cursor {Stored(state.Encode())} stored, a quiet one {Stored(Given.Applied(0.5, 1.5).Encode())}");
        Assert.Equal(to + 1, state.Next);
        Assert.Equal(PartitionState.MaxMarks, state.Marks.Count);
        Assert.Equal(PartitionState.MaxLateMinutes, state.Late.Count);
        Assert.InRange(Stored(state.Encode()), 1, Most);
    }

    [Fact]
    public void Topic_MorePanesThanFit_RefusesUntilSomeAreFinal()
    {
        const int Partitions = 400;
        int[] all = [.. Enumerable.Range(0, Partitions)];
        TopicState state = Given.Topic(all);
        Random random = new(5);
        int panes = 0;
        do
        {
            state.Closed(Given.Minute(panes), 1, new OffsetVector(all.Select(i => KeyValuePair.Create(i, (panes * 20_000L) + random.Next(20_000)))));
            panes++;
        }
        while (state.Panes.Count == panes);

        int full = state.Panes.Count;
        output.WriteLine($"topic of {Partitions} partitions: {full} panes not final fit, {Stored(state.Encode())} stored");
        Assert.InRange(Stored(state.Encode()), 1, Most);
        Assert.True(full > 100);
        state.Final(Given.Minute(full - 10), all);
        state.Closed(Given.Minute(full), 1, Given.Vector((0, 1)));
        Assert.Equal(full + 1, state.Panes.Count);
    }

    [Fact]
    public void Topic_OrdinaryHour_IsSmall()
    {
        int[] all = [.. Enumerable.Range(0, 30)];
        TopicState state = Given.Topic(all);
        Random random = new(6);
        for (int minute = 0; minute < 70; minute++)
        {
            state.Closed(Given.Minute(minute), 1, new OffsetVector(
                all.Select(i => KeyValuePair.Create(i, (minute * 20_000L) + random.Next(20_000)))));
        }

        output.WriteLine($"topic of 30 partitions, 70 panes not final: {Stored(state.Encode())} stored");
        Assert.InRange(Stored(state.Encode()), 1, 12_000);
    }

    private static KafkaValue Hostile(Random random, int offset)
    {
        string key = new([.. Enumerable.Range(0, 512).Select(_ => (char)random.Next('0', 'z'))]);
        key = key.Replace('\\', '_');
        return Given.Event(offset, 0.5, $"user-{offset}", key);
    }

    private static KafkaValue HostileAdded(Random random, int offset)
    {
        string keys = string.Concat(Enumerable.Range(0, InputOptions.MaxAdded).Select(
            i => $",\"b{i}\":\"{new string([.. Enumerable.Range(0, 512).Select(_ => (char)random.Next('a', 'z'))])}\""));
        return Given.Text(
            offset,
            $"{{\"timestamp\":{Given.Minute(0.5)},\"event_type\":\"purchase\",\"user_id\":\"user-{offset}\","
                + $"\"metadata\":{{\"amount\":1.5}},\"currency\":\"q{random.Next(100_000)}\"{keys}}}",
            0.5);
    }

    private static int Stored(byte[] state) => Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(state));
}
