using System.CommandLine;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Help;

/// <summary>What the command says of itself: help, completion, and what is wrong with a command line.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("--help")]
    public async Task RunAsync_NoCommandOrHelp_ListsTheCommandsAndExitsWith0(params string[] arguments)
    {
        using CommandLineRun run = new();

        Assert.Equal(CommandRunner.Done, await run.RunAsync(arguments));

        Assert.StartsWith("tidemark: correct, second-fresh metrics", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  run           Read clickstream events and write metrics for every window\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("query")]
    [InlineData("generate")]
    [InlineData("completion")]
    public async Task RunAsync_HelpOfACommand_IsTheSameByBothWords(string command)
    {
        using CommandLineRun help = new();
        using CommandLineRun option = new();

        Assert.Equal(CommandRunner.Done, await help.RunAsync("help", command));
        Assert.Equal(CommandRunner.Done, await option.RunAsync(command, "--help", "--no-such-option"));

        Assert.Contains($"\nUsage: tidemark {command}", help.Output, StringComparison.Ordinal);
        Assert.Equal(help.Output, option.Output);
    }

    // Examples stay as they are, and so do words that are longer than the line.
    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    public async Task RunAsync_HelpOfEveryCommand_FitsTheTerminal(int width)
    {
        foreach (string command in TidemarkCommand.Create(TestRun.Silent).Subcommands.Select(command => command.Name).Append("--help"))
        {
            using CommandLineRun run = new() { Width = width };
            Assert.Equal(CommandRunner.Done, await run.RunAsync(command, "--help"));
            Assert.DoesNotContain(
                run.Output.Split('\n'),
                line => line.Length > width && line.Trim().Contains(' ', StringComparison.Ordinal)
                    && !line.StartsWith("  tidemark", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("rnu", "unknown command 'rnu'; did you mean 'tidemark run'? There are demo, run, query, ")]
    [InlineData("help qury", "unknown command 'qury'; did you mean 'tidemark query'? There are demo, run, query, ")]
    [InlineData("frobnicate --source x", "unknown command 'frobnicate'; expected one of demo, run, query, ")]
    [InlineData("--lake x", "expected a command before '--lake': demo, run, query, ")]
    [InlineData("run --sorce x", "unknown option '--sorce'; did you mean '--source'?\nTry: tidemark run --help\n")]
    [InlineData("run --source x --dead=y", "unknown option '--dead'; did you mean '--dead-letters'?\nTry: tidemark run --help\n")]
    [InlineData("run --source x --frobnicate y", "unknown option '--frobnicate' of tidemark run\nTry: tidemark run --help\n")]
    [InlineData("run events.ndjson", "expected an option, got 'events.ndjson'; did you mean '--source events.ndjson'?\nTry: tidemark run --help\n")]
    [InlineData("query lake", "expected an option, got 'lake'; did you mean '--lake lake'?\nTry: tidemark query --help\n")]
    [InlineData("run --source x --schema segmnet", "--schema: expected one of cloudevents, ga4, nginx, posthog, rudderstack, segment, "
        + "snowplow, got 'segmnet'; did you mean 'segment'?\nTry: tidemark run --help\n")]
    [InlineData("demo --rate", "--rate: expected N, got nothing\nTry: tidemark demo --help\n")]
    [InlineData("demo --duration 5", "--duration: expected a whole number and a unit (ms, s, min, h or d), such as ")]
    [InlineData("completion csh", "expected bash|zsh|fish, got 'csh'\nTry: tidemark completion --help\n")]
    public async Task RunAsync_AMistake_IsToldWithWhatWasProbablyMeant(string arguments, string expected)
    {
        using CommandLineRun run = new();

        Assert.Equal(CommandRunner.Usage, await run.RunAsync(arguments.Split(' ')));

        Assert.StartsWith("tidemark: " + expected, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("qu", "query")]
    [InlineData("run --sch", "--schema")]
    [InlineData("run --schema snow", "snowplow")]
    [InlineData("query --format js", "json")]
    [InlineData("help ver", "verify")]
    [InlineData("completion f", "fish")]
    public void GetCompletions_TheBeginningOfAWord_IsTheWord(string line, string expected) => Assert.Equal(
        [expected], TidemarkCommand.Create(TestRun.Silent).Parse(line).GetCompletions(line.Length).Select(item => item.Label));

    [Fact]
    public async Task Completion_Bash_CompletesByTheCommandItself()
    {
        using TempFolder folder = new();
        using TidemarkProcess shell = TidemarkProcess.StartShell(
            folder.Path, "tidemark() { $T \"$@\"; }; eval \"$(tidemark completion bash)\"; COMP_LINE='tidemark run --sch'; COMP_POINT=${#COMP_LINE}; "
                + "COMP_WORDS=(tidemark run --sch); COMP_CWORD=2; _tidemark; echo \"${COMPREPLY[*]}\"");
        shell.Input.Close();

        Assert.Equal(0, await shell.ExitAsync());

        Assert.Equal("--schema\n", shell.Output);
    }
}
