namespace Tidemark.Cli.Terminal;

/// <summary>Bars made of characters, in eighths of one where the screen shows blocks.</summary>
internal static class Bars
{
    /// <summary>How many heights a character has.</summary>
    public const int Levels = 8;

    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string AsciiBlocks = "_.-=+*%#";
    private const string Lying = "▏▎▍▌▋▊▉█";

    /// <summary>A standing bar of one character.</summary>
    /// <param name="level">Its height, 1 to <see cref="Levels"/>.</param>
    /// <param name="isUtf8">Whether the screen shows blocks.</param>
    public static char Standing(int level, bool isUtf8) => (isUtf8 ? Blocks : AsciiBlocks)[level - 1];

    /// <summary>A lying bar. What is more than nothing is never shown as nothing.</summary>
    /// <param name="share">Its length as a share of the greatest, 0 to 1.</param>
    /// <param name="width">The length of the greatest.</param>
    /// <param name="isUtf8">Whether the screen shows blocks.</param>
    public static string LyingBar(double share, int width, bool isUtf8)
    {
        int eighths = (int)Math.Ceiling(share * width * Levels);
        if (!isUtf8)
        {
            return new string('#', (eighths + Levels - 1) / Levels);
        }

        string full = new(Lying[^1], eighths / Levels);
        return eighths % Levels == 0 ? full : full + Lying[(eighths % Levels) - 1];
    }
}
