using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Engine.Checkpoint;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Checkpoint;

/// <summary>
/// Goal: an engine that is saved and restored between any two records continues byte for byte like one that never stopped. Method: random
/// streams, cut at random records, with clocks that close windows in between; then the whole output is compared.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "300", CultureInfo.InvariantCulture);

    private static readonly long Six = DateTimeOffset.Parse("2026-11-22T06:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static readonly EngineOptions Minutes = new() { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }] };

    /// <summary>Every eighth stream is counted under a configuration that adds to what is counted.</summary>
    private static (OracleOptions Options, List<(int Partition, byte[] Line)> Records) StreamOf(int seed) =>
        seed % 8 == 0 ? AddedStreams.Next(seed) : StreamGenerator.Next(seed);

    private enum End
    {
        Complete,
        CloseAll,
    }

    [Fact]
    public void Restore_AtRandomRecordsOfRandomStreams_GoesOnByteForByte()
    {
        int compared = 0;
        Parallel.For(0, Streams, seed =>
        {
            string[] undisturbed = Play(seed, restarts: false);
            RequireEqual(undisturbed, Play(seed, restarts: true), seed);
            Interlocked.Add(ref compared, undisturbed.Length);
        });
        Assert.True(compared > 10 * Streams, $"only {compared} things compared in {Streams} streams: the streams test too little");
    }

    // What is published after one record fits exactly: the engine stops there, and its caller continues with the next record.
    [Fact]
    public void Apply_OutputThatIsFullAfterEachPublication_PublishesTheSame()
    {
        for (int seed = 0; seed < Streams / 4; seed++)
        {
            RequireEqual(Play(seed, restarts: false), Play(seed, restarts: true, room: 1), seed);
        }
    }

    [Fact]
    public void CloseAll_AtRandomRecords_EndsWithTheContentsOfOneUncutSource()
    {
        Parallel.For(0, Streams, seed =>
        {
            (OracleOptions options, List<(int Partition, byte[] Line)> records) = StreamOf(seed);
            NaiveOracle oracle = new(options, records);
            EngineHarness harness = New(options, records);
            Random random = new(seed);
            foreach ((int partition, byte[] line) in records)
            {
                harness.Feed(partition, line);
                if (random.Next(20) == 0)
                {
                    harness.Engine.CloseAll();
                    harness.Restart();
                }
            }

            harness.Engine.CloseAll();
            string[] expected = [.. oracle.FinalContents()
                .Select(final => $"{final.Window} {final.Start}..{final.End} {final.Content.ToText()}").Order(StringComparer.Ordinal)];
            string[] actual =
                [.. harness.Last().Values.Select(result => $"{result.Window} {result.StartMs}..{result.EndMs} {OracleBridge.Content(result)}")
                    .Order(StringComparer.Ordinal)];
            RequireEqual(expected, actual, seed);
            Assert.Equal(harness.Engine.Partitions.Sum(partition => partition.Counted), harness.Engine.PublishedEvents);

            int before = harness.Results.Count;
            harness.Engine.CloseAll();
            Assert.Equal(before, harness.Results.Count);
        });
    }

    // An open minute of users, pages and countries past their limits: the sketches continue unchanged.
    [Fact]
    public void Restore_PaneBeyondEveryLimit_GoesOnByteForByte()
    {
        EngineOptions small = Minutes with { ExactUsersLimit = 5, TopPagesCapacity = 4, TopPages = 4, BreakdownCapacity = 3 };
        EngineHarness one = new(small);
        EngineHarness other = new(small);
        for (int i = 0; i < 400; i++)
        {
            byte[] line = Encoding.UTF8.GetBytes(
                $$$"""{"timestamp":{{{Six + i}}},"event_type":"page_view","user_id":"u{{{i}}}","page_url":"/"""
                    + $$$"""{{{i * i % 31}}}","geo":{"country":"c{{{i % 7}}}"}}""");
            one.Feed(0, line);
            other.Feed(0, line);
            if (i % 3 == 0)
            {
                other.Restart();
            }
        }

        one.Engine.Complete();
        other.Engine.Complete();
        Assert.False(one.Results[0].UniqueUsersExact);
        Assert.Equal(Describe(one.Results[0]), Describe(other.Results[0]));
    }

    [Fact]
    public void Decode_TruncatedAnywhere_IsRefused()
    {
        (EngineHarness harness, byte[] state, Dictionary<long, byte[]> parts) = Saved();
        for (int length = 0; length < state.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => harness.Load(state[..length], parts));
        }

        Assert.Throws<InvalidDataException>(() => harness.Load([.. state, 0], parts));
    }

    [Fact]
    public void Decode_LaterVersionOrSection_IsRefusedByName()
    {
        (EngineHarness harness, byte[] state, Dictionary<long, byte[]> parts) = Saved();
        byte[] later = [.. state];
        later[4]++;
        byte[] longer = [.. state, 99, 1, 7];
        longer[5]++;

        Assert.Contains("version 2", Assert.Throws<InvalidDataException>(() => harness.Load(later, parts)).Message, StringComparison.Ordinal);
        Assert.Contains("a later one has written it",
            Assert.Throws<InvalidDataException>(() => harness.Load(longer, parts)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Outbox_GivesBackEveryEventInOrder()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("1:30"), At("0:40"), At("2:30"));
        Publication[] published = [.. harness.Engine.Published()];
        WindowMerger merger = new(Minutes);
        EngineEvent[] outbox =
            [.. published.Select(publication => new EngineEvent(publication, null, 0)), new EngineEvent(null, Minutes.Windows[0], Six)];

        (byte[] state, Dictionary<long, byte[]> parts) = harness.Save(outbox);
        IReadOnlyList<EngineEvent> read = SnapshotCodec.Decode(state, Minutes, number => parts[number], new PartTable(() => 0)).Outbox;

        Assert.Equal(published.Select(merger.Merge).Select(Describe),
            read.Take(published.Length).Select(item => merger.Merge(item.Publication!)).Select(Describe));
        Assert.Equal(outbox[^1], read[^1]);
    }

    [Fact]
    public void Published_AfterCorrections_HasTheLastRevisions()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("1:30"), At("0:40"), At("2:30"));

        Assert.Equal([(0L, 2L, Phase.Corrected), (1L, 1L, Phase.OnTime)], harness.Engine.Published().Select(
            p => ((p.Interval.StartMs - Six) / 60_000, p.Revision, p.Phase)));
    }

    // minute 0 is final at 6:10 of partition 0, which alone is awake
    // partition 1 was idle: an event of minute 0 is late for it when it wakes, one of minute 1 is not
    [Fact]
    public void Apply_IdlePartitionWakesBehindWhatIsFinal_IsJudgedFromThere()
    {
        EngineHarness harness = new(Minutes, partitions: 2);
        harness.Feed(0, At("0:30"));
        harness.Feed(1, At("0:20"));
        harness.Engine.MarkIdle(1);
        harness.Feed(0, At("6:10"));
        Assert.Equal(Six + 60_000, harness.FinalBeforeMs["1min"]);

        harness.Feed(1, At("0:50"), At("1:50"));

        Assert.Equal(1, harness.Engine.Partitions[1].Late);
        Assert.Equal(2, harness.Engine.Partitions[1].Counted);
    }

    // The same two partitions, restored: partition 1 is about to be read again, and nothing of it may become final before.
    [Fact]
    public void MarkActive_PartitionThatWasIdleWhenCaptured_HoldsBackWhatBecomesFinal()
    {
        EngineHarness harness = new(Minutes, partitions: 2);
        harness.Feed(0, At("0:30"));
        harness.Feed(1, At("0:20"));
        harness.Engine.MarkIdle(1);
        harness.Restart();
        Assert.True(harness.Engine.Partitions[1].IsIdle);

        harness.Engine.MarkActive(1);
        harness.Feed(0, At("6:10"));
        harness.Feed(1, At("0:50"));

        Assert.InRange(harness.FinalBeforeMs["1min"], long.MinValue, Six - 1);
        Assert.Equal(2, harness.Engine.Partitions[1].Counted);
    }

    [Fact]
    public void AddPartition_AfterSomethingIsFinal_StartsBehindIt()
    {
        EngineHarness harness = new(Minutes);
        harness.Feed(0, At("0:30"), At("6:10"));

        int added = harness.Engine.AddPartition();
        harness.Feed(added, At("0:50"), At("1:50"));

        Assert.Equal(1, added);
        Assert.Equal((1L, 1L), (harness.Engine.Partitions[1].Late, harness.Engine.Partitions[1].Counted));
    }

    private static (EngineHarness Harness, byte[] State, Dictionary<long, byte[]> Parts) Saved()
    {
        EngineHarness harness = new(Minutes with { EmitEmptyWindows = true });
        harness.Feed(0, At("0:30"), At("2:30"), At("0:40"), At("3:30"), At("0:50"), "x"u8.ToArray());
        (byte[] state, Dictionary<long, byte[]> parts) = harness.Save();
        return (harness, state, parts);
    }

    /// <summary>Everything that a stream leads to, in order.</summary>
    private static string[] Play(int seed, bool restarts, int room = int.MaxValue)
    {
        (OracleOptions options, List<(int Partition, byte[] Line)> records) = StreamOf(seed);
        EngineHarness harness = New(options, records, room);
        Random events = new(seed);
        Random cuts = new(~seed);
        List<string> output = [];
        for (int i = 0; i < records.Count;)
        {
            int end = i + 1;
            int most = events.Next(1, 12);
            while (end < records.Count && end - i < most && records[end].Partition == records[i].Partition)
            {
                end++;
            }

            harness.Feed(records[i].Partition, records[i..end].Select(record => record.Line));
            i = end;
            if (restarts && cuts.Next(3) == 0)
            {
                harness.Restart();
            }

            Disturb(harness, events);
            output.Add($"late {string.Join(' ', harness.Engine.Late.ByMinute)} {harness.Engine.Late.InOpenWindow} "
                + $"open {harness.Engine.OpenWindows} live {string.Join(' ', harness.Live().Select(Describe))}");
        }

        End last = events.Next(2) == 0 ? End.Complete : End.CloseAll;
        (last == End.Complete ? (Action)harness.Engine.Complete : harness.Engine.CloseAll)();
        return
        [
            .. harness.Results.Select(Describe),
            .. harness.DeadLetters.Select(letter => $"{letter.Reason} {letter.Partition} {letter.Offset} {letter.MissedMinuteMs}"),
            .. harness.FinalBeforeMs.Select(mark => $"final {mark}"),
            .. harness.Engine.Partitions.Select(cursor => $"{cursor.Next} {cursor.Read} {cursor.MaxEventTimeMs} "
                + $"{cursor.WatermarkMs} {cursor.Counted} {cursor.Late} {cursor.Rejected}"),
            .. output,
        ];
    }

    private static void Disturb(EngineHarness harness, Random random)
    {
        if (random.Next(8) == 0)
        {
            harness.Engine.MarkIdle(random.Next(harness.Engine.Partitions.Count));
            harness.Engine.AdvanceIdle(random.Next(200_000));
        }

        if (random.Next(25) == 0)
        {
            harness.Engine.CloseAll();
        }
    }

    private static EngineHarness New(OracleOptions options, List<(int Partition, byte[] Line)> records, int room = int.MaxValue) =>
        new(OracleBridge.ToEngine(options), records.Select(record => record.Partition).DefaultIfEmpty().Max() + 1, options.LatestMs) { Room = room };

    private static void RequireEqual(string[] expected, string[] actual, int seed)
    {
        for (int i = 0; i < Math.Max(expected.Length, actual.Length); i++)
        {
            string wanted = i < expected.Length ? expected[i] : "(nothing)";
            string came = i < actual.Length ? actual[i] : "(nothing)";
            Assert.True(wanted == came,
                $"seed {seed}, item {i} of {expected.Length} expected, {actual.Length} actual\nexpected {wanted}\nactual   {came}");
        }
    }

    private static string Describe(WindowResult result) =>
        $"{result.Window} {result.StartMs}..{result.EndMs} {result.Phase} r{result.Revision} "
            + $"s{result.Sequence} w{result.WatermarkMs} {OracleBridge.Content(result)}"
        + $" {result.UniqueUsers} {result.TopPages.MaxError} {result.Countries.MaxError} "
        + $"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(result.UsersSketch.Span))}";

    private static byte[] At(string time)
    {
        TimeSpan after = TimeSpan.ParseExact(time, [@"m\:ss", @"m\:ss\.fff"], CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes($$"""{"timestamp":{{Six + (long)after.TotalMilliseconds}},"event_type":"click"}""");
    }
}
