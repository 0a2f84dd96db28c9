namespace Tidemark.Simulation.Mutations;

/// <summary>The protocol with a step left out or broken, which the simulator must detect.</summary>
/// <param name="Name">Its name, as in docs/SIMULATION.md.</param>
/// <param name="Scenario">The scenario that detects it.</param>
/// <param name="Seeds">The number of seeds, starting at 1, within which it must be detected.</param>
/// <param name="Seed">The first of them that detected it when last measured, which is tried before them.</param>
/// <param name="Edits">The edits of the source.</param>
public sealed record Mutation(string Name, string Scenario, int Seeds, int Seed, params IReadOnlyList<Edit> Edits)
{
    public override string ToString() => Name;
}
