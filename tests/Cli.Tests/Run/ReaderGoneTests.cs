using Tidemark.Cli.Tests.State;

namespace Tidemark.Cli.Tests.Run;

/// <summary>
/// Goal: a reader of standard output who goes away ends a run as Ctrl-C does: nothing is lost, and what the state remembers is true. Method:
/// a stream that fails as a pipe without a reader does, then the same run again.
/// </summary>
public sealed class ReaderGoneTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    // 700 s of events in small blocks: the pipe breaks with the first window, while the source is being read.
    [Fact]
    public async Task Run_ReaderGoneWithState_StopsAndTheNextRunLeadsToTheSame()
    {
        string events = StateRuns.Mixed(3000, Start);
        using StateRuns runs = new();
        using StateRuns undisturbed = new();
        Assert.Equal(0, undisturbed.Run(undisturbed.Write("events", events)));
        string source = runs.Write("events", events);

        runs.Output = new StandardOutput(new BrokenPipe());
        Assert.Equal(CommandRunner.Done, runs.Run(source));
        Assert.Matches(
            "tidemark: stopped, since nobody reads standard output any more: "
                + "the state is saved in [^\n]+ results that were due are written then\n\\z",
            runs.Error);

        runs.Output = null;
        Assert.Equal(CommandRunner.Done, runs.Run(source));
        StateRuns.RequireSame(await undisturbed.ContentsAsync(), await runs.ContentsAsync());
        Assert.Equal(File.ReadLines(undisturbed.Letters).Count(), File.ReadLines(runs.Letters).Count());
    }

    [Fact]
    public void Run_StdinIsClosed_FailsAtOnceAndMakesNoLake()
    {
        using TestRun run = new() { StandardInputIsClosed = true };

        Assert.Equal(CommandRunner.Failed, run.Run("-"));

        Assert.StartsWith("tidemark: cannot read stdin: it was closed when the command began; ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Lake));
    }

    /// <summary>A pipe that nobody reads.</summary>
    private sealed class BrokenPipe : MemoryStream
    {
        private const int NobodyReads = 32;

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", NobodyReads);
    }
}
