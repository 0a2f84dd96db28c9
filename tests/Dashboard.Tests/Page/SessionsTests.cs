using System.Globalization;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Support.Fixtures;
using static Tidemark.Support.Samples.SessionSamples;

namespace Tidemark.Dashboard.Tests.Page;

/// <summary>Goal: the page shows sessions when results have them, and nothing of them otherwise. Screenshots: sessions-*.png.</summary>
[Collection(BrowserTests.Name)]
public sealed class SessionsTests(BrowserFixture browser)
{
    private const long Now = Shop.Midnight + (14 * Shop.Hour);
    private const string Script = "<img src=x onerror=window.hacked=1>";

    [Fact]
    public async Task Page_NoSessionsConfigured_HasNoSectionAndAsksForNone()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url.ToString());
        await page.Page.Locator("#minutes [role=img][aria-label*='60 windows']").WaitForAsync();

        Assert.True(await page.Page.Locator("#sessions").IsHiddenAsync());
        Assert.DoesNotContain(page.Requests, url => url.Contains("/api/v1/sessions", StringComparison.Ordinal));
        Assert.DoesNotContain("session", await page.TextOfAsync("#metrics"), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1360, "sessions-light")]
    [InlineData(ColorScheme.Dark, 1360, "sessions-dark")]
    [InlineData(ColorScheme.Light, 390, "sessions-phone")]
    public async Task Page_ThemeAndWidth_IsAccessibleAndFitsTheScreen(ColorScheme scheme, int width, string name)
    {
        using LiveServer server = await StartAsync();
        await using BrowserPage page = await browser.OpenAsync(scheme, width);

        await page.Page.GotoAsync(server.Url + "?tz=utc");
        await page.Page.Locator("[data-session]").Nth(7).WaitForAsync();
        await page.Page.Locator("#session-tiles .delta.up, #session-tiles .delta.down").Nth(7).WaitForAsync();
        await page.ShootAsync(name);

        AxeResult? axe = width < 600 ? null : await page.Page.RunAxe();
        Assert.Empty((axe?.Violations ?? []).Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
        Assert.InRange(await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Tiles_Range_HaveItsSumsAndTheChangeAgainstTheTimeBefore()
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Shop.Range("1min", Now - (2 * Shop.Hour), Now - Shop.Hour).Select(window =>
            Visits.With(window, started: 10, ended: 5, mean: 60, bounced: 2, converted: 1, pages: 2)));
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now).Select(window =>
            Visits.With(window, started: 20, ended: 10, mean: 90, bounced: 3, converted: 2, pages: 3)));
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url + "?tz=utc&by=1min");

        // 600 of 60 minutes; three in ten bounced, four in ten did before.
        await page.Page.Locator("#session-tiles li", new() { HasText = "Ended600▲ 100% vs before" }).WaitForAsync();
        await page.Page.Locator("#session-tiles li", new() { HasText = "Mean duration1:30▲ 50% vs before" }).WaitForAsync();
        await page.Page.Locator("#session-tiles li", new() { HasText = "Bounce rate30%▼ 10 pp vs before" }).Locator(".delta.up").WaitForAsync();
        await page.Page.Locator("#session-tiles li", new() { HasText = "Median duration0:45▲ 0% vs beforeof 13:59 – 14:00" }).WaitForAsync();
    }

    [Fact]
    public async Task Chart_OpenMinute_TellsWhatStartedAndHoldsNoEnds()
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Visits.In(Shop.Range("1min", Now - (3 * Shop.Minute), Now)));
        await server.WriteAsync(Visits.With(Shop.Window("1min", Now, Phase.Live), started: 12, ended: 0));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc");
        await page.Page.Locator("#session-counts [role=img][aria-label*='Sessions started, 3 windows']").WaitForAsync();

        await page.Page.Locator("[data-tile=page_views]", new() { HasText = Views(Now - (3 * Shop.Minute), Now + Shop.Minute) }).WaitForAsync();

        await page.Page.Locator("#session-counts .plot").FocusAsync();
        await page.Page.Keyboard.PressAsync("End");

        await page.Page.Locator("#said", new() { HasText = "14:00 – 14:01: 12 Sessions started, 0 Sessions ended, still open" }).WaitForAsync();
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task LastSessions_HostileTexts_AreTextAndNoUserIsShown()
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Visits.In(Shop.Range("1min", Now - (3 * Shop.Minute), Now)));
        await server.Results.WriteSessionsAsync(
            Ended(Now - Shop.Minute, 1, Hard(Now - Shop.Hour), Session("ada@example.org", Now - (2 * Shop.Hour)) with
            {
                EntryPage = Script, ExitPage = "javascript:alert(1)", Referrer = "\u202e" + Script, Country = Script,
            }),
            CancellationToken.None);
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url + "?tz=utc");
        ILocator row = page.Page.Locator("[data-session]", new() { HasText = "12:00:00" });
        await row.WaitForAsync();

        Assert.Equal($"{Script} → javascript:alert(1)", await row.Locator(".path").TextContentAsync());
        Assert.Equal("5:00", await row.Locator(".length").TextContentAsync());
        Assert.Equal("19.99 NOK", await row.Locator(".revenue").TextContentAsync());
        Assert.DoesNotContain("ada@", await page.Page.Locator("#sessions").InnerHTMLAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Page.Locator("#sessions img, #sessions a").CountAsync());
        Assert.False(await page.Page.EvaluateAsync<bool>("'hacked' in window"));
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task LastSessions_NoneEnded_SaysSoAndFillsWhenOneHas()
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Visits.With(Shop.Window("1min", Now - Shop.Minute), started: 3, ended: 0));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.Clock.InstallAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc");
        await page.Page.Locator("#last-sessions", new() { HasText = "No session has ended yet" }).WaitForAsync();
        await Until.TrueAsync(() => Task.FromResult(server.Stream.Clients == 1), "the page listens");

        await server.Results.WriteSessionsAsync(Ended(Now, 1, Session("ada", Now - Shop.Hour)), CancellationToken.None);
        await server.WriteAsync(Visits.With(Shop.Window("1min", Now), started: 1, ended: 1, mean: 300, pages: 3));
        await page.Page.Locator("#session-counts [role=img][aria-label*='2 windows']").WaitForAsync();
        await page.Page.Clock.FastForwardAsync(5000);

        await page.Page.Locator("[data-session]", new() { HasText = "/home → /cart" }).WaitForAsync();
    }

    /// <summary>The end of a source ends sessions in windows after the last event: they are told, and move nothing.</summary>
    [Fact]
    public async Task SourceEnds_SessionsAfterTheLastEvent_AreToldAndDoNotMoveTheCharts()
    {
        using LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Visits.In(Shop.Range("1min", Now - (3 * Shop.Minute), Now)));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&by=1min");
        await page.Page.Locator("#breakdowns-hint", new() { HasText = "13:59 – 14:00" }).WaitForAsync();
        await Until.TrueAsync(() => Task.FromResult(server.Stream.Clients == 1), "the page listens");

        await server.WriteAsync(Visits.With(
            WindowResult.Blank with
            {
                Window = "1min", StartMs = Now + (30 * Shop.Minute), EndMs = Now + (31 * Shop.Minute), Phase = Phase.OnTime, Revision = 1,
            },
            started: 0, ended: 41, mean: 60, pages: 1));

        await page.Page.Locator("#sessions-hint", new() { HasText = "41 more ended after the last event" }).WaitForAsync();
        Assert.Contains("3 windows", await page.Page.Locator("#minutes [role=img]").GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        Assert.Contains("13:59 – 14:00", await page.TextOfAsync("#breakdowns-hint"), StringComparison.Ordinal);
    }

    /// <summary>Page views as a tile has them, those of the open minute included: then it has been drawn.</summary>
    private static string Views(long fromMs, long toMs) =>
        Shop.Range("1min", fromMs, toMs).Sum(window => window.PageViews).ToString("N0", CultureInfo.InvariantCulture);

    private static async Task<LiveServer> StartAsync()
    {
        LiveServer server = LiveServer.Start(Now, columns: Visits.Columns);
        await server.WriteAsync(Visits.In(Shop.Range("1min", Now - (2 * Shop.Hour), Now)));
        await server.WriteAsync(Visits.In(Shop.Range("5min", Now - Shop.Hour, Now - (4 * Shop.Minute))));
        await server.WriteAsync(Visits.In([Shop.Window("1min", Now - (9 * Shop.Minute), Phase.Corrected, 2)]));
        await server.WriteAsync(Visits.With(Shop.Window("1min", Now, Phase.Live), started: 31, ended: 0));
        await server.Results.WriteSessionsAsync(
            Ended(Now - Shop.Minute, 1, [
                .. Enumerable.Range(0, 7).Select(i => Session($"u{i}", Now - Shop.Hour - (i * 17_000), i * 95_000)), Bare("none", Now - Shop.Hour),
                Hard(Now - (2 * Shop.Hour)),
            ]),
            CancellationToken.None);
        return server;
    }
}
