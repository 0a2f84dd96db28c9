using Tidemark.Protocol;
using Tidemark.Simulation.Invariants;
using Tidemark.Simulation.Redis;

namespace Tidemark.Simulation.Tests;

/// <summary>
/// Goal: each checker can fail. Method: a correct history, which passes, and a forged one for each condition, which must fail.
/// </summary>
public sealed class InvariantTests
{
    private static Forged With(Func<Facts, Violations, Invariant> invariant) => new(invariant);

    [Fact]
    public void CommittedOffset_CommitBeyondTheCursor_IsFound()
    {
        Forged history = With((facts, violations) => new CommittedOffset(facts, violations)).Open().Shard(3).Advance(3);
        history.Observer.OffsetCommitted(0, 3, isAfterSuccess: true);
        history.Observer.OffsetCommitted(0, 5, isAfterSuccess: false);
        Assert.Null(history.Found);
        history.Observer.OffsetCommitted(0, 4, isAfterSuccess: true);
        Assert.Equal("committed-offset", history.Found!.Invariant);
    }

    [Fact]
    public void ExactPrefix_GoodHistory_Passes() =>
        Assert.Null(With((facts, violations) => new ExactPrefix(facts, violations)).Open().Shard(3).Advance(3).Shard(5).Advance(5).Found);

    [Fact]
    public void ExactPrefix_CursorAheadOfItsShard_IsFound() =>
        Assert.Contains("its shard is at 2", With((facts, violations) => new ExactPrefix(facts, violations))
            .Open().Shard(2).Advance(3).Found?.Message, StringComparison.Ordinal);

