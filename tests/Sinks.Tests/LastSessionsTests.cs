using Tidemark.Core.Sessions;
using static Tidemark.Sinks.Tests.Samples;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: the last sessions by start are kept, whatever the order in which they are added. Method: against sorting all of them.</summary>
public sealed class LastSessionsTests
{
    [Fact]
    public void Take_NewerRevisionOfWhichNoRowIsKept_StillReplacesTheOlder()
    {
        LastSessions last = new(1);
        last.Add(SessionRow.Of(Ended(Start, 2, Session("ada", Start))));
        last.Add(SessionRow.Of(Ended(Start + Minute, 1, Session("bob", Start + 5))));
        Assert.Equal("bob", Assert.Single(last.Take()).Session.UserId);

        last.Add(SessionRow.Of(Ended(Start, 1, Session("cat", Start + 9))));

        Assert.Equal("bob", Assert.Single(last.Take()).Session.UserId);
    }

    [Fact]
    public void Take_AnyOrderAndRevisions_IsWhatSortingAllOfThemGives()
    {
        Random random = new(3);
        for (int round = 0; round < 60; round++)
        {
            // Starts that are often the same, minutes of several revisions, sessions in two minutes.
            SessionRow[] all = [.. Enumerable.Range(0, random.Next(1, 4000)).SelectMany(_ => SessionRow.Of(Ended(
                Start + (random.Next(1, 9) * Minute), random.Next(1, 3), Session($"user {random.Next(400)}", Start + random.Next(200)))))];
            int count = random.Next(1, 300);
            LastSessions last = new(count);
            foreach (SessionRow[] some in all.Chunk(700))
            {
                last.Add(some);
            }

            SessionRow[] sorted = [.. SessionRow.Once(all).OrderBy(row => row, SessionRow.ByStart)];
            long first = sorted.Length > count ? sorted[^count].Session.StartMs : long.MinValue;

            Assert.Equal(
                sorted.Where(row => row.Session.StartMs >= first).Select(Name), last.Take().Select(Name));
            Assert.Equal(sorted.Length >= count, last.IsFullFrom(sorted.Length >= count ? sorted[^count].Session.StartMs : long.MinValue));
            Assert.False(last.IsFullFrom(Start + 200));
        }

        static (string, long, long) Name(SessionRow row) => (row.Session.SessionId, row.EndedMinute.StartMs, row.Revision);
    }
}
