using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Tests.Results;

public sealed class RecentResultsTests
{
    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    private readonly ResultStream _stream = new(new StreamLimits(), "e");

    [Fact]
    public async Task Write_LowerRevisionAfterAHigherOne_ChangesNothingAndTellsNobody()
    {
        RecentResults results = Store();
        await WriteAsync(results, Minute(0, revision: 2));

        await WriteAsync(results, Minute(0, revision: 1), Minute(0, revision: 2));

        Assert.Equal([2L], (await ReadAsync(results, Everything)).Select(result => result.Revision));
        Assert.Equal(1, _stream.Last);
    }

    [Fact]
    public async Task Write_OpenWindowThatHasClosed_IsNotOpenAgain()
    {
        RecentResults results = Store();
        await WriteAsync(results, Open(0, sequence: 1));
        await WriteAsync(results, Minute(0));

        await WriteAsync(results, Open(0, sequence: 2));

        Assert.Empty(await results.LiveAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Write_OpenWindowWithALowerSequence_IsIgnored()
    {
        RecentResults results = Store();
        await WriteAsync(results, Open(0, sequence: 5));

        await WriteAsync(results, Open(0, sequence: 4));

        Assert.Equal(5, Assert.Single(await results.LiveAsync(CancellationToken.None)).Sequence);
    }

    [Fact]
    public async Task Write_MoreOpenWindowsThanAreKept_KeepsThoseThatCloseNext()
    {
        RecentResults results = Store(limits: new RecentLimits { MaxLive = 2 });

        await WriteAsync(results, Open(3, 1), Open(1, 1), Open(2, 1));

        Assert.Equal([1, 2], (await results.LiveAsync(CancellationToken.None)).Select(result => result.StartMs / Shop.Minute));
    }

    [Fact]
    public async Task Write_MoreWindowsThanAreKept_ForgetsTheOldest()
    {
        RecentResults results = Store(limits: new RecentLimits { MaxWindowsOfFamily = 3 });

        await WriteAsync(results, [.. Enumerable.Range(0, 5).Select(i => Minute(i))]);

        Assert.Equal([2, 3, 4], (await ReadAsync(results, Everything)).Select(result => result.StartMs / Shop.Minute));
    }

    [Fact]
    public async Task Write_MoreBytesThanAreKept_ForgetsTheOldest()
    {
        RecentResults results = Store(limits: new RecentLimits { MaxBytes = 200_000 });

        await WriteAsync(results, [.. Enumerable.Range(0, 100).Select(i => Minute(i))]);

        Assert.InRange(results.Count, 5, 20);
        Assert.Equal(99, (await ReadAsync(results, Everything))[^1].StartMs / Shop.Minute);
    }

    [Fact]
    public async Task Read_OlderThanWhatIsKept_AsksTheHistory()
    {
        ListHistory history = new(Enumerable.Range(0, 10).Select(i => Minute(i)));
        RecentResults results = Store(history, new RecentLimits { MaxWindowsOfFamily = 4 });
        await results.FillAsync(CancellationToken.None);
        int before = history.Reads;

        IReadOnlyList<WindowResult> kept = await ReadAsync(results, new Interval(6 * Shop.Minute, long.MaxValue));
        int afterKept = history.Reads;
        IReadOnlyList<WindowResult> all = await ReadAsync(results, Everything);

        Assert.Equal(4, kept.Count);
        Assert.Equal(before, afterKept);
        Assert.Equal(10, all.Count);
        Assert.Equal(before + 1, history.Reads);
    }

    [Fact]
    public async Task Read_BeforeTheHistoryWasRead_HasBoth()
    {
        ListHistory history = new(Minute(0), Minute(1, revision: 1), Minute(2, revision: 5));
        RecentResults results = Store(history);
        await WriteAsync(results, Minute(1, revision: 3), Minute(2, revision: 4), Minute(7));

        IReadOnlyList<WindowResult> all = await ReadAsync(results, Everything);

        Assert.Equal([(0L, 1L), (1L, 3L), (2L, 5L), (7L, 1L)], all.Select(result => (result.StartMs / Shop.Minute, result.Revision)));
        Assert.Equal(all, await results.ReadLastAsync("1min", Everything, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Fill_WindowsThatCameMeanwhile_Win()
    {
        ListHistory history = new(Minute(0), Minute(1));
        RecentResults results = Store(history);
        await WriteAsync(results, Minute(1, revision: 2));

        await results.FillAsync(CancellationToken.None);

        Assert.Equal([1L, 2L], (await ReadAsync(results, Everything)).Select(result => result.Revision));
        Assert.Equal(1, _stream.Last);
    }

    [Fact]
    public async Task Read_HistoryThatFails_SaysSo()
    {
        RecentResults results = Store(new ListHistory { Problem = "the lake is gone" });
        await WriteAsync(results, Minute(1));

        SinkException problem = await Assert.ThrowsAsync<SinkException>(() => ReadAsync(results, Everything));

        Assert.Equal("the lake is gone", problem.Message);
    }

    [Fact]
    public async Task MarkFinal_EarlierTime_DoesNotGoBack()
    {
        RecentResults results = Store();

        await results.MarkFinalAsync("1min", 500, CancellationToken.None);
        await results.MarkFinalAsync("1min", 400, CancellationToken.None);

        Assert.Equal(500, results.FinalBefore("1min"));
        Assert.Null(results.FinalBefore("1hour"));
    }

    /// <summary>
    /// Goal: whatever is in memory, in the history or in both, a read is what a list of everything says.
    /// Method: random windows, revisions and limits; every range and count against the naive list.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Read_RandomWritesAndRanges_IsWhatAListSays(int seed)
    {
        Random random = new(seed);
        ListHistory everything = new();
        ListHistory history = new();
        RecentResults results = Store(history, new RecentLimits { MaxWindowsOfFamily = random.Next(2, 12) });
        for (int i = 0; i < 200; i++)
        {
            WindowResult result = Minute(random.Next(40), revision: random.Next(1, 6));
            if (i == 100)
            {
                await results.FillAsync(CancellationToken.None);
            }

            // As a run does: what people look at first, then the lake.
            await WriteAsync(results, result);
            history.Add(result);
            everything.Add(result);
            Interval range = random.Next(4) == 0 ? Everything : RangeOf(random.Next(42), random.Next(1, 20));
            int count = random.Next(1, 15);

            Assert.Equal(
                await everything.ReadLastAsync("1min", range, int.MaxValue, CancellationToken.None), await ReadAsync(results, range));
            Assert.Equal(
                await everything.ReadLastAsync("1min", range, count, CancellationToken.None),
                await results.ReadLastAsync("1min", range, count, CancellationToken.None));
        }
    }

    private static Interval RangeOf(int minute, int minutes) => new(minute * Shop.Minute, (minute + minutes) * Shop.Minute);

    private static WindowResult Minute(int minute, long revision = 1) => Shop.Window("1min", minute * Shop.Minute, Phase.OnTime, revision, 3);

    private static WindowResult Open(int minute, long sequence) => Shop.Window("1min", minute * Shop.Minute, Phase.Live, sequence, 3);

    private RecentResults Store(IResultReader? history = null, RecentLimits? limits = null) =>
        new(Shop.Windows, limits ?? new RecentLimits(), _stream, history);

    private static Task WriteAsync(RecentResults results, params IReadOnlyList<WindowResult> written) =>
        results.WriteAsync(written, CancellationToken.None);

    private static async Task<IReadOnlyList<WindowResult>> ReadAsync(RecentResults results, Interval range) =>
        await results.ReadAsync("1min", range, CancellationToken.None).ToListAsync();
}
