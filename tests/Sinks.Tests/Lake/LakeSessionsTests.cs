using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>
/// Goal: the table of sessions holds each session once at every moment, also for a reader that is not ours, whatever corrections, compaction and
/// crashes do. Two days meet at midnight: sessions that end shortly after it have files in both.
/// </summary>
public sealed class LakeSessionsTests : IDisposable
{
    private const long Midnight = Start - (6 * Hour); // 2026-11-22T00:00:00Z
    private const long Ends = Midnight + (40 * Minute);
    private const string Yesterday = "sessions/date=2026-11-21";
    private const string Today = "sessions/date=2026-11-22";

    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 22, 1, 0, 0, TimeSpan.Zero));

    private string Root => _folder.File("lake");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteSessionsAsync_Days_HaveAFileOfTheMinuteEach()
    {
        await NewSink().WriteSessionsAsync(Ended(Ends, 1, Session("ada", Midnight - 1), Session("bob", Midnight)), default);

        Assert.Equal([$"{Yesterday}/ended-1795308000.parquet", $"{Today}/ended-1795308000.parquet"], Paths(Root, "sessions"));
    }

    [Fact]
    public async Task WriteSessionsAsync_File_IsWhatAnyEngineExpects()
    {
        await NewSink().WriteSessionsAsync(Ended(Start, 1, Hard(Start - Minute), Bare("bob", Start - Minute + 1), Session("ada", Start)), default);
        string files = DuckDb.Quote($"{Root}/sessions/**/*.parquet");

        IReadOnlyDictionary<string, string> types =
            await DuckDb.TypesAsync($"SELECT * FROM read_parquet({files}, hive_partitioning = false)");
        DuckDbResult rows = await DuckDb.QueryAsync($"SELECT * FROM read_parquet({files}, hive_partitioning = true) ORDER BY start_time");

        Assert.Equal(
            SessionColumns.All.Select(column => (column.Name, column switch
            {
                SessionTextColumn => "VARCHAR",
                SessionTextsColumn => "VARCHAR[]",
                SessionTimeColumn => "TIMESTAMP WITH TIME ZONE",
                SessionCountColumn => "BIGINT",
                SessionFlagColumn => "BOOLEAN",
                _ => "DECIMAL(18,4)",
            })),
            types.Select(type => (type.Key, type.Value)));
        Assert.Equal(HardTexts, rows.Rows[0]["pages_visited"]!.AsArray().Select(page => (string)page!));
        Assert.Equal("""["a","b"]""", rows[0, "replaces"]);
        Assert.Equal("-99999999999999.9999", rows[0, "revenue"]);
        Assert.Equal(("[]", "null", "null", "false"), (rows[1, "pages_visited"], rows[1, "entry_page"], rows[1, "revenue"], rows[1, "conversion"]));
        Assert.Equal("300.0000", rows[2, "duration_seconds"]);
        Assert.StartsWith("\"2026-11-22", rows[2, "date"], StringComparison.Ordinal);
    }

    /// <summary>Every user's sessions in all states: a compacted hour, the same in single files, corrected minutes, emptied ones.</summary>
    [Fact]
    public async Task DocumentedQuery_OverALakeInAllItsStates_SeesEachSessionOnce()
    {
        LakeSink sink = NewSink();
        await sink.WriteSessionsAsync(Ended(Ends, 1, Session("ada", Midnight - 1), Session("bob", Midnight)), default);
        await sink.WriteSessionsAsync(Ended(Ends + Minute, 1, Session("cat", Midnight + 5)), default);
        await sink.WriteSessionsAsync(Ended(Ends, 2, Session("ada", Midnight), Session("bob", Midnight)), default);
        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        await sink.WriteSessionsAsync(Ended(Start, 1, Session("dan", Start - Minute)), default);
        await sink.WriteSessionsAsync(Ended(Start + Minute, 1, Session("eve", Start - Minute)), default);
        await sink.WriteSessionsAsync(Ended(Start, 2), default);

        Assert.Equal(["ada", "bob", "cat", "eve"], await DocumentedAsync());
        Assert.Contains($"{Today}/hour-1795305600.parquet", Paths(Root, "sessions"));
        Assert.Contains($"{Today}/ended-1795308000.parquet", Paths(Root, "sessions"));
    }

    [Fact]
    public async Task WriteSessionsAsync_SameRevisionWithOtherContent_IsRefused()
    {
        await NewSink().WriteSessionsAsync(Ended(Ends, 1, Session("ada", Midnight), Session("bob", Midnight - 1)), default);

        foreach (Session[] others in new Session[][] { [Session("ada", Midnight)], [Session("ada", Midnight), Session("bob", Midnight - 1, Minute)] })
        {
            SinkException error =
                await Assert.ThrowsAsync<SinkException>(() => NewSink().WriteSessionsAsync(Ended(Ends, 1, others), default));
            Assert.Contains("holds other sessions that ended at 2026-11-22T00:40:00Z (revision 1", error.Message, StringComparison.Ordinal);
        }

        // What a session replaces describes the publication.
        Session replacing = Session("ada", Midnight) with { Replaces = ["x"] };
        await NewSink().WriteSessionsAsync(Ended(Ends, 1, replacing, Session("bob", Midnight - 1)), default);
    }

    [Fact]
    public async Task WriteSessionsAsync_OlderRevision_IsToldAsAheadUntilItIsReached()
    {
        await NewSink().WriteSessionsAsync(Ended(Ends, 2, Session("ada", Midnight)), default);
        LakeSink replay = NewSink();

        await replay.WriteSessionsAsync(Ended(Ends, 1, Session("bob", Midnight)), default);
        Assert.Equal([$"{Today}/ended-1795308000.parquet"], replay.Ahead);
        await replay.WriteSessionsAsync(Ended(Ends, 2, Session("ada", Midnight)), default);

        Assert.Empty(replay.Ahead);
        Assert.Equal(0, replay.SessionsWritten);
    }

    [Fact]
    public async Task MarkFinal_Hour_IsOneFileADayAndAfterTheGracePeriodTheOnlyOne()
    {
        LakeSink sink = NewSink();
        List<string> expected = await WriteHourAsync(sink);

        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour - 1, default);
        Assert.DoesNotContain(Paths(Root, "sessions"), path => path.Contains("hour-", StringComparison.Ordinal));
        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        Assert.Equal(2, Paths(Root, "sessions").Count(path => path.Contains("hour-1795305600", StringComparison.Ordinal)));
        Assert.Equal(expected, await IdsAsync(LocalLake.Open(Root)));

        _time.Advance(TimeSpan.FromMinutes(10));
        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour + 1, default);

        Assert.Equal([$"{Yesterday}/hour-1795305600.parquet", $"{Today}/hour-1795305600.parquet"], Paths(Root, "sessions"));
        Assert.Equal(expected, await IdsAsync(LocalLake.Open(Root)));
        Assert.Equal((2, 0), (sink.Compaction.Hours, sink.Compaction.LeftAlone));
    }

    [Fact]
    public async Task WriteSessionsAsync_CompactedMinuteAgain_ChangesNothingAndANewerRevisionIsTaken()
    {
        LakeSink sink = NewSink();
        await WriteHourAsync(sink);
        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        await sink.FinishAsync(default);
        var before = TempFolder.Contents(Root);

        List<string> expected = await WriteHourAsync(NewSink());
        Assert.Equal(before, TempFolder.Contents(Root));
        await Assert.ThrowsAsync<SinkException>(() => NewSink().WriteSessionsAsync(Ended(Ends, 3, Session("other", Midnight)), default));

        // A run that continues an older source: everything of the minute goes, on both days.
        LakeSink next = NewSink();
        await next.WriteSessionsAsync(Ended(Ends, 4), default);
        List<string> rest = [.. expected.Except([IdOf("ada", Midnight - (2 * Minute)), IdOf("bob", Midnight)])];
        Assert.Equal(rest, await IdsAsync(LocalLake.Open(Root)));
        await next.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        await next.FinishAsync(default);
        Assert.Equal([$"{Yesterday}/hour-1795305600.parquet", $"{Today}/hour-1795305600.parquet"], Paths(Root, "sessions"));
        Assert.Equal(rest, await IdsAsync(LocalLake.Open(Root)));
        await NewSink().WriteSessionsAsync(Ended(Ends, 3, Session("old", Midnight)), default);
        Assert.Equal(rest, await IdsAsync(LocalLake.Open(Root)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadEndedSessionsAsync_MinutesOfSeveralDays_AreWholeAgain(bool isCompacted)
    {
        LakeSink sink = NewSink();
        await WriteHourAsync(sink);
        if (isCompacted)
        {
            await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
            await sink.FinishAsync(default);
        }

        Assert.Equal(
            [
                $"{Ends} r3: {IdOf("ada", Midnight - (2 * Minute))} {IdOf("bob", Midnight)}",
                $"{Ends + Minute} r1: {IdOf("dan", Midnight - 1)} {IdOf("cat", Midnight)}",
                $"{Ends + (2 * Minute)} r2: ",
            ],
            await MinutesAsync(LocalLake.Open(Root)));
        Assert.Empty(await new LakeReader(LocalLake.Open(Root)).ReadEndedSessionsAsync(new(0, Ends), default).ToListAsync());
    }

    /// <summary>On Functions any instance writes, and one compacts: it finds the files of both days.</summary>
    [Fact]
    public async Task MarkFinal_WrittenByOthers_IsCompactedOnBothDays()
    {
        LakeOptions options = new() { OthersWrite = true, Grace = TimeSpan.Zero };
        LakeSink compacts = new(LocalLake.Open(Root), [], options, _time);
        await compacts.MarkFinalAsync(EndedSessions.Name, Midnight, default);
        List<string> expected = await WriteHourAsync(NewSink());

        await compacts.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        await compacts.MarkFinalAsync(EndedSessions.Name, Midnight + Hour + 1, default);

        Assert.Equal([$"{Yesterday}/hour-1795305600.parquet", $"{Today}/hour-1795305600.parquet"], Paths(Root, "sessions"));
        Assert.Equal(expected, await IdsAsync(LocalLake.Open(Root)));
    }

    [Fact]
    public async Task MarkFinal_HourOfTooManySessions_StaysInItsFiles()
    {
        LakeSink sink = new(LocalLake.Open(Root), [], new LakeOptions { MaxSessions = 1 }, _time);
        List<string> expected = await WriteHourAsync(sink);

        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);

        Assert.Equal(2, sink.Compaction.LeftAlone);
        Assert.All(sink.Compaction.Problems, problem => Assert.Contains("more than 1 rows", problem, StringComparison.Ordinal));
        Assert.Equal(expected, await IdsAsync(LocalLake.Open(Root)));
    }

    [Fact]
    public async Task Read_FileThatIsNoTableOfSessions_IsNamed()
    {
        await NewSink().WriteSessionsAsync(Ended(Ends, 1, Session("ada", Midnight)), default);
        string file = Path.Combine(Root, Today, "ended-1795308000.parquet");
        await DuckDb.QueryAsync($"COPY (SELECT * FROM read_parquet({DuckDb.Quote(file)})) TO {DuckDb.Quote(file)} (FORMAT parquet)");

        SinkException read = await Assert.ThrowsAsync<SinkException>(() => IdsAsync(LocalLake.Open(Root)));
        SinkException written = await Assert.ThrowsAsync<SinkException>(
            () => NewSink().WriteSessionsAsync(Ended(Ends, 2, Session("ada", Midnight)), default));

        Assert.All(new[] { read, written }, error => Assert.Contains(
            $"{file}, which should hold earlier results: expected the metadata tidemark.minutes, found none",
            error.Message, StringComparison.Ordinal));
    }

    /// <summary>
    /// A writer of revision 1 is held up before it writes the file of the other day, or any other; revision 2, which has nothing there, overtakes
    /// it. What is late then must not bring anything back.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task WriteSessionsAsync_WriterThatIsOvertaken_LeavesNothingBehind(int heldUpWrite)
    {
        LocalLake lake = LocalLake.Open(Root);
        int writes = 0;
        FaultyLake slow = new(lake)
        {
            Before = (operation, _) =>
            {
                if (operation == "write" && writes++ == heldUpWrite)
                {
                    new LakeSink(lake, []).WriteSessionsAsync(Ended(Ends, 2, Session("bob", Midnight)), default).GetAwaiter().GetResult();
                }
            },
        };

        await new LakeSink(slow, []).WriteSessionsAsync(Ended(Ends, 1, Session("ada", Midnight - 1), Session("bob", Midnight + 1)), default);

        Assert.Equal([IdOf("bob", Midnight)], await IdsAsync(lake));
        Assert.Equal([IdOf("bob", Midnight)], await DocumentedIdsAsync());
    }

    /// <summary>Any number of writers, each with another revision: the highest is there in the end, on all days, whatever came between.</summary>
    [Fact]
    public async Task WriteSessionsAsync_WritersSideBySide_EndWithTheHighestRevision()
    {
        LocalLake lake = LocalLake.Open(Root);
        Random random = new(11);
        for (int round = 0; round < 12; round++)
        {
            long minute = Ends + (round * Minute);
            EndedSessions[] revisions = [.. Enumerable.Range(1, 5).Select(revision => Ended(minute, revision, Enumerable.Range(0, random.Next(4))
                .Select(user => Session($"user {user}", Midnight + (random.Next(-1, 2) * 20 * Hour) + (round * Minute) + user))))];
            EndedSessions[] shuffled = [.. revisions];
            random.Shuffle(shuffled);

            await Parallel.ForEachAsync(shuffled, new ParallelOptions { MaxDegreeOfParallelism = 5 }, async (ended, stop) =>
                await new LakeSink(lake, []).WriteSessionsAsync(ended, stop));

            IEnumerable<string> expected = revisions[^1].Sessions.Select(session => session.SessionId).Order(StringComparer.Ordinal);
            EndedSessions whole = await new LakeReader(lake).ReadEndedSessionsAsync(new(minute, minute + 1), default).SingleAsync();
            Assert.Equal(expected, whole.Sessions.Select(session => session.SessionId).Order(StringComparer.Ordinal));
            Assert.Equal(expected, (await new LakeReader(lake).ReadSessionsAsync(Everything, null, default).ToListAsync())
                .Where(row => row.EndedMinute.StartMs == minute).Select(row => row.Session.SessionId).Order(StringComparer.Ordinal));
        }
    }

    /// <summary>The process ends before or after any operation; readers see each session once then, and the next run repairs everything.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_AtAnyOperation_LeavesEverySessionOnceAndIsRepaired(bool after)
    {
        FaultyLake whole = new(LocalLake.Open(_folder.File("whole")));
        await RunAsync(whole);
        List<string> expected = await MinutesAsync(LocalLake.Open(_folder.File("whole")));
        Assert.Equal(3, Paths(_folder.File("whole"), "sessions").Count);
        Assert.InRange(whole.Operations, 30, 120);

        // Each waits for the disk most of the time.
        await Parallel.ForEachAsync(Enumerable.Range(0, whole.Operations), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (operation, _) =>
        {
            string root = _folder.File($"lake-{operation}");
            LocalLake lake = LocalLake.Open(root);
            FaultyLake faulty = new(lake);
            faulty.CrashAt(operation, after);
            await Assert.ThrowsAsync<CrashException>(() => RunAsync(faulty));

            List<string> seen = await IdsAsync(lake);
            Assert.Equal(seen.Distinct(), seen);
            Assert.All(seen.Select(id => id[..16]).CountBy(user => user), user => Assert.Equal(1, user.Value));

            // What a newer revision replaced before it was written whole never comes again.
            await RunAsync(new FaultyLake(lake), skipsFirst: true);
            Assert.Equal(expected, await MinutesAsync(lake));
            Assert.Equal(await IdsAsync(LocalLake.Open(_folder.File("whole"))), await IdsAsync(lake));
            Assert.DoesNotContain(Paths(root, "sessions"), path => path.Contains("ended-1795308000", StringComparison.Ordinal));
            Directory.Delete(root, recursive: true);
        });
    }

    /// <summary>A reader that comes between any two operations of compaction sees the same sessions.</summary>
    [Fact]
    public async Task Read_BetweenAnyTwoOperationsOfCompaction_SeesTheSameSessions()
    {
        LocalLake lake = LocalLake.Open(Root);
        List<string> expected = [];
        int looks = 0;
        FaultyLake watched = new(lake)
        {
            Before = (_, _) =>
            {
                if (expected.Count > 0)
                {
                    Assert.Equal(expected, IdsAsync(lake).GetAwaiter().GetResult());
                    looks++;
                }
            },
        };
        LakeSink sink = new(watched, [], new LakeOptions { Grace = TimeSpan.Zero }, _time);
        expected = await WriteHourAsync(sink);

        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour, default);
        await sink.MarkFinalAsync(EndedSessions.Name, Midnight + Hour + 1, default);

        Assert.True(looks > 10, $"{looks} looks");
        Assert.Equal(2, Paths(Root, "sessions").Count);
        Assert.Equal(expected, await DocumentedIdsAsync());
    }

    private LakeSink NewSink() => new(LocalLake.Open(Root), [], time: _time);

    /// <summary>Three minutes of an hour, one of them corrected and one emptied, with sessions of both days.</summary>
    /// <returns>The ids of all sessions, in order.</returns>
    private static async Task<List<string>> WriteHourAsync(LakeSink sink)
    {
        EndedSessions[] minutes =
        [
            Ended(Ends, 1, Session("ada", Midnight - Minute)),
            Ended(Ends + Minute, 1, Session("cat", Midnight), Session("dan", Midnight - 1)),
            Ended(Ends + (2 * Minute), 1, Session("eve", Midnight - 5)),
            Ended(Ends, 3, Session("ada", Midnight - (2 * Minute)), Session("bob", Midnight)),
            Ended(Ends + (2 * Minute), 2),
        ];
        foreach (EndedSessions ended in minutes)
        {
            await sink.WriteSessionsAsync(ended, default);
        }

        return [.. new[] { IdOf("ada", Midnight - (2 * Minute)), IdOf("bob", Midnight), IdOf("cat", Midnight), IdOf("dan", Midnight - 1) }
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Revision 1 of two minutes has sessions on both days. In revision 2 of the first none is of yesterday any more, in that of the second none of
    /// today. The hour becomes one file on each day.
    /// </summary>
    private static async Task RunAsync(LakeFiles lake, bool skipsFirst = false)
    {
        LakeSink sink = new(lake, [], new LakeOptions { Grace = TimeSpan.Zero }, TimeProvider.System);
        EndedSessions[] minutes =
        [
            Ended(Ends, 1, Session("ada", Midnight - 1), Session("bob", Midnight + 1)),
            Ended(Ends + Minute, 1, Session("cat", Midnight + 2), Session("dan", Midnight - 3)),
            Ended(Ends, 2, Session("ada", Midnight + 3), Session("bob", Midnight + 1)),
            Ended(Ends + Minute, 2, Session("cat", Midnight - 2), Session("dan", Midnight - 3)),
            Ended(Start, 1, Session("eve", Start - Minute)),
        ];
        foreach (EndedSessions ended in minutes.Skip(skipsFirst ? 1 : 0))
        {
            await sink.WriteSessionsAsync(ended, default);
        }

        await sink.MarkFinalAsync(EndedSessions.Name, Start + Hour, default);
        await sink.FinishAsync(default);
    }

    private static async Task<List<string>> MinutesAsync(LakeFiles lake) =>
        await new LakeReader(lake).ReadEndedSessionsAsync(Everything, default).Select(ended =>
            $"{ended.Minute.StartMs} r{ended.Revision}: {string.Join(' ', ended.Sessions.Select(session => session.SessionId))}").ToListAsync();

    private static async Task<List<string>> IdsAsync(LakeFiles lake) =>
        [.. await new LakeReader(lake).ReadSessionsAsync(Everything, null, default)
            .Select(row => row.Session.SessionId).Order(StringComparer.Ordinal).ToListAsync()];

    private async Task<IEnumerable<string>> DocumentedAsync() =>
        (await DuckDb.QueryAsync($"SELECT user_id FROM ({Documented()}) ORDER BY user_id")).Rows.Select(row => (string)row["user_id"]!);

    private async Task<IEnumerable<string>> DocumentedIdsAsync() =>
        (await DuckDb.QueryAsync($"SELECT session_id FROM ({Documented()}) ORDER BY session_id")).Rows.Select(row => (string)row["session_id"]!);

    /// <summary>As docs/LAKE.md has it.</summary>
    private string Documented() => $"""
        SELECT * FROM read_parquet({DuckDb.Quote($"{Root}/sessions/**/*.parquet")}, hive_partitioning = true)
        QUALIFY revision = max(revision) OVER (PARTITION BY ended_minute)
            AND row_number() OVER (PARTITION BY ended_minute, session_id) = 1
        """;
}
