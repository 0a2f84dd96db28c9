using System.Globalization;
using Tidemark.Support.Fixtures;
using Xunit.Abstractions;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>
/// Goal: whatever stops the command, and whenever, the lake, Redis and the dead letters end as those of an undisturbed run. Method: real
/// processes, kill -9 and SIGTERM at random moments, each kind of source; everything compared. <c>make torture RUNS=200</c> does it for
/// long.
/// </summary>
public sealed class TortureTests(TortureStream stream, ITestOutputHelper output) : IClassFixture<TortureStream>
{
    private static readonly (string Name, Func<TempFolder, TortureStream, Random, TortureSource> Make)[] Sources =
    [
        ("file", static (folder, stream, random) => new FileTorture(folder, stream, random)),
        ("followed file", static (folder, stream, random) => new FollowTorture(folder, stream, random)),
        ("pipe", static (folder, stream, random) => new PipeTorture(folder, stream, random)),
        ("files", static (folder, stream, random) => new FilesTorture(folder, stream, random)),
        ("topic", static (folder, stream, random) => new TopicTorture(folder, stream, random)),
    ];

    public static TheoryData<int, string> Runs()
    {
        TheoryData<int, string> runs = [];
        foreach (int run in Enumerable.Range(0, TortureSettings.Runs).Where(run => TortureSettings.Only is null || run == TortureSettings.Only))
        {
            runs.Add(run, Sources[run % Sources.Length].Name);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Run_StoppedAtRandomMoments_EndsAsUndisturbed(int run, string source)
    {
        int seed = HashCode(TortureSettings.Seed, run);
        using TortureRun torture = new(stream, Array.Find(Sources, known => known.Name == source).Make, seed);
        try
        {
            await torture.RunAsync();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"run {run} ({source}) of seed {TortureSettings.Seed}; "
                    + $"again: {TortureSettings.Again(run)}\n{error.Message}\n{torture.Log}"), error);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"run {run} ({source}) of seed {TortureSettings.Seed}\n{torture.Log}"));
    }

    // The same everywhere, unlike System.HashCode.
    private static int HashCode(long seed, int run) =>
        (int)System.IO.Hashing.XxHash32.HashToUInt32(System.Text.Encoding.UTF8.GetBytes($"{seed} {run}"));
}
