using System.Globalization;
using Tidemark.Simulation.Scenarios;

namespace Tidemark.Simulation.Cli;

/// <summary>The parsed arguments of the command.</summary>
internal sealed record Arguments
{
    public const string Usage =
        "dotnet Tidemark.Simulation.dll [--seeds N] [--first S] [--scenario NAME|all] [--threads K] [--stop-at-first] [--trace] [--no-shrink]";

    public int Seeds { get; init; } = 1_000;

    public int First { get; init; } = 1;

    public string Scenario { get; init; } = ScenarioList.Swarm;

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool StopsAtFirst { get; init; }

    public bool Traces { get; init; }

    public bool Shrinks { get; init; } = true;

    /// <summary>Parses arguments; null when they are invalid.</summary>
    public static Arguments? Parse(string[] args)
    {
        Arguments parsed = new();
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            Arguments? next = args[i] switch
            {
                "--seeds" when Number(value, 1, out int n) => parsed with { Seeds = n },
                "--first" when Number(value, 0, out int n) => parsed with { First = n },
                "--threads" when Number(value, 1, out int n) => parsed with { Threads = n },
                "--scenario" when value is not null && ScenarioList.IsKnown(value) => parsed with { Scenario = value },
                "--stop-at-first" => parsed with { StopsAtFirst = true },
                "--trace" => parsed with { Traces = true },
                "--no-shrink" => parsed with { Shrinks = false },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            parsed = next;
            i += args[i] is "--seeds" or "--first" or "--threads" or "--scenario" ? 1 : 0;
        }

        return parsed;
    }

    private static bool Number(string? text, int least, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least;
}
