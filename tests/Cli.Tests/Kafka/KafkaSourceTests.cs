using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Sources;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Kafka;

/// <summary>What the mock cluster cannot do, with a topic in memory and a clock that stands still.</summary>
public sealed class KafkaSourceTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero));

    // Method: every record is a letter with its offset, so that what was applied can be told one by one; runs are stopped at any moment and go on
    // from what they captured last.
    [Fact]
    public void Read_StoppedAtRandomMoments_AppliesEveryRecordOnce()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            FakeTopic topic = new(1 + random.Next(4));
            List<(int, long, string)> expected = [];
            int partitions = topic.Connect().CountPartitions(default);
            long[] ends = new long[partitions];
            for (int i = 0; i < 300; i++)
            {
                int partition = random.Next(partitions);
                int hole = random.Next(5) == 0 ? random.Next(1, 4) : 0;
                string? value = random.Next(10) == 0 ? null : $"rubbish {i}\n{new string('x', random.Next(200))}";
                topic.Append(partition, value is null ? null : Encoding.UTF8.GetBytes(value), hole: hole);
                ends[partition] += hole;
                if (value is not null)
                {
                    expected.Add((partition, ends[partition], value));
                }

                ends[partition]++;
            }

            List<(int, long, string)> applied = [];
            JsonElement? before = null;
            while (applied.Count < expected.Count)
            {
                using SourceRun run = new(topic, _time, before: before, blockBytes: random.Next(1, 2000));
                int least = random.Next(Math.Min(40, expected.Count - applied.Count + 1));
                Until.True(() => run.Applied() >= least, "some are applied");
                run.Stop();
                before = run.Capture();
                applied.AddRange(run.Letters);
            }

            Assert.Equal(expected.Order(), applied.Order());
        }
    }

    [Fact]
    public void SilenceOf_ReadToTheEnd_IsKnownOnlyAsFarAsTheBrokerHasSaidSo()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1, "it is applied");
        Until.True(() => run.Source.Quiet(TimeSpan.Zero).IsAnyQuiet, "the end is seen");
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(run.SilenceOf(0));

        run.Source.Look();
        Assert.Equal(TimeSpan.FromSeconds(20), run.SilenceOf(0));

        // A broker that does not answer may have more: time that passes meanwhile is no silence.
        topic.Refusal = new Error(ErrorCode.Local_Transport);
        _time.Advance(TimeSpan.FromMinutes(1));
        run.Source.Look();
        Assert.Equal(TimeSpan.FromSeconds(20), run.SilenceOf(0));

        topic.Refusal = null;
        topic.Append(0, "b"u8.ToArray());
        Until.True(() => run.Applied() == 2, "the next one is applied");
        Assert.Null(run.SilenceOf(0));
    }

    // Records that are rejected are no events: however often they come, the broker is asked whether there is more.
    [Fact]
    public void SilenceOf_RubbishComesAgainAndAgain_IsKnownBetweenTwoOfThem()
    {
        FakeTopic topic = new(1);
        using SourceRun run = new(topic, _time);
        for (int i = 1; i <= 5; i++)
        {
            topic.Append(0, "rubbish"u8.ToArray());
            Until.True(() => run.Applied() == i && run.Source.Quiet(TimeSpan.Zero).IsAnyQuiet, "it is applied, and the end is seen");
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.True(run.Source.Quiet(TimeSpan.FromMilliseconds(500)).IsAnyQuiet);
        run.Source.Look();
        Assert.Equal(TimeSpan.FromMilliseconds(200), run.SilenceOf(0));
    }

    [Fact]
    public void Quiet_EventsComeAgainAndAgain_IsNot()
    {
        FakeTopic topic = new(1);
        using SourceRun run = new(topic, _time);
        for (int i = 1; i <= 5; i++)
        {
            topic.Append(0, """{"timestamp":"2026-11-22T05:59:00Z","event_type":"click"}"""u8.ToArray(), _time.GetUtcNow().ToUnixTimeMilliseconds());
            Until.True(() => run.Counted(0) == i && run.Source.Quiet(TimeSpan.Zero).IsAnyQuiet, "it is counted, and the end is seen");
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.False(run.Source.Quiet(TimeSpan.FromMilliseconds(500)).IsAnyQuiet);
    }

    [Fact]
    public void LagOf_RecordsThatNobodyReads_IsTheirNumberOnceTheBrokerWasAsked()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1, "it is applied");
        run.Stop();
        topic.Append(0, "b"u8.ToArray());
        topic.Append(0, "c"u8.ToArray());
        Assert.Null(run.Source.LagOf(0));
        _time.Advance(TimeSpan.FromSeconds(20));

        run.Source.Look();

        Assert.Equal(2, run.Source.LagOf(0));
        Assert.Null(run.Source.LagOf(1)); // of another source
    }

    [Fact]
    public void SilenceOf_MoreThanWasRead_IsUnknown()
    {
        FakeTopic topic = new(2);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1 && run.Source.Quiet(TimeSpan.Zero).IsAnyQuiet, "the ends are seen");
        run.Stop();
        topic.Append(0, "b"u8.ToArray()); // nobody reads any more
        _time.Advance(TimeSpan.FromSeconds(20));

        run.Source.Look();

        Assert.Null(run.SilenceOf(0));
        Assert.Equal(TimeSpan.FromSeconds(20), run.SilenceOf(1)); // never had a record: silent since the start
        Assert.Equal(TimeSpan.MaxValue, run.SilenceOf(2)); // of another source
    }

    [Fact]
    public void Capture_EndBeyondTheLastRecord_IsPassedOnceEverythingIsApplied()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray(), hole: 4);
        topic.AppendHole(0, 3);
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1 && run.Source.Quiet(TimeSpan.Zero).IsAnyQuiet, "the end is seen");

        Assert.Equal(
            """{"topics":[{"topic":"t","brokers":"b:1","partitions":[{"partition":0,"next":8,"leaderEpoch":3}]}]}""", run.Capture().GetRawText());
        _time.Advance(TimeSpan.FromSeconds(1));
        run.Source.Look();
        Assert.Equal(TimeSpan.FromSeconds(1), run.SilenceOf(0));
    }

    [Fact]
    public void Read_PartitionAdded_IsReadFromItsFirstRecord()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time, "start=latest");
        topic.AddPartition();
        topic.Append(1, "b"u8.ToArray());

        _time.Advance(TimeSpan.FromSeconds(10));
        run.Source.Look();

        Until.True(() => run.Applied() == 1, "the new partition is read");
        Assert.Equal([(1, 0L, "b")], run.Letters);
        Assert.Equal(2, run.Source.Partitions);
    }

    [Fact]
    public void Read_RetentionOvertakes_AppliesWhatCameBeforeAndStops()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1, "it is applied");
        topic.Overtake(0, 100);

        Assert.Contains(
            "partition 0 of kafka://b:1/t was counted up to offset 1, but its log begins at 100: "
                + "retention has deleted 99 offsets that were never counted. With gap=skip in the address",
            run.WaitForFailure().Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RetentionOvertakesAndGapsAreSkipped_GoesOnWithWhatIsLeft()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time, "gap=skip");
        Until.True(() => run.Applied() == 1, "it is applied");
        topic.Overtake(0, 100, "b"u8.ToArray());

        Until.True(() => run.Applied() == 2, "what is left is applied");
        Assert.Equal((0, 100L, "b"), run.Letters[^1]);
    }

    [Fact]
    public void Read_OffsetOutOfRangeThatWasPassing_GoesOnWhereItWas()
    {
        FakeTopic topic = new(1);
        topic.Fail(0, ErrorCode.OffsetOutOfRange, times: 2);
        topic.Append(0, "a"u8.ToArray());
        topic.Append(0, "b"u8.ToArray());
        using SourceRun run = new(topic, _time);

        Until.True(() => run.Applied() == 2, "both are applied");
        Assert.Equal(2, topic.Seeks);
        Assert.Equal([(0, 0L, "a"), (0, 1L, "b")], run.Letters);
    }

    [Theory]
    [InlineData(ErrorCode.Local_BadMsg, "What lies there is damaged")]
    [InlineData(ErrorCode.Local_LogTruncation, "was truncated behind what was counted")]
    [InlineData(ErrorCode.TopicAuthorizationFailed, "Give the login the right to this topic")]
    [InlineData(ErrorCode.UnknownTopicOrPart, "Make the topic, or correct the address")]
    public void Read_ProblemThatDoesNotPass_IsToldAfterWhatCameBeforeIsApplied(ErrorCode code, string told)
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);
        Until.True(() => run.Applied() == 1, "it is applied");
        topic.Fail(0, code);

        Assert.Contains(told, run.WaitForFailure().Message, StringComparison.Ordinal);
        Assert.Contains("partition 0 of kafka://b:1/t", run.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorCode.Local_Transport)]
    [InlineData(ErrorCode.NotLeaderForPartition)]
    [InlineData(ErrorCode.GroupAuthorizationFailed)]
    public void Read_ProblemThatPasses_GoesOn(ErrorCode code)
    {
        FakeTopic topic = new(1);
        topic.Fail(0, code);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time);

        Until.True(() => run.Applied() == 1, "it is applied");
    }

    [Fact]
    public void Look_TopicMadeAgainWhileItIsRead_Stops()
    {
        FakeTopic topic = new(1) { Identity = new TopicIdentity("c", "one") };
        using SourceRun run = new(topic, _time);
        LearnIdentity(run);
        topic.Identity = new TopicIdentity("c", "two");
        _time.Advance(TimeSpan.FromMinutes(1));
        run.Source.Look();

        Assert.Contains(
            "was deleted and made again while it was read (its id is two, and was one)", run.WaitForFailure().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherTopicOfTheSameName_IsRefusedUnlessGapsAreSkipped()
    {
        FakeTopic topic = new(1) { Identity = new TopicIdentity("c", "one") };
        topic.Append(0, "a"u8.ToArray());
        JsonElement before;
        using (SourceRun first = new(topic, _time))
        {
            Until.True(() => first.Applied() == 1, "it is applied");
            LearnIdentity(first);
            before = first.Capture();
        }

        topic.Identity = new TopicIdentity("c", "two");
        SourceException refusal = Assert.Throws<SourceException>(() => new SourceRun(topic, _time, before: before));
        Assert.Contains("kafka://b:1/t is another topic than the one that was counted: "
            + "it was deleted and made again (its id is two, and was one)", refusal.Message, StringComparison.Ordinal);

        using SourceRun skips = new(topic, _time, "gap=skip", before);
        Until.True(() => skips.Applied() == 1, "it is read from its first record");
    }

    [Fact]
    public void Open_NobodyAnswers_GivesUpAfterTenSeconds()
    {
        FakeTopic topic = new(1) { Refusal = new Error(ErrorCode.Local_Transport, "connection refused"), OnAsked = () => _time.Advance(
            TimeSpan.FromSeconds(3)) };
        DateTimeOffset start = _time.GetUtcNow();

        SourceException problem = Assert.Throws<SourceException>(() => new SourceRun(topic, _time));

        Assert.Equal("cannot read kafka://b:1/t: connection refused. Check that the brokers run and can be reached from here", problem.Message);
        Assert.Equal(TimeSpan.FromSeconds(12), _time.GetUtcNow() - start);
    }

    [Fact]
    public void Open_LoginIsRefused_SaysWhereTheLoginIsSetAtOnce()
    {
        FakeTopic topic = new(1) { Refusal = new Error(ErrorCode.Local_Authentication, "SASL authentication error: Invalid credentials") };

        SourceException problem = Assert.Throws<SourceException>(() => new SourceRun(topic, _time));

        Assert.Equal(
            "cannot read kafka://b:1/t: SASL authentication error: Invalid credentials. Check security.protocol, "
                + "sasl.mechanism and sasl.username in kafka of --config, and TIDEMARK_KAFKA_PASSWORD",
            problem.Message);
    }

    // Asked for at the start, and not waited for.
    private static void LearnIdentity(SourceRun run) => Until.True(
        () =>
        {
            run.Source.Look();
            return run.Capture().GetRawText().Contains("\"topicId\":\"one\"", StringComparison.Ordinal);
        },
        "the identity is known");

    [Theory]
    [InlineData("group=g", true, 1)]
    [InlineData("group=g", false, 0)]
    [InlineData("", true, 0)]
    public void Saved_Position_IsStoredForAGroupWithAState(string query, bool remembers, int stored)
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        using SourceRun run = new(topic, _time, query, remembers: remembers);
        Until.True(() => run.Applied() == 1, "it is applied");

        run.Capture();

        Assert.Equal(stored, topic.Stored.Count);
        Assert.Equal(query.Length > 0 && !remembers, run.Said.Contains("without a state the group 'g' is not used", StringComparison.Ordinal));
    }

    // Killed before its first record, the next start must not begin behind what has come meanwhile.
    [Fact]
    public void Capture_StartAtLatestBeforeTheFirstRecord_RemembersWhereThatIs()
    {
        FakeTopic topic = new(1);
        topic.Append(0, "a"u8.ToArray());
        JsonElement before;
        using (SourceRun first = new(topic, _time, "start=latest"))
        {
            before = first.Capture();
        }

        topic.Append(0, "b"u8.ToArray());
        using SourceRun run = new(topic, _time, "start=latest", before);

        Until.True(() => run.Applied() == 1, "what has come is applied");
        Assert.Equal([(0, 1L, "b")], run.Letters);
    }

    [Fact]
    public void Capture_OtherTopics_AreKept()
    {
        using JsonDocument before = JsonDocument.Parse(
            """{"topics":[{"topic":"old","brokers":"x:1","clusterId":"c","topicId":"d","partitions":[{"partition":0,"next":5}]}]}""");
        using SourceRun run = new(new FakeTopic(1), _time, before: before.RootElement);

        Assert.EndsWith("""{"topic":"old","brokers":"x:1","clusterId":"c","topicId":"d","partitions":[{"partition":0,"next":5}]}]}""",
            run.Capture().GetRawText(), StringComparison.Ordinal);
    }
}
