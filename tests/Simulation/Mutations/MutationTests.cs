using System.Globalization;

namespace Tidemark.Simulation.Mutations;

/// <summary>
/// Goal: the checkers work. Method: the product with one step of the protocol left out or broken must be detected by the simulator, within
/// the seeds that docs/SIMULATION.md states, and the same build without a mutation must pass.
/// </summary>
public sealed class MutationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static TheoryData<Mutation> All => [.. ProtocolMutations.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Simulate_ProtocolMutated_IsFoundWithinItsSeeds(Mutation mutation)
    {
        (int exit, string output) = Simulate(mutation.Edits, mutation.Edits.Select(edit => edit.Project), mutation.Scenario, mutation.Seeds);

        Assert.True(
            exit == 1 && output.Contains("VIOLATION", StringComparison.Ordinal),
            $"'{mutation.Name}' was not found within {mutation.Seeds} seeds of {mutation.Scenario}; exit {exit}:\n{output}");
    }

    [Fact]
    public void Simulate_SameBuildWithoutMutation_FindsNothing()
    {
        foreach (string scenario in ProtocolMutations.All.Select(mutation => mutation.Scenario).Distinct())
        {
            (int exit, string output) = Simulate([], MutantBuild.Projects, scenario, 4);

            Assert.True(exit == 0, $"{scenario}: exit {exit}:\n{output}");
        }
    }

    [Fact]
    public void All_Mutations_AreAtLeastTwentyAndEachOfItsOwnName()
    {
        Assert.True(ProtocolMutations.All.Count >= 20);
        Assert.Equal(ProtocolMutations.All.Count, ProtocolMutations.All.Select(mutation => mutation.Name).Distinct().Count());
    }

    [Fact]
    public void All_Edits_FindWhatTheyChange()
    {
        foreach (Mutation mutation in ProtocolMutations.All)
        {
            Assert.NotEmpty(MutantBuild.Apply(mutation.Edits));
        }
    }

    [Fact]
    public void Apply_ConstructThatIsNotThere_Throws() =>
        Assert.Throws<InvalidOperationException>(
            () => MutantBuild.Apply([new Drop(typeof(Protocol.PaneShard), nameof(Protocol.PaneShard.Apply), "from < Before")]));

    [Fact]
    public void Docs_TableOfMutations_NamesEachWithItsScenarioAndSeeds()
    {
        string docs = MutantBuild.ReadDocs("SIMULATION.md");
        foreach (Mutation mutation in ProtocolMutations.All)
        {
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"| {mutation.Name} | `{mutation.Scenario}` | {mutation.Seeds} |"),
                docs, StringComparison.Ordinal);
        }
    }

    private static (int Exit, string Output) Simulate(IReadOnlyList<Edit> edits, IEnumerable<string> projects, string scenario, int seeds)
    {
        string folder = Directory.CreateTempSubdirectory("tidemark-mutant-").FullName;
        try
        {
            MutantBuild.Into(folder, edits, projects);
            return MutantBuild.Run(
                Patience, Path.Combine(folder, "Tidemark.Simulation.dll"),
                "--scenario", scenario, "--first", "1", "--seeds", seeds.ToString(CultureInfo.InvariantCulture),
                "--stop-at-first", "--no-shrink", "--threads", "2");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
