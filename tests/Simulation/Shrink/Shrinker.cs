using Tidemark.Simulation.Invariants;

namespace Tidemark.Simulation.Shrink;

/// <summary>A reduced plan that still violates the same invariant.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Violation">The violation.</param>
/// <param name="Runs">The number of runs needed.</param>
internal sealed record Shrunk(Plan Plan, Violation Violation, int Runs);

/// <summary>
/// Reduces a plan that violates an invariant: first faults, one kind after another; then planned faults, records and whole partitions; then
/// its length. Every kind has its own random stream, so that removing something changes the rest as little as possible.
/// </summary>
internal sealed class Shrinker(Func<Plan, Violation?> run, int maxRuns = 250)
{
    private Plan _best = null!;
    private Violation _violation = null!;
    private int _runs;

    /// <summary>Returns the smallest plan found. A run that violates another invariant does not count.</summary>
    public Shrunk Shrink(Plan plan, Violation violation, IEnumerable<string> injected)
    {
        (_best, _violation) = (plan, violation);
        foreach (string kind in injected)
        {
            Try(_best with { Off = new HashSet<string>(_best.Off) { kind } });
        }

        Try(_best with { Skew = TimeSpan.Zero });
        Drop(_best.Injections, injections => _best with { Injections = injections });
        foreach (int partition in _best.Records.Select(record => record.Partition).Distinct().Order().ToList())
        {
            Try(_best with { Records = [.. _best.Records.Where(record => record.Partition != partition)] });
        }

        Drop(_best.Records, records => _best with { Records = records });
        Drop(_best.Records, records => _best with { Records = records });
        int lastMs = _best.Records.Select(record => record.AtMs).Concat(_best.Injections.Select(injection => injection.AtMs)).DefaultIfEmpty(0).Max();
        Try(_best with { FaultsEndMs = Math.Min(_best.FaultsEndMs, lastMs + 1_000) });
        Try(_best with { Instances = 1 });
        return new Shrunk(_best, _violation, _runs);
    }

    /// <summary>Removes halves, quarters and so on down to single items.</summary>
    private void Drop<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, Plan> with)
    {
        List<T> left = [.. items];
        for (int length = left.Count; length > 0; length /= 2)
        {
            for (int from = 0; from < left.Count;)
            {
                List<T> fewer = [.. left.Take(from), .. left.Skip(from + length)];
                if (Try(with(fewer)))
                {
                    left = fewer;
                }
                else
                {
                    from += length;
                }
            }
        }
    }

    private bool Try(Plan plan)
    {
        if (_runs >= maxRuns)
        {
            return false;
        }

        _runs++;
        if (run(plan) is not { } violation || violation.Invariant != _violation.Invariant)
        {
            return false;
        }

        (_best, _violation) = (plan, violation);
        return true;
    }
}
