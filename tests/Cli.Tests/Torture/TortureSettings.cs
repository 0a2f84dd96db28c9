using System.Globalization;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>How hard the torture is: small in <c>make test</c>, as given in <c>make torture</c>.</summary>
internal static class TortureSettings
{
    /// <summary>How many streams are counted under torture. Default: 10, two of each kind of source.</summary>
    public static int Runs { get; } = (int)Number("TIDEMARK_TORTURE_RUNS", 10);

    /// <summary>Events of the stream.</summary>
    public static int Events { get; } = (int)Number("TIDEMARK_TORTURE_EVENTS", 30_000);

    /// <summary>What the random moments follow from. Default: another one each time.</summary>
    public static long Seed { get; } = Number("TIDEMARK_TORTURE_SEED", Environment.ProcessId);

    /// <summary>Which runs: one of them alone, by its number; null for all.</summary>
    public static long? Only { get; } = Number("TIDEMARK_TORTURE_ONLY", -1) is >= 0 and var only ? only : null;

    /// <summary>Whether bounds of time hold: not while other tests have the machine.</summary>
    public static bool IsStrict { get; } = Environment.GetEnvironmentVariable("TIDEMARK_TORTURE_RUNS") is { Length: > 0 };

    /// <summary>The command that does a run again.</summary>
    public static string Again(int run) =>
        string.Create(CultureInfo.InvariantCulture, $"make torture RUNS={Math.Max(Runs, run + 1)} EVENTS={Events} SEED={Seed} ONLY={run}");

    private static long Number(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : otherwise;
}
