using System.Diagnostics;
using System.Globalization;
using Tidemark.Simulation.Cli;
using Tidemark.Simulation.Scenarios;

namespace Tidemark.Simulation.Tests;

/// <summary>
/// Goal: a seed and a commit are a run. Method: the same seeds twice, with a trace and without, on one thread and on two, here and in
/// another process.
/// </summary>
public sealed class DeterminismTests
{
    [Fact]
    public void Execute_SameSeedTwice_HasTheSameTrace()
    {
        for (int seed = 1; seed <= 12; seed++)
        {
            Plan plan = PlanMaker.Make(seed, ScenarioList.Swarm);
            RunResult first = Run.Execute(plan, isTraced: true);
            RunResult second = Run.Execute(PlanMaker.Make(seed, ScenarioList.Swarm), isTraced: true);
            Assert.Equal((first.Hash, first.Steps, first.TraceTail), (second.Hash, second.Steps, second.TraceTail));
        }
    }

    [Fact]
    public void Execute_WithTraceAndWithout_TakesTheSameSteps()
    {
        for (int seed = 1; seed <= 12; seed++)
        {
            Plan plan = PlanMaker.Make(seed, ScenarioList.Swarm);
            Assert.Equal(Run.Execute(plan).Steps, Run.Execute(plan, isTraced: true).Steps);
        }
    }

    [Fact]
    public void Main_InAnotherProcess_ComesToTheSameStates()
    {
        Arguments arguments = new() { Seeds = 24, Threads = 2 };
        Campaign campaign = new(arguments);
        campaign.Run(_ => { });
        string there = Start("--seeds", "24", "--threads", "1");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"states: {campaign.Hash:x16}"), there, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seeds", "none")]
    [InlineData("--scenario", "nowhere")]
    [InlineData("--wrong")]
    public void Parse_WrongArguments_IsRefused(params string[] arguments) => Assert.Null(Arguments.Parse(arguments));

    private static string Start(params string[] arguments)
    {
        using Process process =
            Process.Start(new ProcessStartInfo("dotnet", [typeof(Run).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
