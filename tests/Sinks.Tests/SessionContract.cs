using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Sinks.Tests;

/// <summary>A sink that takes sessions, and a way to see what it wrote.</summary>
public interface ISessionsUnderTest : IAsyncDisposable
{
    IResultSink Sink { get; }

    IResultReader Reader { get; }

    /// <summary>Everything that is stored, in a form that differs when any byte does.</summary>
    Task<IReadOnlyDictionary<string, string>> DumpAsync();
}

/// <summary>What every store of sessions must do: of each minute it has the sessions of the highest revision, and no others.</summary>
public abstract class SessionContract
{
    private protected const long Minute = 60_000;

    private protected const long Midnight = 1_795_305_600_000; // 2026-11-22T00:00:00Z

    private protected const long Noon = Midnight + (12 * 60 * Minute);

    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    protected abstract Task<ISessionsUnderTest> OpenAsync();

    /// <summary>How many sessions a large minute has.</summary>
    protected virtual int ManySessions => 3000;

    [Fact]
    public async Task WriteSessionsAsync_Minute_IsReadBack()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        Session[] sessions = [Session("ada", Noon, 4 * Minute, "older"), Bare("bob", Noon + 1), Hard(Noon + 2)];
        await WriteAsync(test, Ended(Noon + (40 * Minute), 1, sessions));

        IReadOnlyList<SessionRow> rows = await ReadAsync(test);