    [Fact]
    public void ExactPrefix_CursorGoesBack_IsFound()
    {
        Forged history = With((facts, violations) => new ExactPrefix(facts, violations)).Open();
        PartitionState early = PartitionState.Decode(history.Cursor.Encode());
        Assert.Contains("went back", history.Shard(3).Advance(3).SaveCursor(early).Found?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExactPrefix_PartitionBornBehindWhatIsFinal_IsFound() =>
        Assert.Contains("could still count", With((facts, violations) => new ExactPrefix(facts, violations))
            .Topic(isFinal: true, isPublished: true).Open().Found?.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void OneOutcome_ShardWithARowTooFewOrTooMany_IsFound(int rows) =>
        Assert.Contains("the log says 3", With((facts, violations) => new OneOutcome(facts, violations))
            .Open().Shard(3, rows).Advance(3).Found?.Message, StringComparison.Ordinal);

    [Fact]
    public void OneOutcome_RowCalledLateThatIsNot_IsFound() =>
        Assert.Contains("the log says", With((facts, violations) => new OneOutcome(facts, violations))
            .Open().Shard(3).Advance(3, late: 1).Found?.Message, StringComparison.Ordinal);

    [Fact]
    public void OneOutcome_GoodHistory_Passes() =>
        Assert.Null(With((facts, violations) => new OneOutcome(facts, violations)).Open().Shard(3).Advance(3).Shard(5).Advance(5).Found);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OneOutcome_RejectedWithoutDeadLetter_IsFound(bool hasLetter)
    {
        Forged history = With((facts, violations) => new OneOutcome(facts, violations)).Open();
        history.Facts.Append(0, 5, "{"u8.ToArray(), Forged.Pane);
        history.Facts.HasLetter = (_, offset) => hasLetter && offset == 5;
        string? found = history.Shard(5).Advance(6, mark: 5, malformed: 1).Found?.Message;
        Assert.Equal(hasLetter ? null : "p0[0..5]: 5 is malformed_json, and no dead letter", found);
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(4, "complete")]
    public void Complete_WrittenWithLessThanTheTickHadSeen_IsFound(int rows, string? found)
    {
        Forged history = With((facts, violations) => new Complete(facts, violations));
        history.Facts.NowMs = () => 1_000;
        Assert.Null(history.Open().Shard(5).Advance(5).Ask(2_000).Found);
        Assert.Equal(found, history.Write(rows).Found?.Invariant);
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(3, "complete")]
    public void Complete_AskedForWhilePartitionHasMoreToRead_IsFound(long next, string? found) =>
        Assert.Equal(
            found, With((facts, violations) => new Complete(facts, violations)).Open().Shard(next).Advance(next).Ask(2_000).Found?.Invariant);

    [Fact]
    public void Complete_RecordThatCameAfterTheTickBegan_IsNoneOfItsBusiness() =>
        Assert.Null(With((facts, violations) => new Complete(facts, violations)).Open().Shard(3).Advance(3).Ask(0).Found);

    [Theory]
    [InlineData(5, null)]
    [InlineData(4, "conservation")]
    public void Conservation_EventNeitherWrittenNorOpen_IsFound(int rows, string? found)
    {
        Forged history = With((facts, violations) => new Conservation(facts, violations)).Open().Shard(5).Advance(5).Write(rows);
        history.Observer.AtEnd();
        Assert.Equal(found, history.Found?.Invariant);
    }

    [Fact]
    public void OneContent_TwoContentsOfOneRevision_IsFound()
    {
        Forged history = With((facts, violations) => new OneContent(facts, violations)).Write(5).Write(5).Write(4, revision: 2);
        Assert.Null(history.Found);
        Assert.Contains("two contents", history.Write(4).Found?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void OneContent_PaneWithOtherRowsThanItsVector_IsFound(int rows, bool isFound) =>
        Assert.Equal(isFound,
            With((facts, violations) => new OneContent(facts, violations)).Open().Shard(3).Advance(3).ClosePane(3, rows).Found is not null);

    [Theory]
    [InlineData(5, false)]
    [InlineData(4, true)]
    [InlineData(0, true)]
    public void EqualsReplay_FinalWindowIsNotTheReplays_IsFound(int rows, bool isFound)
    {
        Forged history = With((facts, violations) => new EqualsReplay(facts, violations)).Open().Shard(5).Advance(5);
        history = rows == 0 ? history : history.Write(rows);
        Assert.Equal(isFound, history.Topic(isFinal: true, isPublished: true).Found is not null);
    }

    [Fact]
    public void ForwardOnly_RevisionGoesBackOrChangesOrFollowsTheEnd_IsFound()
    {
        Assert.Null(Stored(false, (4, 1), (5, 2)));
        Assert.Contains("went back", Stored(false, (5, 2), (4, 1)), StringComparison.Ordinal);
        Assert.Contains("changed within", Stored(false, (5, 1), (4, 1)), StringComparison.Ordinal);
        Assert.Contains("is final", Stored(true, (4, 1), (5, 2)), StringComparison.Ordinal);

        static string? Stored(bool isFinal, params (int Rows, long Revision)[] writes)
        {
            Forged history = With((facts, violations) => new ForwardOnly(facts, violations)).Topic(isFinal, isPublished: true);
            StoredResult before = history.Stored(writes[0].Rows, writes[0].Revision);
            history.Observer.ResultStored(ResultStore.Lake, before, history.Stored(writes[1].Rows, writes[1].Revision));
            return history.Found?.Message;
        }
    }

    [Fact]
    public void RedisForward_LatestGoesBack_IsFound()
    {
        Forged history = With((facts, violations) => new RedisForward(facts, violations));
        history.Facts.Redis = new RedisStore(() => Forged.Pane);
        SetLatest(history, 5, 2);
        SetLatest(history, 4, 3);
        Assert.Null(history.Found);
        SetLatest(history, 5, 2);
        Assert.Contains("went back", history.Found?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RedisForward_MemberThatIsNotItsStart_IsFound()
    {
        Forged history = With((facts, violations) => new RedisForward(facts, violations));
        history.Facts.Redis = new RedisStore(() => Forged.Pane);
        history.Facts.Redis.Run(
            [.. new[] { "ZADD", "metrics:1min:timeseries", "60", "metrics:1min:120" }.Select(System.Text.Encoding.ASCII.GetBytes)]);
        history.Observer.RedisChanged();
        Assert.Equal("redis-forward", history.Found?.Invariant);
    }

    [Fact]
    public void InjectionsDetected_SkippedRowPassesAsAHole_IsFound() =>
        Assert.Contains("pass as holes", With((facts, violations) => new InjectionsDetected(facts, violations))
            .Open().Shard(3).Advance(3, missing: 1).Found?.Message, StringComparison.Ordinal);

    [Fact]
    public void InjectionsDetected_NobodyReportsATruncatedLog_IsFound()
    {
        Forged history = With((facts, violations) => new InjectionsDetected(facts, violations));
        history.Facts.BrokenLogs[0] = "truncated";
        history.Observer.AtEnd();
        Assert.Contains("nobody said so", history.Found?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Liveness_ShardOfAFinalPaneStays_IsFound()
    {
        Forged history = With((facts, violations) => new Liveness(facts, violations)).Shard(3).Topic(isFinal: true, isPublished: true);
        history.Observer.AtEnd();
        Assert.Equal("liveness", history.Found?.Invariant);
    }

    private static void SetLatest(Forged history, int rows, long revision)
    {
        System.Buffers.ArrayBufferWriter<byte> json = new();
        Sinks.ResultJson.Write(history.Result(rows, revision), json);
        history.Facts.Redis!.Run(["SET"u8.ToArray(), "metrics:1min:latest"u8.ToArray(), json.WrittenSpan.ToArray()]);
        history.Observer.RedisChanged();
    }
}
