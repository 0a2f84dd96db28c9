using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tidemark.Support.Durable;

/// <summary>
/// One run: a queue of steps on a virtual clock, on one thread, with every choice drawn from one seed. Nothing happens between
/// steps, and time passes only from one step to the next.
/// </summary>
internal sealed class World
{
    private readonly PriorityQueue<Action, (long AtTicks, long Order)> _steps = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;
    private Exception? _failure;

    public World(int seed, Faults? faults = null, DateTimeOffset? start = null)
    {
        Seed = seed;
        Random = new Random(seed);
        Faults = faults ?? Faults.None;
        Now = start ?? new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);
    }

    public int Seed { get; }

    public Random Random { get; }

    public Trace Trace { get; } = new();

    public DateTimeOffset Now { get; private set; }

    /// <summary>May be changed while the world runs: at the end of most runs faults stop.</summary>
    public Faults Faults { get; set; }

    public long Steps { get; private set; }

    /// <summary>
    /// Decides instead of <see cref="Random"/> whether something happens, given its probability and the expression that it came from.
    /// </summary>
    public Func<double, string, bool>? Judge { get; set; }

    public bool Chance(double probability, [CallerArgumentExpression(nameof(probability))] string kind = "") =>
        Judge is { } judge ? judge(probability, kind) : probability > 0 && Random.NextDouble() < probability;

    /// <summary>The usual time of a step: never nothing, and different each time, so that messages overtake each other.</summary>
    public TimeSpan Latency(Hop hop = Hop.Queue) =>
        Faults.Delays is { } delays ? delays.Of(hop, Random) : TimeSpan.FromTicks(1 + Random.NextInt64(Faults.Latency.Ticks));

    /// <summary>The usual time of a message: when it is from another instance than the one that reads its queue, until that one does.</summary>
    public TimeSpan Delivery() =>
        Latency() + (Faults.PollingWait > TimeSpan.Zero && Random.Next(2) == 0 ? Faults.PollingWait * Random.NextDouble() : TimeSpan.Zero);

    /// <summary>A time up to the long delay, the short ones more often.</summary>
    public TimeSpan LongDelay() => Faults.LongDelay * Math.Pow(Random.NextDouble(), 2);

    public void After(TimeSpan delay, Action step) => _steps.Enqueue(step, ((Now + delay).UtcTicks, _order++));

    public void Note(string who, string what) => Trace.Add(Now, who, what);

    /// <summary>As above; the text is not even made when the trace is quiet.</summary>
    public void Note(string who, [InterpolatedStringHandlerArgument("")] ref NoteText what) => Trace.Add(Now, who, what.ToString());

    /// <summary>Ends the run at the next step; the first failure is the one that is reported.</summary>
    public void Fail(Exception failure)
    {
        _failure ??= failure;
        Note("FAILURE", failure.Message);
    }

    /// <summary>Runs until nothing is left to do before an instant, which becomes the time.</summary>
    public void RunFor(TimeSpan span)
    {
        DateTimeOffset until = Now + span;
        while (StepBefore(until))
        {
        }

        Now = until;
    }

    /// <summary>Runs until something is so, and fails if it is not in time.</summary>
    public void RunUntil(Func<bool> done, TimeSpan within, string what, Func<string>? describe = null)
    {
        DateTimeOffset until = Now + within;
        while (!done())
        {
            if (!StepBefore(until))
            {
                throw Failure($"{what}: not within {within} {describe?.Invoke()}", null);
            }
        }
    }

    public SimulationException Failure(string message, Exception? inner) => new(
        string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, step {Steps}, {Now:O}: {message}\n{Trace.Tail(60)}"), inner);

    /// <summary>Everything that is controlled comes here; what has left the one thread is not.</summary>
    public void RequireOwnThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            InvalidOperationException left = new("Code left the thread of the simulation: the run is not deterministic.");
            Fail(left);
            throw left;
        }
    }

    private bool StepBefore(DateTimeOffset until)
    {
        RequireOwnThread();
        if (_failure is not null)
        {
            throw Failure(_failure.Message, _failure);
        }

        if (!_steps.TryPeek(out _, out (long AtTicks, long Order) first) || first.AtTicks > until.UtcTicks)
        {
            return false;
        }

        Action step = _steps.Dequeue();
        Now = new DateTimeOffset(Math.Max(first.AtTicks, Now.UtcTicks), TimeSpan.Zero);
        Steps++;
        SynchronizationContext? outer = SynchronizationContext.Current;

        // Without a context, what awaits with ConfigureAwait(false) goes on here and now, and not on another thread.
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            step();
        }
        catch (Exception exception) when (exception is not SimulationException)
        {
            throw Failure(exception.Message, exception);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        return true;
    }
}