        Assert.Equal(SessionRow.Of(Ended(Noon + (40 * Minute), 1, sessions)).Count, rows.Count);
        Assert.All(SessionRow.Of(Ended(Noon + (40 * Minute), 1, sessions)).Zip(rows), pair =>
            Assert.All(SessionColumns.All, column => Assert.True(column.AreSame(pair.First, pair.Second), column.Name)));
    }

    [Fact]
    public async Task WriteSessionsAsync_SameRevisionTwice_ChangesNothing()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        EndedSessions ended = Ended(Noon, 1, Session("ada", Noon - (40 * Minute)), Session("bob", Midnight - Minute));
        await WriteAsync(test, ended, Ended(Noon + Minute, 1));
        var before = await test.DumpAsync();

        await WriteAsync(test, ended, Ended(Noon + Minute, 1), ended);

        Assert.Equal(before, await test.DumpAsync());
    }

    [Fact]
    public async Task WriteSessionsAsync_OlderRevisionAfterNewer_ChangesNothing()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteAsync(test, Ended(Noon, 12, Session("ada", Noon - (40 * Minute))), Ended(Noon + Minute, 2));
        var before = await test.DumpAsync();

        await WriteAsync(
            test, Ended(Noon, 9, Session("bob", Midnight - Minute)), Ended(Noon + Minute, 1, Session("cat", Noon - (40 * Minute))));

        Assert.Equal(before, await test.DumpAsync());
    }

    /// <summary>bob's session has grown, cat's has become part of it, dan's was not there before.</summary>
    [Fact]
    public async Task WriteSessionsAsync_Correction_TakesThePlaceOfTheWholeMinute()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        long start = Noon - (40 * Minute);
        await WriteAsync(test, Ended(Noon, 1, Session("ada", start), Session("bob", start + 5), Session("bob", start + 500)));
        Session merged = Session("bob", start + 1, 8 * Minute, IdOf("bob", start + 5), IdOf("bob", start + 500));

        await WriteAsync(test, Ended(Noon, 2, Session("ada", start), merged, Session("dan", start)));

        await AssertStoredAsync(test, Session("ada", start), Session("dan", start), merged);
    }

    [Fact]
    public async Task WriteSessionsAsync_CorrectionWithoutSessions_LeavesNone()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteAsync(test, Ended(Noon, 1, Session("ada", Noon - Minute), Session("ada", Midnight - Minute)));

        await WriteAsync(test, Ended(Noon, 2));

        await AssertStoredAsync(test);
        await WriteAsync(test, Ended(Noon, 3, Session("bob", Noon - Minute)));
        await AssertStoredAsync(test, Session("bob", Noon - Minute));
    }

    /// <summary>A late event makes ada's session end five minutes later. The minutes are published one after the other, in either order.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteSessionsAsync_SessionThatMovesToAnotherMinute_IsNeverThereTwice(bool laterFirst)
    {
        await using ISessionsUnderTest test = await OpenAsync();
        long start = Noon - (60 * Minute);
        await WriteAsync(test, Ended(Noon, 1, Session("ada", start), Session("bob", start)));
        EndedSessions[] moves = [Ended(Noon, 2, Session("bob", start)), Ended(Noon + (5 * Minute), 1, Session("ada", start, 10 * Minute))];

        await WriteAsync(test, moves[laterFirst ? 1 : 0]);

        Assert.Distinct((await test.Reader.ReadLastSessionsAsync(Everything, null, 10, default)).Select(row => row.Session.SessionId));
        await WriteAsync(test, moves[laterFirst ? 0 : 1]);
        await AssertStoredAsync(test, Session("ada", start, 10 * Minute), Session("bob", start));
    }

    /// <summary>A late event moves the start to the day before, and one of another user's moves a start out of that day.</summary>
    [Fact]
    public async Task WriteSessionsAsync_StartThatMovesOverMidnight_LeavesNothingBehind()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        long minute = Midnight + (40 * Minute);
        await WriteAsync(test, Ended(minute, 1, Session("ada", Midnight + Minute), Session("bob", Midnight - Minute)));

        await WriteAsync(test, Ended(minute, 2, Session("ada", Midnight - Minute, 7 * Minute), Session("bob", Midnight - (2 * Minute))));
        await AssertStoredAsync(test, Session("bob", Midnight - (2 * Minute)), Session("ada", Midnight - Minute, 7 * Minute));

        await WriteAsync(test, Ended(minute, 3, Session("cat", Midnight)));
        await AssertStoredAsync(test, Session("cat", Midnight));
        Assert.Empty(await ReadAsync(test, new Interval(Midnight - (100 * Minute), Midnight)));
    }

    [Fact]
    public async Task ReadSessionsAsync_RangeAndUser_SelectByTheStart()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteFourAsync(test);

        Assert.Equal(["bob", "ada"], Users(await ReadAsync(test, new Interval(Noon + Minute, Noon + (3 * Minute)))));
        Assert.Equal(["ada", "ada"], Users(await ReadAsync(test, Everything, "ada")));
        Assert.Empty(await ReadAsync(test, Everything, "ad"));
        Assert.Empty(await ReadAsync(test, new Interval(Noon + (4 * Minute), long.MaxValue)));
    }

    [Fact]
    public async Task ReadLastSessionsAsync_Count_IsOfTheLatestStarts()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteFourAsync(test);

        Assert.Equal(["ada", "cat"], Users(await test.Reader.ReadLastSessionsAsync(Everything, null, 2, default)));
        Assert.Equal(["ada", "bob", "ada", "cat"], Users(await test.Reader.ReadLastSessionsAsync(Everything, null, 100, default)));
        Assert.Equal(["bob"], Users(await test.Reader.ReadLastSessionsAsync(new Interval(Noon, Noon + (2 * Minute)), null, 1, default)));
        Assert.Equal([Noon + (2 * Minute)], (await test.Reader.ReadLastSessionsAsync(Everything, "ada", 1, default))
            .Select(row => row.Session.StartMs));
    }

    /// <summary>Whoever asks for the sessions before the first one of an answer misses none.</summary>
    [Fact]
    public async Task ReadLastSessionsAsync_SeveralWithTheSameStart_AreNotParted()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        Session[] sessions = [Session("ada", Noon), Session("bob", Noon), Session("cat", Noon), Session("dan", Noon + 1)];
        await WriteAsync(test, Ended(Noon + (40 * Minute), 1, sessions));

        Assert.Equal(4, (await test.Reader.ReadLastSessionsAsync(Everything, null, 2, default)).Count);
        Assert.Equal(["dan"], Users(await test.Reader.ReadLastSessionsAsync(Everything, null, 1, default)));
    }

    [Fact]
    public async Task WriteSessionsAsync_ManySessions_AllAreThere()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteAsync(test, Ended(Noon, 1, Enumerable.Range(0, ManySessions).Select(i => Session($"user {i}", Noon - (60 * Minute) + i))));
        await WriteAsync(test, Ended(Noon, 2, Enumerable.Range(1, ManySessions).Select(i => Session($"user {i}", Noon - (60 * Minute) + i))));

        IReadOnlyList<SessionRow> rows = await ReadAsync(test);

        Assert.Equal(ManySessions, rows.Count);
        Assert.Equal(("user 1", $"user {ManySessions}"), (rows[0].Session.UserId, rows[^1].Session.UserId));
    }

    [Fact]
    public async Task MarkFinalAsync_AnyOrderAndTwice_IsTaken()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        await WriteAsync(test, Ended(Noon, 1, Session("ada", Noon - Minute)));
        foreach (long time in new[] { Noon + Minute, Noon, Noon + Minute, long.MaxValue, -1 })
        {
            await test.Sink.MarkFinalAsync(EndedSessions.Name, time, default);
        }

        await AssertStoredAsync(test, Session("ada", Noon - Minute));
    }

    [Fact]
    public async Task WriteSessionsAsync_Cancelled_ThrowsAndCanBeRepeated()
    {
        await using ISessionsUnderTest test = await OpenAsync();
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        EndedSessions ended = Ended(Noon, 1, Session("ada", Noon - Minute));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Sink.WriteSessionsAsync(ended, cancelled.Token));

        await WriteAsync(test, ended);
        await AssertStoredAsync(test, Session("ada", Noon - Minute));
    }

    private static Task WriteFourAsync(ISessionsUnderTest test) => WriteAsync(
        test,
        Ended(Noon + (40 * Minute), 1, Session("ada", Noon), Session("cat", Noon + (3 * Minute))),
        Ended(Noon + (90 * Minute), 1, Session("bob", Noon + Minute), Session("ada", Noon + (2 * Minute))));

    private static async Task WriteAsync(ISessionsUnderTest test, params EndedSessions[] minutes)
    {
        foreach (EndedSessions ended in minutes)
        {
            await test.Sink.WriteSessionsAsync(ended, default);
        }
    }

    private static async Task<IReadOnlyList<SessionRow>> ReadAsync(ISessionsUnderTest test, Interval? range = null, string? user = null) =>
        await test.Reader.ReadSessionsAsync(range ?? Everything, user, default).OrderBy(row => row, SessionRow.ByStart).ToListAsync();

    /// <summary>The sessions are stored, by start, and no others.</summary>
    private static async Task AssertStoredAsync(ISessionsUnderTest test, params Session[] expected)
    {
        IReadOnlyList<SessionRow> rows = await ReadAsync(test);
        Assert.Equal(expected.Select(session => (session.SessionId, session.EndMs)), rows.Select(row => (row.Session.SessionId, row.Session.EndMs)));
        Assert.Equal(
            expected.Select(session => session.SessionId),
            (await test.Reader.ReadLastSessionsAsync(Everything, null, 1_000_000, default)).Select(row => row.Session.SessionId));
    }

    private static IEnumerable<string> Users(IEnumerable<SessionRow> rows) => rows.Select(row => row.Session.UserId);
}
