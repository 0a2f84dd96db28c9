using System.Globalization;
using System.Text;

namespace Tidemark.Cli.Generate;

/// <summary>
/// The fixed texts that lines are put together from, as JSON in UTF-8. Weighted tables have 256 entries, so that one random byte picks;
/// the weights of a list therefore add up to 256.
/// </summary>
internal static class Catalogue
{
    /// <summary><c>"geo":{...}</c> by a byte of the user's hash.</summary>
    public static readonly byte[][] Geo = Weighted(
    [
        (24, Place("US", "New York", 40.71m, -74.00m)), (16, Place("US", "Los Angeles", 34.05m, -118.24m)),
        (12, Place("US", "Chicago", 41.87m, -87.62m)), (10, Place("US", "Houston", 29.76m, -95.36m)),
        (8, Place("US", "Seattle", 47.60m, -122.33m)),
        (20, Place("GB", "London", 51.50m, -0.12m)), (8, Place("GB", "Manchester", 53.48m, -2.24m)),
        (12, Place("DE", "Berlin", 52.52m, 13.40m)), (8, Place("DE", "München", 48.13m, 11.58m)),
        (5, Place("DE", "Köln", 50.93m, 6.96m)),
        (14, Place("FR", "Paris", 48.85m, 2.35m)), (5, Place("FR", "Lyon", 45.76m, 4.83m)),
        (10, Place("BR", "São Paulo", -23.55m, -46.63m)), (6, Place("BR", "Rio de Janeiro", -22.90m, -43.17m)),
        (10, Place("IN", "Mumbai", 19.07m, 72.87m)), (8, Place("IN", "Bengaluru", 12.97m, 77.59m)),
        (10, Place("JP", "Tokyo", 35.67m, 139.65m)), (4, Place("JP", "札幌市", 43.06m, 141.35m)),
        (7, Place("CA", "Toronto", 43.65m, -79.38m)), (4, Place("CA", "Montréal", 45.50m, -73.56m)),
        (6, Place("SE", "Stockholm", 59.32m, 18.06m)), (4, Place("SE", "Göteborg", 57.70m, 11.97m)),
        (2, Place("SE", "Malmö", 55.60m, 13.00m)),
        (5, Place("ES", "Madrid", 40.41m, -3.70m)), (2, Place("ES", "Málaga", 36.72m, -4.42m)),
        (5, Place("IT", "Milano", 45.46m, 9.19m)), (3, Place("IT", "Roma", 41.90m, 12.49m)),
        (6, Place("AU", "Sydney", -33.86m, 151.20m)), (4, Place("AU", "Melbourne", -37.81m, 144.96m)),
        (5, Place("NL", "Amsterdam", 52.36m, 4.90m)),
        (3, Place("PL", "Kraków", 50.06m, 19.94m)), (2, Place("PL", "Łódź", 51.75m, 19.45m)),
        (4, Place("MX", "Ciudad de México", 19.43m, -99.13m)),
        (2, Place("ZA", "Cape Town", -33.92m, 18.42m)), (2, Place("TR", "İstanbul", 41.00m, 28.97m)),
    ]);

    /// <summary>A device and its user agent by another byte of the user's hash.</summary>
    public static readonly Device[] Devices = Weighted(
    [
        (52, new Device("mobile", "iOS", "Safari",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
                + "like Gecko) Version/18.1 Mobile/15E148 Safari/604.1")),
        (8, new Device("mobile", "iOS", "Chrome",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
                + "like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1")),
        (62, new Device("mobile", "Android", "Chrome",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36")),
        (14, new Device("mobile", "Android", "Samsung Internet",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36")),
        (6, new Device("mobile", "Android", "Firefox", "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0")),
        (48, new Device("desktop", "Windows", "Chrome",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")),
        (16, new Device("desktop", "Windows", "Edge",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0")),
        (7, new Device("desktop", "Windows", "Firefox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0")),
        (12, new Device("desktop", "macOS", "Safari",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15")),
        (8, new Device("desktop", "macOS", "Chrome",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")),
        (5, new Device("desktop", "Linux", "Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0")),
        (12, new Device("tablet", "iPadOS", "Safari",
            "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1")),
        (6, new Device("tablet", "Android", "Chrome",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")),
    ]);

    /// <summary>Where a session comes from; the first stands for no referrer at all.</summary>
    public static readonly byte[][] Referrers = Weighted(
    [
        (76, ""), (96, "https://www.google.com/"), (18, "https://www.bing.com/"), (10, "https://duckduckgo.com/"),
        (22, "https://www.instagram.com/"), (18, "https://www.facebook.com/"), (8, "https://www.reddit.com/r/deals/"),
        (8, "https://newsletter.example.com/weekly?utm_source=mail"),
    ]).Select(Encoding.UTF8.GetBytes).ToArray();

    /// <summary>What people search for.</summary>
    public static readonly byte[][] Queries = Texts("wireless headphones", "running shoes", "coffee grinder", "desk lamp", "rain jacket",
        "gift for dad", "usb c cable", "yoga mat", "café crème", "backpack 30l", "mechanical keyboard", "Müsli", "water bottle", "board games",
        "noise cancelling", "tält 2 personer");

    /// <summary>What people click on.</summary>
    public static readonly byte[][] Elements = Texts("nav.menu", "button.wishlist", "img.gallery", "a.related", "button.size", "a.reviews",
        "banner.top", "footer.help");

    /// <summary>Amounts that are none: each leaves its purchase counted and adds to <c>invalid_amounts</c>.</summary>
    public static readonly byte[][] InvalidAmounts = Texts("NaN", "$12.50", "12,50", "", "free", "19.99 USD", "0x10", "1.234,56");

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Place(string country, string city, decimal latitude, decimal longitude) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$""","geo":{"country":"{{country}}","city":"{{city}}","latitude":{{latitude}},"longitude":{{longitude}}}"""));

    private static T[] Weighted<T>(ReadOnlySpan<(int Weight, T Value)> list)
    {
        var table = new List<T>(256);
        foreach ((int weight, T value) in list)
        {
            table.AddRange(Enumerable.Repeat(value, weight));
        }

        return table.Count == 256 ? [.. table] : throw new InvalidOperationException($"The weights add up to {table.Count}, not to 256.");
    }

    /// <summary>A kind of device, as the two places of a line that tell of it.</summary>
    internal sealed class Device(string type, string os, string browser, string userAgent)
    {
        /// <summary><c>,"user_agent":"..."</c> and the start of <c>ip_address</c>, which follows.</summary>
        public byte[] UserAgent { get; } = Encoding.UTF8.GetBytes($""","user_agent":"{userAgent}","ip_address":"198.1""");

        /// <summary><c>,"device":{...}</c></summary>
        public byte[] Object { get; } = Encoding.UTF8.GetBytes($$""","device":{"type":"{{type}}","os":"{{os}}","browser":"{{browser}}"}""");
    }
}
