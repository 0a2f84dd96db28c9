namespace Tidemark.Support.Durable;

/// <summary>A timer trigger whose ticks come once, twice, late or not at all. Each tick is an invocation in one process.</summary>
internal sealed class Ticker(World world, string name, Func<string, Worker> process, Func<Worker, Task> function)
{
    private Worker? _worker;
    private int _starts;

    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(1);

    public long Ticks { get; private set; }

    /// <summary>The ticks being executed. A timer is a singleton, so a tick that comes during another one waits.</summary>
    public int Running { get; private set; }

    /// <summary>Kills the process of the current tick; the next tick has another one.</summary>
    public void Kill() => _worker?.Kill();

    public Dictionary<string, int> Failures { get; } = [];

    public void Start()
    {
        int starts = ++_starts;
        world.After(Every, () => Tick(starts));
    }

    public void Stop() => _starts++;

    private void Tick(int starts)
    {
        if (_starts != starts)
        {
            return;
        }

        world.After(Every, () => Tick(starts));
        Faults faults = world.Faults;
        if (world.Chance(faults.TickMissing))
        {
            world.Note(name, "misses a tick");
            return;
        }

        bool doubled = world.Chance(faults.TickDoubled);
        if (Running > 0 && !doubled)
        {
            return;
        }

        TimeSpan late = world.Chance(faults.TickLate) ? world.LongDelay() / 10 : TimeSpan.Zero;
        world.After(late, Run);
        if (doubled)
        {
            world.After(late + world.Latency(), Run);
        }
    }

    private void Run()
    {
        Ticks++;
        Running++;
        if (_worker is not { IsAlive: true })
        {
            _worker = process(name);
            _worker.Died += () => Running = 0;
        }

        Worker worker = _worker;
        worker.Start("ticks", () => function(worker), failure =>
        {
            Running--;
            if (failure is not null)
            {
                string what = $"{failure.GetType().Name}: {failure.Message}";
                Failures[what] = Failures.GetValueOrDefault(what) + 1;
                world.Note(name, $"fails: {what}");
            }
        });
    }
}
