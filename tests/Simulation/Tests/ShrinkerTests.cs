using System.Text;
using Tidemark.Simulation.Invariants;
using Tidemark.Simulation.Scenarios;
using Tidemark.Simulation.Shrink;

namespace Tidemark.Simulation.Tests;

public sealed class ShrinkerTests
{
    [Fact]
    public void Shrink_OnePurchaseAndOneKindAreToBlame_OnlyTheyAreLeft()
    {
        Plan plan = PlanMaker.Make(3, ScenarioList.Swarm);
        string[] kinds = ["SignalLost", "SignalDelayed", "StaleRead"];
        Violation? Judge(Plan tried) =>
            tried.Records.Any(IsPurchase) && !tried.Off.Contains("SignalDelayed") ? new Violation("made-up", "a purchase was delayed") : null;

        Shrunk shrunk = new Shrinker(Judge).Shrink(plan, Judge(plan)!, kinds);

        Assert.Equal(["SignalLost", "StaleRead"], shrunk.Plan.Off.Order());
        Assert.True(IsPurchase(Assert.Single(shrunk.Plan.Records)));
        Assert.Empty(shrunk.Plan.Injections);
        Assert.True(shrunk.Plan.FaultsEndMs <= plan.FaultsEndMs);
    }

    [Fact]
    public void Shrink_AnotherInvariantBreaks_IsNotTakenForTheSame()
    {
        Plan plan = PlanMaker.Make(3, ScenarioList.Swarm);
        Shrunk shrunk = new Shrinker(_ => new Violation("another", "")).Shrink(plan, new Violation("made-up", ""), ["SignalLost"]);
        Assert.Same(plan, shrunk.Plan);
    }

    [Fact]
    public void Describe_LongPlan_IsShort()
    {
        string text = PlanText.Describe(PlanMaker.Make(3, ScenarioList.Swarm), ["SignalLost"]);
        Assert.InRange(text.Split('\n').Length, 5, 60);
    }

    private static bool IsPurchase(PlannedRecord record) => Encoding.UTF8.GetString(record.Value).Contains("purchase", StringComparison.Ordinal);
}
