namespace Tidemark.Cli.Terminal;

/// <summary>Colours of text, where the screen has them.</summary>
internal static class Style
{
    private const string Reset = "\e[0m";

    /// <summary>Headings and totals.</summary>
    public static string Strong(string text, Screen screen) => With("\e[1m", text, screen);

    /// <summary>What is drawn: bars and lines of bars.</summary>
    public static string Drawn(string text, Screen screen) => With("\e[36m", text, screen);

    /// <summary>What is there and matters less, such as the rest of a bar.</summary>
    public static string Faint(string text, Screen screen) => With("\e[90m", text, screen);

    private static string With(string style, string text, Screen screen) => screen.HasColors && text.Length > 0 ? style + text + Reset : text;
}
