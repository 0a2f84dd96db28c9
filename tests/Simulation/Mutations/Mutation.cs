namespace Tidemark.Simulation.Mutations;

/// <summary>The protocol with a step left out or done wrongly: the simulator must find it.</summary>
/// <param name="Name">Its name, as in docs/SIMULATION.md.</param>
/// <param name="Scenario">The scenario that finds it.</param>
/// <param name="Seeds">Within how many seeds, from 1 on.</param>
/// <param name="Edits">What is changed.</param>
public sealed record Mutation(string Name, string Scenario, int Seeds, params IReadOnlyList<Edit> Edits)
{
    public override string ToString() => Name;
}
