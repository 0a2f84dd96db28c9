using System.Text;
using Tidemark.Cli.Run;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Tests.Run;

public sealed class TableSinkTests
{
    [Theory]
    [InlineData("/a\u001b[31m\nb", "/a[31mb")]
    [InlineData("/\u202eback\u2066\u200f\u200b\ufeff\u00ad", "/back")]
    [InlineData("/one\u2028two\u2029\u0085", "/onetwo")]
    [InlineData("/tag\U000E0041\U0001D173é😀", "/tagé😀")]
    [InlineData("/👩\u200d💻 and \u200djoined", "/👩\u200d💻 and joined")]
    [InlineData("/3456789012345678901234567890123456789👩\u200d👩\u200d👧1", "/3456789012345678901234567890123456789…")]
    [InlineData("/3456789012345678901234567890123456789e\u0301éx", "/3456789012345678901234567890123456789e\u0301…")]
    [InlineData("/3456789012345678901234567890123456789é0", "/3456789012345678901234567890123456789é0")]
    [InlineData("/345678901234567890123456789012345678😀901", "/345678901234567890123456789012345678😀…")]
    [InlineData("/3456789012345678901234567890123456789😀01", "/3456789012345678901234567890123456789…")]
    public async Task Write_PageThatSteersATerminal_IsShownWithoutThat(string page, string shown)
    {
        using var stream = new MemoryStream();
        var sink = new TableSink(stream, _ => true, new Screen());

        await sink.WriteAsync([ResultOf(page)], CancellationToken.None);

        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("0.00  " + shown, lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_RevenueThatWasCut_IsMarked()
    {
        using var stream = new MemoryStream();

        await new TableSink(stream, _ => true, new Screen())
            .WriteAsync([ResultOf("/") with { RevenueOverflow = true, UniqueUsersExact = false }], CancellationToken.None);

        string line = Encoding.UTF8.GetString(stream.ToArray()).Split('\n')[1];
        Assert.EndsWith(" 0.00!  /", line, StringComparison.Ordinal);
        Assert.Contains(" ~1 ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_Header_StandsAboveItsColumns()
    {
        using var stream = new MemoryStream();

        await new TableSink(stream, _ => true, new Screen()).WriteAsync([ResultOf("/")], CancellationToken.None);

        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Equal(
            ["window   start (UTC)             events     users     views    clicks    buys        revenue  top page",
             "1min     1970-01-01 00:00:00          1         1         1         0       0           0.00  /"],
            lines[..2]);
    }

    // The least important columns are left out, and a page is cut, so that a line stays one line.
    [Theory]
    [InlineData(60, "window   start (UTC)             events     users")]
    [InlineData(80, "window   start (UTC)             events     users     views        revenue")]
    [InlineData(140, "window   start (UTC)             events     users     views    clicks    buys        revenue  top page")]
    public async Task Write_OnATerminal_TakesOneLine(int width, string heading)
    {
        using MemoryStream stream = new();
        TableSink sink = new(stream, _ => true, new Screen { Width = () => width });

        await sink.WriteAsync([ResultOf("/" + new string('x', 100)) with { TotalEvents = 1_234_567_890 }], CancellationToken.None);

        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Equal(heading, lines[0]);
        Assert.InRange(lines[1].Length, heading.Length, width);
    }

    private static WindowResult ResultOf(string page) => new()
    {
        Window = "1min", StartMs = 0, EndMs = 60_000, Phase = Phase.OnTime, Revision = 1,
        WatermarkMs = null, TotalEvents = 1, UniqueUsers = 1, UniqueUsersExact = true,
        UsersSketch = default, PageViews = 1, Clicks = 0, Purchases = 0, Revenue = 0,
        RevenueOverflow = false, InvalidAmounts = 0, TopPages = new Breakdown([new KeyCount(page, 1)], 0),
        Devices = new Breakdown([], 0), Countries = new Breakdown([], 0), EventTypes = new Breakdown([], 0), Averages = null,
    };
}
