using Tidemark.Cli.Tests.Generate;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>What stderr looks like, on a terminal (under <c>script</c>) and elsewhere.</summary>
public sealed class ProgressProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ProgressProcessTests() => File.WriteAllBytes(_folder.File("events"), GeneratedStream.Bytes(GeneratedStream.Of(2000), 1 << 20));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_NoTerminal_WritesPlainLinesNowAndThen()
    {
        var time = new ManualTime(TestRun.Now);
        using var run = new TestRun { Time = time };
        byte[] text = File.ReadAllBytes(_folder.File("events"));

        // The first byte takes six seconds by the clock and a moment of ours, long enough for a tick.
        using var input = new Sources.PiecewiseStream(text, () =>
        {
            if (time.GetUtcNow() == TestRun.Now)
            {
                time.Advance(TimeSpan.FromSeconds(6));
                SpinWait.SpinUntil(() => run.Error.Contains("events", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
            }

            return int.MaxValue;
        });
        Assert.Equal(0, run.Run("-", input));

        string first = run.Error.Split(Environment.NewLine)[0];
        Assert.Equal("tidemark: 0 events (0.00 events/s, 0.00 B/s), watermark none, 0 windows written, 0 late, 0 rejected", first);
        Assert.DoesNotContain('\e', run.Error);
        Assert.DoesNotContain('\r', run.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Run_PipeIntoATerminal_ShowsAStatusAndTakesItAwayAgain()
    {
        string screen = await OnTerminalAsync("cat events | $T run --source - --lake lake");

        int status = screen.IndexOf("0:00  ", StringComparison.Ordinal);
        int erased = screen.LastIndexOf("\e[2K", StringComparison.Ordinal);
        int summary = screen.IndexOf("source        stdin: 2,000 records", StringComparison.Ordinal);
        Assert.InRange(status, 0, erased);
        Assert.InRange(erased, status, summary);
        Assert.DoesNotContain('\e', screen[summary..]);
    }

    [Fact]
    public async Task Run_TerminalThatShowsTheResults_HasNoBarBetweenThem()
    {
        string screen = await OnTerminalAsync("$T run --source events");

        Assert.Contains("window   start (UTC)", screen, StringComparison.Ordinal);
        Assert.Contains("source        events: 2,000 records", screen, StringComparison.Ordinal);

        // Nothing is drawn, erased or hidden; the runtime itself sets the keypad's mode.
        Assert.DoesNotContain('━', screen);
        Assert.DoesNotContain("\e[2K", screen, StringComparison.Ordinal);
    }

    private async Task<string> OnTerminalAsync(string line)
    {
        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"command -v script >/dev/null || {{ echo 'script (bsdutils) is missing: "
                + $"run make test' >&2; exit 9; }}; script -qec \"{line}\" /dev/null");
        run.Input.Close();
        Assert.True(await run.ExitAsync() == 0, run.Error);
        return run.Output;
    }
}
