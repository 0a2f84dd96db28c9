using Tidemark.Core.Sessions;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: the sessions of a minute wait between results and marks, the newest revision of them, within the same bounds.</summary>
public sealed class PendingSessionsTests
{
    private const long Plenty = 1L << 30;

    [Fact]
    public void Take_SessionsBetweenResultsAndMarks_ComeInTheirOrderAndAlone()
    {
        PendingResults pending = new(10, Plenty);
        pending.TryAdd(MinuteResult(0));
        pending.TryAdd(MinuteResult(1));
        pending.TryAdd(Of(0, 1));
        pending.TryAdd(Of(1, 1));
        pending.TryAdd(MinuteResult(2));
        pending.AddFinalMark(EndedSessions.Name, 5);

        Assert.Equal(["results 2", "sessions 0", "sessions 1", "results 1", "mark sessions 5"], Batches(pending));
    }

    [Fact]
    public void TryAdd_NewerRevisionOfAMinute_ReplacesTheQueuedOne()
    {
        List<EndedSessions> settled = [];
        PendingResults pending = new(10, Plenty, droppedSessions: settled.Add);
        EndedSessions older = Of(0, 1);
        pending.TryAdd(older);
        pending.TryAdd(MinuteResult(0));
        pending.TryAdd(Of(0, 2));
        EndedSessions late = Of(0, 1);
        pending.TryAdd(late);

        Assert.Equal((2, 0), (pending.Count, pending.Dropped));
        Assert.Equal([older, late], settled);
        Assert.Equal(["results 1", "sessions 0 r2"], Batches(pending, withRevision: true));
    }

    [Fact]
    public void TryAdd_Full_DropsLiveResultsAndThenRefuses()
    {
        List<EndedSessions> dropped = [];
        PendingResults pending = new(2, Plenty, droppedSessions: dropped.Add);
        pending.TryAdd(Live(0, 1));
        pending.TryAdd(Of(0, 1));
        Assert.True(pending.TryAdd(Of(1, 1)));
        Assert.False(pending.TryAdd(Of(2, 1)));

        pending.AddAnyway(Of(2, 1));

        Assert.Equal((2, 2), (pending.Count, pending.Dropped));
        Assert.Equal([0L], dropped.Select(sessions => (sessions.Minute.StartMs - Start) / Minute));
        Assert.Equal(["sessions 1", "sessions 2"], Batches(pending));
    }

    [Fact]
    public void TryAdd_Bytes_AreBoundedTogetherWithThoseOfResults()
    {
        EndedSessions many = SessionSamples.Ended(Start, 1, Enumerable.Range(0, 1000).Select(i => SessionSamples.Session($"user {i}", Start)));
        long bytes = PendingResults.SizeOf(many);
        Assert.InRange(bytes, 600_000, 1_200_000);
        PendingResults pending = new(10, bytes + 1000);

        Assert.True(pending.TryAdd(many));
        Assert.False(pending.TryAdd(MinuteResult(0))); // its sketch alone has 12 KB
        Assert.False(pending.TryAdd(many with { Minute = new(Start + Minute, Start + (2 * Minute)) }));
        pending.Take(1, Plenty);
        Assert.False(pending.TryAdd(MinuteResult(0))); // it is being written
        pending.Release();
        Assert.True(pending.TryAdd(MinuteResult(0)));
    }

    private static EndedSessions Of(long minute, long revision) =>
        SessionSamples.Ended(Start + (minute * Minute), revision, SessionSamples.Session("ada", Start));

    private static IEnumerable<string> Batches(PendingResults pending, bool withRevision = false)
    {
        while (pending.Take(10, Plenty) is { Count: > 0 } batch)
        {
            pending.Release();
            yield return batch[0] switch
            {
                { IsMark: true } mark => $"mark {mark.Window} {mark.FinalBeforeMs}",
                { Sessions: { } sessions } =>
                    $"sessions {(sessions.Minute.StartMs - Start) / Minute}{(withRevision ? $" r{sessions.Revision}" : "")}",
                _ => $"results {batch.Count}",
            };
        }
    }
}
