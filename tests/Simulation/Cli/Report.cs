using System.Globalization;
using Tidemark.Simulation.Shrink;

namespace Tidemark.Simulation.Cli;

/// <summary>Prints the outcome of a campaign.</summary>
internal static class Report
{
    private const int TraceLines = 80;

    /// <summary>The line for a violated invariant, with its seed and scenario.</summary>
    public static string Headline(RunResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"VIOLATION seed={result.Plan.Seed} scenario={result.Plan.Scenario} invariant={result.Violation!.Invariant}: "
            + $"{result.Violation.Message.Split('\n')[0].TrimEnd()}");

    public static string Rerun(int seed, string scenario) => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet tests/Simulation/bin/Release/net10.0/Tidemark.Simulation.dll --first {seed} --seeds 1 --scenario {scenario} --trace");

    public static void Print(Campaign campaign, Arguments arguments, TextWriter output)
    {
        if (campaign.Hanging is { } hanging)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"VIOLATION seed={hanging} scenario={arguments.Scenario} invariant={Run.Unexpected}: the run stands still"));
            output.WriteLine($"rerun: {Rerun(hanging, arguments.Scenario)}");
        }

        if (campaign.Violations.Count > 0)
        {
            PrintViolation(campaign.Violations[0], arguments, output);
        }

        double seconds = campaign.Elapsed.TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{campaign.Done} seeds in {seconds:0.0} s: {campaign.Done / seconds:0.0} seeds a second, "
                + $"{campaign.Steps / (double)Math.Max(1, campaign.Done):0} steps a seed, {campaign.VirtualTime.TotalHours:0.0} virtual hours"));
        output.WriteLine("faults injected: "
            + string.Join(' ', campaign.Injected.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key}={kind.Value}"))));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"states: {campaign.Hash:x16}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"violations: {campaign.Violations.Count}"));
    }

    private static void PrintViolation(RunResult found, Arguments arguments, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(Headline(found));
        output.WriteLine($"rerun: {Rerun(found.Plan.Seed, found.Plan.Scenario)}");
        Plan plan = found.Plan;
        if (arguments.Shrinks)
        {
            Shrunk shrunk = new Shrinker(smaller => Run.Execute(smaller).Violation).Shrink(plan, found.Violation!, found.Injected.Keys);
            plan = shrunk.Plan;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"shrunk in {shrunk.Runs} runs to:"));
        }

        RunResult traced = Run.Execute(plan, isTraced: true);
        output.Write(PlanText.Describe(plan, traced.Injected.Keys));
        output.WriteLine(traced.Violation?.Message ?? "A run with a trace found nothing: the run is not deterministic.");
        string[] lines = traced.TraceTail.Split('\n');
        output.WriteLine(string.Join('\n', lines.TakeLast(arguments.Traces ? lines.Length : TraceLines)));
        output.WriteLine();
    }
}
