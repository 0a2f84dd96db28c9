using Tidemark.Simulation.Cli;
using Tidemark.Simulation.Scenarios;
using Xunit.Abstractions;

namespace Tidemark.Simulation.Tests;

/// <summary>Goal: the protocol holds. Method: many seeds of the swarm, and some of every race; <c>make simulate</c> takes more.</summary>
public sealed class SwarmTests(ITestOutputHelper output)
{
    private const int Seeds = 200;
    private const int SeedsOfRace = 12;

    public static TheoryData<string> Races => [.. ScenarioList.Names.Where(name => name != ScenarioList.Swarm)];

    [Fact]
    public void Run_Swarm_NoInvariantIsBroken() => RequireNoViolation(new Arguments { Seeds = Seeds });

    [Theory]
    [MemberData(nameof(Races))]
    public void Run_Race_NoInvariantIsBroken(string scenario) => RequireNoViolation(new Arguments { Seeds = SeedsOfRace, Scenario = scenario });

    private void RequireNoViolation(Arguments arguments)
    {
        using StringWriter text = new();
        Campaign campaign = new(arguments);
        campaign.Run(_ => { });
        Report.Print(campaign, arguments, text);
        output.WriteLine(text.ToString());
        Assert.True(campaign.Violations.Count == 0 && campaign.Hanging is null, text.ToString());
        Assert.Equal(arguments.Seeds, campaign.Done);
    }
}
