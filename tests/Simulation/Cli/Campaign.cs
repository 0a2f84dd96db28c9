using System.Collections.Concurrent;
using System.Diagnostics;

namespace Tidemark.Simulation.Cli;

/// <summary>Runs many seeds, several at a time, each on one thread. A run that hangs within a step is detected by the real clock.</summary>
internal sealed class Campaign(Arguments arguments)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<int, (int Seed, long Since)> _running = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _injected = new(StringComparer.Ordinal);
    private readonly List<RunResult> _violations = [];
    private int _taken;
    private int _done;
    private bool _stops;

    public int Done => _done;

    public long Steps { get; private set; }

    public TimeSpan VirtualTime { get; private set; }

    /// <summary>A hash of all states that all runs have saved, independent of their order.</summary>
    public ulong Hash { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    public IReadOnlyDictionary<string, long> Injected => _injected;

    /// <summary>The violations by seed.</summary>
    public IReadOnlyList<RunResult> Violations => [.. _violations.OrderBy(result => result.Plan.Seed)];

    /// <summary>A seed whose run hangs; null when there is none.</summary>
    public int? Hanging { get; private set; }

    /// <summary>Runs all seeds; ends early at a hanging run, whose thread cannot be stopped.</summary>
    public void Run(Action<RunResult> onViolation)
    {
        long start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, Math.Min(arguments.Threads, arguments.Seeds))
            .Select(i => new Thread(() => Work(i, onViolation), 16 << 20) { IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());
        while (Hanging is null && !Array.TrueForAll(threads, thread => thread.Join(TimeSpan.FromMilliseconds(200))))
        {
            foreach ((int seed, long since) in _running.Values)
            {
                Hanging = Stopwatch.GetElapsedTime(since) > LongestRun ? seed : Hanging;
            }
        }

        Elapsed = Stopwatch.GetElapsedTime(start);
    }

    private void Work(int thread, Action<RunResult> onViolation)
    {
        while (!_stops && Interlocked.Increment(ref _taken) is var taken && taken <= arguments.Seeds)
        {
            int seed = arguments.First + taken - 1;
            _running[thread] = (seed, Stopwatch.GetTimestamp());
            Take(Simulation.Run.Execute(PlanMaker.Make(seed, arguments.Scenario)), onViolation);
            _running.TryRemove(thread, out _);
        }
    }

    private void Take(RunResult result, Action<RunResult> onViolation)
    {
        lock (_lock)
        {
            _done++;
            Hash ^= result.Hash;
            Steps += result.Steps;
            VirtualTime += result.VirtualTime;
            foreach ((string kind, long times) in result.Injected)
            {
                _injected[kind] = _injected.GetValueOrDefault(kind) + times;
            }

            if (result.Violation is null || (_stops && arguments.StopsAtFirst))
            {
                return;
            }

            _violations.Add(result);
            _stops = arguments.StopsAtFirst;
            onViolation(result);
        }
    }
}
