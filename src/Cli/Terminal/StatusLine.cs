using System.Text;

namespace Tidemark.Cli.Terminal;

/// <summary>
/// Standard error on a terminal whose last line may be a status that is written again and again; all other text appears above it. May be
/// used by several threads.
/// </summary>
internal sealed class StatusLine(TextWriter terminal, Screen screen) : TextWriter
{
    private const string Erase = "\r\e[2K";

    private readonly Lock _lock = new();
    private string _shown = "";

    /// <summary>What the terminal can do.</summary>
    public Screen Screen { get; } = screen;

    /// <summary>How many characters the status may have: a full line would move the cursor to the next.</summary>
    public int Width => (Screen.Width?.Invoke() ?? int.MaxValue) - 1;

    /// <inheritdoc/>
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Shows a status in place of the one before.</summary>
    /// <param name="text">At most <see cref="Width"/> characters, and orders to the terminal.</param>
    public void Show(string text)
    {
        lock (_lock)
        {
            if (text != _shown)
            {
                terminal.Write(text.Length == 0 ? Erase : Erase + text);
                _shown = text;
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        lock (_lock)
        {
            Show("");
            terminal.Write(value);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + CoreNewLineText);

    /// <inheritdoc/>
    public override void Flush() => terminal.Flush();

    private string CoreNewLineText => new(CoreNewLine);
}
