using Tidemark.Cli.Terminal;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Cli.Tests.Run;

namespace Tidemark.Cli.Tests.Terminal;

/// <summary>What is drawn on a terminal while a run goes on, and what the terminal says of itself.</summary>
public sealed class StatusLineTests
{
    [Fact]
    public void WriteLine_WhileAStatusIsShown_ErasesItFirstAndItComesBack()
    {
        using StringWriter terminal = new() { NewLine = "\n" };
        using StatusLine status = new(terminal, new Screen()) { NewLine = "\n" };
        status.Show("1 event");
        status.Show("1 event");
        status.WriteLine("a message");
        status.Show("1 event");
        status.Show("");

        Assert.Equal("\r\e[2K1 event\r\e[2Ka message\n\r\e[2K1 event\r\e[2K", terminal.ToString());
    }

    [Theory]
    [InlineData(80, false, true)]
    [InlineData(140, false, true)]
    [InlineData(80, true, true)]
    [InlineData(140, true, false)]
    public void Run_OnATerminal_DrawsABarThatFitsAndTakesItAwayBeforeTheSummary(int width, bool hasColors, bool isUtf8)
    {
        using TestRun run = new() { Terminal = new Screen { CanRedraw = true, HasColors = hasColors, IsUtf8 = isUtf8, Width = () => width } };
        Assert.Equal(0, run.Run(GeneratedStream.Bytes(GeneratedStream.Of(2000), 1 << 20)));

        int summary = run.Error.IndexOf("source ", StringComparison.Ordinal);
        string[] drawn = [.. run.Error[..summary].Split("\r\e[2K").Where(status => status.Contains(" %  ", StringComparison.Ordinal))];
        Assert.NotEmpty(drawn);
        Assert.All(drawn, status => Assert.Equal(hasColors, status.Contains('\e')));
        Assert.All(drawn, status => Assert.Equal(isUtf8, !System.Text.Ascii.IsValid(status)));
        Assert.All(drawn, status => Assert.InRange(Visible(status).Length, 40, width - 1));
        Assert.DoesNotContain('\e', run.Error[summary..]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ResultsThatMayReachTheTerminal_HasNoStatusBetweenThem(bool mayReachTerminal)
    {
        using TestRun run = new()
        {
            Terminal = new Screen { CanRedraw = true }, OutputScreen = new Screen { MayReachTerminal = mayReachTerminal },
        };

        Assert.Equal(0, run.Run(GeneratedStream.Bytes(GeneratedStream.Of(2000), 1 << 20)));

        Assert.Equal(mayReachTerminal, !run.Error.Contains('\e'));
    }

    // What is longer than a line goes on below where it began; the query stays whole, to be pasted.
    [Fact]
    public void Run_SummaryOnATerminal_FitsIt()
    {
        using TestRun run = new() { Terminal = new Screen { CanRedraw = true, Width = () => 60 } };
        Assert.Equal(0, run.Run(GeneratedStream.Bytes(GeneratedStream.Of(2000), 1 << 20)));

        string[] summary = [.. run.Error[run.Error.LastIndexOf('\e')..].ReplaceLineEndings("\n").Split('\n')
            .SkipWhile(line => !line.StartsWith("source ", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("query ", StringComparison.Ordinal))];
        Assert.Contains(summary, line => line.StartsWith("rejected      ", StringComparison.Ordinal));
        Assert.Contains(summary, line => line.StartsWith("              ", StringComparison.Ordinal));
        Assert.DoesNotContain(summary, line => line.Length > 60 && line.TrimStart().Contains(' ', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2000, 0, "")]
    [InlineData(0, 1, "not one record was counted")]
    public void Run_Quiet_SaysOnlyWhatWentWrong(int events, int exitCode, string expected)
    {
        using TestRun run = new() { IsQuiet = true, Terminal = new Screen { CanRedraw = true } };
        byte[] text = events == 0 ? "rubbish\n"u8.ToArray() : GeneratedStream.Bytes(GeneratedStream.Of(events), 1 << 20);

        Assert.Equal(exitCode, run.Run(text));

        Assert.DoesNotContain("records ", run.Error.Replace("records were", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0, run.Error.Length == 0);
    }

    [Theory]
    [InlineData("TERM=xterm", true, true, true)]
    [InlineData("TERM=xterm NO_COLOR=1", true, false, true)]
    [InlineData("TERM=xterm NO_COLOR=", true, true, true)]
    [InlineData("TERM=dumb", false, false, true)]
    [InlineData("LANG=C", true, true, false)]
    [InlineData("LANG=C LC_ALL=C.UTF-8", true, true, true)]
    [InlineData("LANG=sv_SE.utf8", true, true, true)]
    [InlineData("LANG=en_US.UTF-8 LC_CTYPE=en_US.ISO-8859-1", true, true, false)]
    public void Of_Environment_TellsWhatTheTerminalCanDo(string environment, bool canRedraw, bool hasColors, bool isUtf8)
    {
        Dictionary<string, string> variables = environment.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Screen screen = Screen.Of(isTerminal: true, name => variables.GetValueOrDefault(name), () => 80);

        Assert.Equal(canRedraw, screen.CanRedraw);
        Assert.Equal(hasColors, screen.HasColors);
        Assert.Equal(isUtf8, screen.IsUtf8);
    }

    [Fact]
    public void Of_NoTerminal_NothingIsColouredRedrawnOrCut()
    {
        Screen screen = Screen.Of(isTerminal: false, _ => null, () => 80);

        Assert.False(screen.CanRedraw);
        Assert.False(screen.HasColors);
        Assert.Null(screen.Width);
    }

    private static string Visible(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\e\\[[0-9;]*m", "");
}
