using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Tests.Support;

namespace Tidemark.Dashboard.Tests.Page;

/// <summary>Goal: the page can be read by everybody, on any screen, in both themes. The screenshots are in out/dashboard, to be looked at.</summary>
[Collection(BrowserTests.Name)]
public sealed class AppearanceTests(BrowserFixture browser)
{
    private const long Now = Shop.Midnight + (14 * Shop.Hour) + (25 * Shop.Minute) + 21_000;

    [Theory]
    [InlineData(ColorScheme.Light, 1360, "light")]
    [InlineData(ColorScheme.Dark, 1360, "dark")]
    [InlineData(ColorScheme.Light, 390, "light-phone")]
    [InlineData(ColorScheme.Dark, 390, "dark-phone")]
    public async Task Page_ThemeAndWidth_IsAccessibleAndFitsTheScreen(ColorScheme scheme, int width, string name)
    {
        using LiveServer server = await StartAsync();
        await using BrowserPage page = await browser.OpenAsync(scheme, width);
        await page.Page.GotoAsync(server.Url.ToString());
        await page.Page.WaitForSelectorAsync("[data-list=top_pages] li");
        server.Tell(FixedStatus.At(Now + 2000, read: 1_209_000));
        await page.Page.Locator("[data-tile=rate]", new() { HasText = "3,750" }).WaitForAsync();
        await page.Page.Locator("[data-tile=unique_users]", new() { HasText = "≈" }).WaitForAsync();
        await page.Page.Locator(".tile .delta.up, .tile .delta.down").Nth(9).WaitForAsync();
        await page.ShootAsync(name);

        // What is under the charts' lines is the same on a phone: the rules are asked once per theme.
        AxeResult? axe = width < 600 ? null : await page.Page.RunAxe();
        int scrollWidth = await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");

        Assert.Empty((axe?.Violations ?? []).Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
        Assert.True(scrollWidth <= width, $"The page is {scrollWidth} wide on a screen of {width}.");
        Assert.Empty(page.Errors);
    }

    /// <summary>Today, yesterday and the same day of last week, the last minutes corrected, the current one open.</summary>
    private static async Task<LiveServer> StartAsync()
    {
        long minute = Now - (Now % Shop.Minute);
        long hour = Now - (Now % Shop.Hour);
        IEnumerable<WindowResult> past = new[] { 1, 7 }.SelectMany(days =>
            Shop.Range("1hour", Shop.Midnight - (days * Shop.Day), Shop.Midnight - ((days - 1) * Shop.Day))
                .Concat(Shop.Range("1min", hour - (days * Shop.Day), hour - ((days * Shop.Day) - Shop.Hour)))
                .Concat(Shop.Range("1min", Shop.Midnight - ((days * Shop.Day) + Shop.Hour), Shop.Midnight - (days * Shop.Day))));
        LiveServer server = LiveServer.Start(Now, new ListHistory(past));
        await server.Results.FillAsync(CancellationToken.None);
        await server.WriteAsync(Shop.Range("1hour", Shop.Midnight, hour));
        await server.WriteAsync(Shop.Range("1min", minute - (3 * Shop.Hour), minute));
        await server.WriteAsync(Shop.Range("5min", minute - (3 * Shop.Hour), minute - (4 * Shop.Minute)));
        await server.WriteAsync(
            new[] { 4, 9, 31 }.Select(ago => Shop.Window("1min", minute - (ago * Shop.Minute), Phase.Corrected, 2)));
        await server.WriteAsync(Open("1min", minute, 0.35), Open("1hour", hour, 0.4));
        return server;
    }

    private static WindowResult Open(string family, long startMs, double share)
    {
        WindowResult whole = Shop.Window(family, startMs, Phase.Live, revision: 1);
        return whole with
        {
            TotalEvents = (long)(whole.TotalEvents * share), PageViews = (long)(whole.PageViews * share), Clicks = (long)(whole.Clicks * share),
            Purchases = (long)(whole.Purchases * share), Revenue = decimal.Round(whole.Revenue!.Value * (decimal)share, 2), UsersSketch = default,
        };
    }
}
