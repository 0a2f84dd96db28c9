using System.Text;

namespace Tidemark.Cli.Generate;

/// <summary>The path of each page, by its rank in popularity: a few fixed ones, then products, categories and articles with a number.</summary>
internal sealed class PagePaths
{
    private const int Remembered = 4096;

    private static readonly byte[][] Fixed =
    [
        .. new[] { "/", "/products", "/search", "/cart", "/checkout", "/söka", "/account", "/deals", "/help", "/über-uns" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Sections = Split("/p/ /p/ /p/ /category/ /p/ /p/ /p/ /blog/");

    private static readonly byte[][] Adjectives = Split(
        "wireless classic compact organic vintage portable smart leather ceramic outdoor premium folding merino solar crème-brûlée bamboo");

    private static readonly byte[][] Nouns = Split(
        "headphones backpack kettle lamp jacket keyboard sneakers notebook bottle tent grinder blanket speaker watch chair");

    private readonly int _pages;
    private readonly byte[][] _popular;

    public PagePaths(int pages)
    {
        _pages = pages;
        _popular = new byte[Math.Min(pages, Remembered)][];
        Span<byte> buffer = stackalloc byte[EventGenerator.MaxLineBytes];
        for (int page = 0; page < _popular.Length; page++)
        {
            var writer = new LineWriter(buffer);
            Compose(ref writer, page);
            _popular[page] = buffer[..writer.Length].ToArray();
        }
    }

    /// <summary>Where searches happen.</summary>
    public int Search => 2 % _pages;

    /// <summary>Where purchases happen.</summary>
    public int Checkout => 4 % _pages;

    public void Append(ref LineWriter line, int page)
    {
        if (page < _popular.Length)
        {
            line.Append(_popular[page]);
        }
        else
        {
            Compose(ref line, page);
        }
    }

    // The number makes each path the only one of its kind; the words are only there to be read.
    private static void Compose(ref LineWriter line, int page)
    {
        if (page < Fixed.Length)
        {
            line.Append(Fixed[page]);
            return;
        }

        line.Append(Sections[page % Sections.Length]);
        line.Append(Adjectives[page % Adjectives.Length]);
        line.Append((byte)'-');
        line.Append(Nouns[page % Nouns.Length]);
        line.Append((byte)'-');
        line.AppendNumber(page);
    }

    private static byte[][] Split(string words) => [.. words.Split(' ').Select(Encoding.UTF8.GetBytes)];
}
