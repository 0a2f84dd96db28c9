using Microsoft.Playwright;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>One headless Chromium for all tests of the page. eng/deps.sh installs it.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>Where screenshots are kept: out/dashboard in the repository.</summary>
    public static string Artifacts { get; } = Directory.CreateDirectory(Path.Combine(Root(), "out", "dashboard")).FullName;

    public async Task InitializeAsync()
    {
        string chromium = Environment.GetEnvironmentVariable("TIDEMARK_CHROMIUM") ?? Places.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"Expected Chromium at {string.Join(" or ", Places)}: eng/deps.sh installs it.");
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>A page of its own, with everything that it complains about.</summary>
    internal async Task<BrowserPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1360, int height = 900, float scale = 1)
    {
        IBrowserContext context = await Browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = height }, DeviceScaleFactor = scale,
            TimezoneId = "Europe/Stockholm", Locale = "en-US",
        });
        return new BrowserPage(context, await context.NewPageAsync());
    }

    private static string Root()
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Functions.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException($"Expected Functions.sln above {AppContext.BaseDirectory}.");
        }

        return root.FullName;
    }
}

/// <summary>A page, and what went wrong in it.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Errors.Add($"{message.Text} {message.Location}");
            }
        };
        page.PageError += (_, error) => Errors.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
        page.SetDefaultTimeout(10_000);
    }

    public IPage Page { get; }

    public List<string> Errors { get; } = [];

    public List<string> Requests { get; } = [];

    public Task<string> TextOfAsync(string selector) => Page.Locator(selector).First.InnerTextAsync();

    public Task ShootAsync(string name, bool fullPage = true) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(BrowserFixture.Artifacts, name + ".png"), FullPage = fullPage });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}

[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
