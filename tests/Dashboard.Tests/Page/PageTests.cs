using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Page;
using Tidemark.Dashboard.Status;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Page;

/// <summary>Goal: what the page does, in a real browser against the real server.</summary>
[Collection(BrowserTests.Name)]
public sealed class PageTests(BrowserFixture browser)
{
    private const long Now = Shop.Midnight + (14 * Shop.Hour);
    private const int MaxBytes = 150 * 1024;
    private const double MaxFirstPaintMs = 300;

    [Fact]
    public void Files_Together_AreUnder150Kilobytes()
    {
        int bytes = PageFiles.Paths.Sum(path => PageFiles.Find(path)!.Body.Length);

        Assert.InRange(bytes, 1, MaxBytes);
    }

    [Fact]
    public async Task Page_Opened_AsksThisServerOnlyAndComplainsOfNothing()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url.ToString());
        await page.Page.Locator("#minutes canvas").WaitForAsync();

        Assert.NotEmpty(page.Requests);
        Assert.All(page.Requests, url => Assert.StartsWith(server.Url.ToString(), url, StringComparison.Ordinal));
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_WindowCloses_ShowsItsNumbers()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - (3 * Shop.Minute), Now));
        await server.WriteAsync(Shop.Range("5min", Now - (9 * Shop.Minute), Now - (4 * Shop.Minute)));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&by=1min");
        await page.Page.Locator("#breakdowns-hint", new() { HasText = "13:59" }).WaitForAsync();
        await Until.TrueAsync(() => Task.FromResult(server.Stream.Clients == 1), "the page listens");

        WindowResult next = Shop.Window("1min", Now) with { TopPages = new([new("/just-closed", 77)], 0) };
        await server.WriteAsync(next);

        await page.Page.Locator("[data-list=top_pages]", new() { HasText = "/just-closed" }).WaitForAsync();
        await page.Page.Locator("#minutes [role=img][aria-label*='4 windows']").WaitForAsync();
        Assert.Contains("14:00 – 14:01", await page.TextOfAsync("#breakdowns-hint"), StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_OpenWindowGrows_CountsItInTheNumbersOfToday()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now));
        long closed = Shop.Window("1min", Now - Shop.Minute).PageViews;
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc");
        await page.Page.Locator("[data-tile=page_views]", new() { HasText = Text(closed) }).WaitForAsync();

        await server.WriteAsync(Shop.Window("1min", Now, Phase.Live, revision: 5) with { PageViews = 5 });
        await page.Page.Locator("[data-tile=page_views]", new() { HasText = Text(closed + 5) }).WaitForAsync();
        await server.WriteAsync(Shop.Window("1min", Now, Phase.Live, revision: 9) with { PageViews = 9 });

        await page.Page.Locator("[data-tile=page_views]", new() { HasText = Text(closed + 9) }).WaitForAsync();
    }

    [Fact]
    public async Task Page_ServerRestarts_ComesBackByItselfWithWhatItMissed()
    {
        LiveServer first = LiveServer.Start(Now);
        await first.WriteAsync(Shop.Range("1min", Now - (3 * Shop.Minute), Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(first.Url + "?tz=utc&by=1min");
        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();

        int port = first.Url.Port;
        first.Dispose();
        await page.Page.Locator("#connection[data-state=lost]").WaitForAsync();
        await page.Page.Locator("#notice", new() { HasText = "The connection is lost" }).WaitForAsync();
        ListHistory history = new(Shop.Range("1min", Now - (3 * Shop.Minute), Now + Shop.Minute));
        using LiveServer second = LiveServer.Start(Now, history, port);

        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();
        await page.Page.Locator("#breakdowns-hint", new() { HasText = "14:00 – 14:01" }).WaitForAsync();
        await second.WriteAsync(Shop.Window("1min", Now + Shop.Minute) with { TopPages = new([new("/after-the-restart", 7)], 0) });
        await page.Page.Locator("[data-list=top_pages]", new() { HasText = "/after-the-restart" }).WaitForAsync();
        Assert.True(await page.Page.Locator("#notice").IsHiddenAsync());
    }

    [Fact]
    public async Task Page_ServerThatDoesNotStream_IsPolledAndShowsWhatCloses()
    {
        using LiveServer server = LiveServer.Start(Now, isStreamed: false);
        await server.WriteAsync(Shop.Range("1min", Now - (3 * Shop.Minute), Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?tz=utc&by=1min");
        await page.Page.Locator("#breakdowns-hint", new() { HasText = "13:59" }).WaitForAsync();

        await server.WriteAsync(Shop.Window("1min", Now) with { TopPages = new([new("/just-closed", 77)], 0) });

        await page.Page.Locator("[data-list=top_pages]", new() { HasText = "/just-closed" }).WaitForAsync();
        Assert.Equal(0, server.Stream.Clients);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_KeyRequired_AsksForItAndSendsItWithEveryRequest()
    {
        const string Key = "k-1234";
        using LiveServer server = LiveServer.Start(Now, isStreamed: false);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.RouteAsync("**/api/v1/**", route => route.Request.Headers.GetValueOrDefault("x-functions-key") == Key
            ? route.ContinueAsync()
            : route.FulfillAsync(new() { Status = 401 }));
        await page.Page.GotoAsync(server.Url.ToString());

        await page.Page.Locator("#key-text").FillAsync(Key);
        await page.Page.Keyboard.PressAsync("Enter");

        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();
        Assert.DoesNotContain(page.Requests, url => url.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_KeyInTheFragment_IsUsedAndTakenOutOfTheAddress()
    {
        using LiveServer server = LiveServer.Start(Now, isStreamed: false);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now));
        await using BrowserPage page = await browser.OpenAsync();
        List<string?> keys = [];
        page.Page.Request += (_, request) =>
        {
            if (request.Url.Contains("/api/v1/", StringComparison.Ordinal))
            {
                keys.Add(request.Headers.GetValueOrDefault("x-functions-key"));
            }
        };

        await page.Page.GotoAsync(server.Url + "#key=k-1234");
        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();

        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.Equal("k-1234", key));
        Assert.DoesNotContain("key", page.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_SourceEnds_SaysSo()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url.ToString());
        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();

        server.Tell(FixedStatus.At(Now) with { State = "ended" });

        await page.Page.Locator("#connection[data-state=ended]", new() { HasText = "The source has ended" }).WaitForAsync();
    }

    [Fact]
    public async Task Page_HostileStrings_AreText()
    {
        const string Script = "<script>window.hacked=1</script>";
        const string Image = "\"><img src=x onerror=window.hacked=1>";
        const string RightToLeft = "\u202egnp.exe/\u05d0\u05d1";
        string longUrl = "/" + new string('x', 10_000);
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Window("1min", Now - Shop.Minute) with
        {
            TopPages = new([new(Script, 50), new(Image, 40), new(RightToLeft, 30), new(longUrl, 20), new("__proto__", 10), new("'&lt;", 5)], 0),
            Countries = new([new(Script, 9)], 0),
        });
        DashboardTexts(server, Script + Image);
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url + "?by=1min");
        await page.Page.Locator("[data-list=top_pages] li").Nth(4).WaitForAsync();

        string[] shown = [.. await page.Page.Locator("[data-list=top_pages] .key-text").AllTextContentsAsync()];
        Assert.Equal([Script, Image, RightToLeft, longUrl, "__proto__", "'&lt;"], shown);
        Assert.Equal(0, await page.Page.Locator("main img, main script").CountAsync());
        Assert.False(await page.Page.EvaluateAsync<bool>("'hacked' in window"));
        Assert.Contains(Script, await page.Page.Locator("#rejected pre").First.TextContentAsync(), StringComparison.Ordinal);
        Assert.InRange(await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 1360);
        await page.ShootAsync("hostile");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_BreakdownsAndCountersOfAConfiguration_AppearByThemselves()
    {
        InputOptions input = new()
        {
            Breakdowns = [new AddedBreakdown("referrer_host", new FieldSource { Paths = ["referrer"] })],
            Counters = [new AddedCounter("signups", "sign_up")],
        };
        using LiveServer server = LiveServer.Start(Now, columns: [.. ResultColumns.All, .. ResultColumns.AddedBy(input)]);
        await server.WriteAsync(Shop.Window("1min", Now - Shop.Minute) with
        {
            Breakdowns = [new NamedBreakdown("referrer_host", new Breakdown([new("news.example", 12), new("none", 3)], 0))],
            Counters = [new NamedCount("signups", 4321)],
            Revenue = null,
            RevenueByCurrency = [new KeyAmount("EUR", 12.5m), new KeyAmount("USD", 3m)],
        });
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url + "?by=1min&tz=utc");

        await page.Page.Locator("[data-list=referrer_host]", new() { HasText = "news.example" }).WaitForAsync();
        await page.Page.Locator("[data-list=revenue_by_currency]", new() { HasText = "12.50" }).WaitForAsync();
        await page.Page.Locator("[data-tile=signups]", new() { HasText = "4,321" }).WaitForAsync();
        await page.Page.Locator("[data-tile=revenue]", new() { HasText = "mixed currencies" }).WaitForAsync();
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_DayOfMinutes_IsDrawnWithin300Milliseconds()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Day, Now));
        await server.WriteAsync(Shop.Range("5min", Now - Shop.Day, Now - (4 * Shop.Minute)));
        await using BrowserPage page = await browser.OpenAsync();
        double best = double.MaxValue;

        // The machine may be busy with other tests: the fastest of a few tells what the page takes.
        for (int i = 0; i < 20 && best > MaxFirstPaintMs; i++)
        {
            await page.Page.GotoAsync(server.Url + "?range=24h");
            await page.Page.Locator("#minutes [role=img][aria-label*='1440 windows']").WaitForAsync();
            best = Math.Min(best, await page.Page.EvaluateAsync<double>("performance.getEntriesByName('tidemark-drawn')[0].startTime"));
        }

        await page.ShootAsync("day", fullPage: false);
        Assert.InRange(best, 0, MaxFirstPaintMs);
    }

    [Fact]
    public async Task CopyLink_Clicked_SaysThatItIsCopiedAndHoldsTheRange()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Hour, Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.Page.GotoAsync(server.Url.ToString());
        await page.Page.Locator("#minutes [role=img][aria-label*='60 windows']").WaitForAsync();

        await page.Page.Locator("#copy").ClickAsync();

        await page.Page.Locator("#copy", new() { HasText = "Copied" }).WaitForAsync();
        string link = await page.Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        Assert.Contains("from=2026-11-22T13%3A00", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Zone_OfTheReader_IsShownAndCanBeChanged()
    {
        using LiveServer server = LiveServer.Start(Now);
        await server.WriteAsync(Shop.Range("1min", Now - Shop.Minute, Now));
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?by=1min");
        await page.Page.Locator("#breakdowns-hint", new() { HasText = "14:59 – 15:00" }).WaitForAsync();

        await page.Page.Locator("#zone").ClickAsync();

        await page.Page.Locator("#breakdowns-hint", new() { HasText = "13:59 – 14:00" }).WaitForAsync();
        Assert.Contains("tz=utc", page.Page.Url, StringComparison.Ordinal);
        Assert.Equal("times in UTC", await page.TextOfAsync("#footer"));
    }

    /// <summary>What the Functions app tells of its partitions and examples is shown from the same JSON.</summary>
    [Fact]
    public async Task Page_StatusOfTheFunctionsApp_ShowsWhenPartitionsMovedAndExamplesThatAreGone()
    {
        using LiveServer server = LiveServer.Start(Now, isStreamed: false);
        DashboardStatus status = FixedStatus.At(Now);
        server.Status.Status = status with
        {
            Host = "functions",
            StateAgeSeconds = 90,
            Partitions = [.. status.Partitions.Select(one => one with
            {
                MaxEventTime = TimeText.Format(Now - 61_000), LastArrival = TimeText.Format(Now - 89_600),
            })],
            Late = status.Late with { Example = new RecordSample("offset 7 of clicks/3", null) },
        };
        await using BrowserPage page = await browser.OpenAsync();

        await page.Page.GotoAsync(server.Url + "?tz=utc");

        await page.Page.Locator("#partitions tbody tr", new() { HasText = "13:58:59" }).First.WaitForAsync();
        Assert.Contains("90 s ago", await page.TextOfAsync("#partitions tbody tr"), StringComparison.Ordinal);
        await page.Page.Locator("#rejected summary").First.ClickAsync();
        Assert.Contains("offset 7 of clicks/3", await page.TextOfAsync("#rejected li"), StringComparison.Ordinal);
        Assert.Contains("not kept any more", await page.TextOfAsync("#rejected li"), StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_NoEventsYet_SaysSoAndFillsWhenTheyCome()
    {
        using LiveServer server = LiveServer.Start(Now);
        server.Status.Status = FixedStatus.At(Now) with { MaxEventTime = null, Watermark = null, WatermarkLagSeconds = null };
        await using BrowserPage page = await browser.OpenAsync();
        await page.Page.GotoAsync(server.Url + "?by=1min");
        await page.Page.Locator("#connection[data-state=live]").WaitForAsync();
        await page.Page.Locator("#facts", new() { HasText = "no event yet" }).WaitForAsync();
        await Until.TrueAsync(() => Task.FromResult(server.Stream.Clients == 1), "the page listens");

        await server.WriteAsync(Shop.Window("1min", Now));

        await page.Page.Locator("[data-list=devices], [data-list=device_breakdown] li").First.WaitForAsync();
        Assert.Empty(page.Errors);
    }

    private static void DashboardTexts(LiveServer server, string text) =>
        server.Status.Status = FixedStatus.At(Now) with
        {
            Source = text, Rejected = [new("malformed_json", 3, new(text, text))], Late = new(0, 0, new Dictionary<string, long>(), null),
        };

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
