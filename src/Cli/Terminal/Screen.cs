namespace Tidemark.Cli.Terminal;

/// <summary>What the place can do that text is shown on. The default is a file or a pipe: nothing is redrawn, coloured or cut.</summary>
public sealed record Screen
{
    private const int FallbackWidth = 80;

    // Narrower than this no table is legible, however it is cut.
    private const int MinWidth = 20;

    // The first that is set counts.
    private static readonly string[] Locale = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>Whether it is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>
    /// Whether what is written may come out on a terminal: it is one, or a pipe, whose reader writes where it likes. A line that is redrawn
    /// there would run through it.
    /// </summary>
    public bool MayReachTerminal { get; init; }

    /// <summary>Whether a line can be erased and written again.</summary>
    public bool CanRedraw { get; init; }

    /// <summary>Whether text may be coloured.</summary>
    public bool HasColors { get; init; }

    /// <summary>Whether characters beyond ASCII are shown, such as blocks and lines.</summary>
    public bool IsUtf8 { get; init; } = true;

    /// <summary>What stands for text that was cut.</summary>
    public string Ellipsis => IsUtf8 ? "…" : "...";

    /// <summary>Reads the width of a terminal in characters, which may change at any time; null where nothing limits it.</summary>
    public Func<int>? Width { get; init; }

    /// <summary>What a standard stream can do.</summary>
    /// <param name="isTerminal">Whether it leads to a terminal.</param>
    /// <param name="environment">Reads a variable of the environment: TERM, NO_COLOR, LC_ALL, LC_CTYPE, LANG.</param>
    /// <param name="width">Reads the width of the terminal.</param>
    public static Screen Of(bool isTerminal, Func<string, string?> environment, Func<int> width)
    {
        ArgumentNullException.ThrowIfNull(environment);
        bool canRedraw = isTerminal && environment("TERM") is not "dumb";
        return new Screen
        {
            IsTerminal = isTerminal,
            MayReachTerminal = isTerminal,
            CanRedraw = canRedraw,
            HasColors = canRedraw && string.IsNullOrEmpty(environment("NO_COLOR")),
            IsUtf8 = IsUtf8In(environment),
            Width = isTerminal ? width : null,
        };
    }

    /// <summary>The width of the terminal of this process, in characters.</summary>
    internal static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? Math.Max(width, MinWidth) : FallbackWidth;
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return FallbackWidth;
        }
    }

    /// <summary>Whether the locale says UTF-8. Where none is set, as in most containers, terminals speak it all the same.</summary>
    private static bool IsUtf8In(Func<string, string?> environment)
    {
        string? locale = Locale.Select(environment).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale is null
            || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
            || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
    }
}
