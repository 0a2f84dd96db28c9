using System.Globalization;
using Xunit.Abstractions;

namespace Tidemark.Simulation.Mutations;

/// <summary>
/// Goal: the checkers work. Method: the product with one step of the protocol left out or broken must be detected by the simulator, within
/// the seeds that docs/SIMULATION.md states, of which the one that found it last is tried first, and the same build without a mutation must pass.
/// </summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static TheoryData<Mutation> All => [.. ProtocolMutations.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Simulate_ProtocolMutated_IsFoundWithinItsSeeds(Mutation mutation)
    {
        using MutantFolder folder = new(mutation.Edits, mutation.Edits.Select(edit => edit.Project));
        (int exit, string text) = folder.Simulate(mutation.Scenario, mutation.Seed, 1);
        if (!IsFound(exit, text))
        {
            output.WriteLine($"Seed {mutation.Seed} no longer finds it: measure again for docs/SIMULATION.md.");
            (exit, text) = folder.Simulate(mutation.Scenario, 1, mutation.Seeds);
        }

        output.WriteLine(text);
        Assert.True(
            IsFound(exit, text), $"'{mutation.Name}' was not found within {mutation.Seeds} seeds of {mutation.Scenario}; exit {exit}:\n{text}");

        static bool IsFound(int exit, string text) => exit == 1 && text.Contains("VIOLATION", StringComparison.Ordinal);
    }

    [Fact]
    public void Simulate_SameBuildWithoutMutation_FindsNothing()
    {
        using MutantFolder folder = new([], MutantBuild.Projects);
        foreach (string scenario in ProtocolMutations.All.Select(mutation => mutation.Scenario).Distinct())
        {
            (int exit, string text) = folder.Simulate(scenario, 1, 4);

            Assert.True(exit == 0, $"{scenario}: exit {exit}:\n{text}");
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
            string row = string.Create(
                CultureInfo.InvariantCulture, $"| {mutation.Name} | `{mutation.Scenario}` | {mutation.Seeds} | seed {mutation.Seed}, ");
            Assert.Contains(row, docs, StringComparison.Ordinal);
        }
    }

    /// <summary>A folder with a mutated build of the simulator.</summary>
    private sealed class MutantFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("tidemark-mutant-").FullName;

        public MutantFolder(IReadOnlyList<Edit> edits, IEnumerable<string> projects)
        {
            try
            {
                MutantBuild.Into(_path, edits, projects);
            }
            catch (InvalidOperationException)
            {
                Dispose();
                throw;
            }
        }

        /// <summary>Runs seeds until one of them finds a violation.</summary>
        public (int Exit, string Output) Simulate(string scenario, int first, int seeds) => MutantBuild.Run(
            Patience, Path.Combine(_path, "Tidemark.Simulation.dll"),
            "--scenario", scenario, "--first", first.ToString(CultureInfo.InvariantCulture),
            "--seeds", seeds.ToString(CultureInfo.InvariantCulture), "--stop-at-first", "--no-shrink", "--threads", "2");

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
