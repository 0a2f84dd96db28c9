using Microsoft.Playwright;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Tests.Support;

namespace Tidemark.Dashboard.Tests.Page;

/// <summary>Goal: charts show the windows of the range that is chosen, and tell each of them to the mouse and to the keyboard.</summary>
[Collection(BrowserTests.Name)]
public sealed class ChartTests(BrowserFixture browser)
{
    private const long Now = Shop.Midnight + (14 * Shop.Hour);

    [Fact]
    public async Task Zoom_ByTheMouse_IsKeptInTheLinkAndSharedByAllCharts()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&metric=revenue");
        ILocator chart = page.Page.Locator("#minutes .u-over");
        await chart.WaitForAsync();
        LocatorBoundingBoxResult box = (await chart.BoundingBoxAsync())!;

        await page.Page.Mouse.MoveAsync(box.X + (box.Width / 4), box.Y + 40);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + 60, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync();

        await page.Page.Locator("#minutes [role=img][aria-label*='15 windows']").WaitForAsync();
        Uri link = new(page.Page.Url);
        Assert.Contains("metric=revenue", link.Query, StringComparison.Ordinal);
        Assert.Contains("from=2026-11-22T13%3A1", link.Query, StringComparison.Ordinal);
        await using BrowserPage other = await browser.OpenAsync();
        await other.Page.GotoAsync(link.ToString());
        await other.Page.Locator("#minutes [role=img][aria-label*='Revenue, 15 windows']").WaitForAsync();

        // The mouse has zoomed: nothing has the focus.
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Locator("#minutes [role=img][aria-label*='60 windows']").WaitForAsync();
        Assert.True(await page.Page.Locator("#unzoom").IsHiddenAsync());

        await other.Page.Locator("#unzoom", new() { HasText = "Back to the last 1h" }).ClickAsync();
        await other.Page.Locator("#minutes [role=img][aria-label*='60 windows']").WaitForAsync();
    }

    /// <summary>One hour among seven days, and minutes of a short range: a bar is as wide as its window in both.</summary>
    [Theory]
    [InlineData("range=7d", 1.0 / 168)]
    [InlineData("from=2026-11-22T13:50:00Z&to=2026-11-22T14:00:00Z", 0.1)]
    public async Task Chart_AnyRange_DrawsBarsAsWideAsTheirWindows(string query, double part)
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now).Concat(Shop.Range("1hour", Now - (2 * Shop.Hour), Now - Shop.Hour)));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&" + query);
        await page.Page.Locator("#minutes [role=img][aria-label*='1 windows']").WaitForAsync();

        double drawn = await page.Page.EvaluateAsync<double>("""
            () => {
                const canvas = document.querySelector("#minutes canvas");
                const bar = getComputedStyle(document.documentElement).getPropertyValue("--bar").trim();
                const [red, green, blue] = [1, 3, 5].map(at => parseInt(bar.slice(at, at + 2), 16));
                const row = canvas.getContext("2d").getImageData(0, Math.floor(canvas.height * 0.6), canvas.width, 1).data;
                let filled = 0;
                for (let i = 0; i < row.length; i += 4) {
                    filled += row[i] === red && row[i + 1] === green && row[i + 2] === blue && row[i + 3] === 255 ? 1 : 0;
                }

                return filled / (document.querySelector("#minutes .u-over").clientWidth * devicePixelRatio);
            }
            """);

        Assert.InRange(drawn, part * 0.5, part);
    }

    [Fact]
    public async Task Chart_PointerAtTheEndOfABar_TellsItsWindow()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - (10 * Shop.Minute), Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&from=2026-11-22T13:50:00Z&to=2026-11-22T14:00:00Z");
        await page.Page.Locator("#minutes [role=img][aria-label*='10 windows']").WaitForAsync();
        LocatorBoundingBoxResult box = (await page.Page.Locator("#minutes .u-over").BoundingBoxAsync())!;

        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.37f), box.Y + 100);

        await page.Page.Locator("#minutes .tip", new() { HasText = "13:53 – 13:54" }).WaitForAsync();
    }

    [Fact]
    public async Task Chart_AnotherRange_IsDrawnAsIfItHadBeenTheFirst()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        await using BrowserPage direct = await browser.OpenAsync();
        await using BrowserPage other = await browser.OpenAsync();
        await direct.Page.GotoAsync(server.Url + "?tz=utc");
        await other.Page.GotoAsync(server.Url + "?tz=utc&range=7d");
        await other.Page.Locator("#minutes [role=img][aria-label*='no windows']").WaitForAsync();

        await other.Page.Locator("#ranges button", new() { HasText = "1h" }).ClickAsync();

        Assert.Equal(await DrawnAsync(direct), await DrawnAsync(other));

        static async Task<string> DrawnAsync(BrowserPage page)
        {
            await page.Page.Locator("#minutes [role=img][aria-label*='60 windows']").WaitForAsync();
            return await page.Page.EvaluateAsync<string>("""
                new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
                    () => done(document.querySelector("#minutes canvas").toDataURL()))))
                """);
        }
    }

    [Fact]
    public async Task Chart_Keyboard_TellsEachWindow()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - (3 * Shop.Minute), Now));
        await server.WriteAsync(Shop.Window("1min", Now - (2 * Shop.Minute), Phase.Corrected, revision: 2) with { TotalEvents = 1234 });
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc");
        await page.Page.Locator("#minutes [role=img][aria-label*='3 windows']").WaitForAsync();

        await page.Page.Locator("#minutes .plot").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await page.Page.Keyboard.PressAsync("ArrowLeft");

        await page.Page.Locator("#said", new() { HasText = "13:58 – 13:59: 1,234 Events, corrected by late events (revision 2)" }).WaitForAsync();
        await page.ShootAsync("tip", fullPage: false);
    }
}
