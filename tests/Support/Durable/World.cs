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

    /// <summary>The faults. May be changed while the world runs; most runs end with a time without faults.</summary>
    public Faults Faults { get; set; }

    public long Steps { get; private set; }

    /// <summary>
    /// Decides, instead of <see cref="Random"/>, whether something happens, given its probability and the expression of the argument.
    /// </summary>
    public Func<double, string, bool>? Judge { get; set; }

    public bool Chance(double probability, [CallerArgumentExpression(nameof(probability))] string kind = "") =>
        Judge is { } judge ? judge(probability, kind) : probability > 0 && Random.NextDouble() < probability;

    /// <summary>The usual duration of a step: never zero, and different each time, so that messages overtake each other.</summary>
    public TimeSpan Latency(Hop hop = Hop.Queue) =>
        Faults.Delays is { } delays ? delays.Of(hop, Random) : TimeSpan.FromTicks(1 + Random.NextInt64(Faults.Latency.Ticks));

    /// <summary>The usual duration of a message; one from another instance than its reader's also waits until the queue is read.</summary>
    public TimeSpan Delivery() =>
        Latency() + (Faults.PollingWait > TimeSpan.Zero && Random.Next(2) == 0 ? Faults.PollingWait * Random.NextDouble() : TimeSpan.Zero);

    /// <summary>A duration up to the long delay, short ones more often.</summary>
    public TimeSpan LongDelay() => Faults.LongDelay * Math.Pow(Random.NextDouble(), 2);

    public void After(TimeSpan delay, Action step) => _steps.Enqueue(step, ((Now + delay).UtcTicks, _order++));

    public void Note(string who, string what) => Trace.Add(Now, who, what);

    /// <summary>Same as above; the text is not formatted when the trace is off.</summary>
    public void Note(string who, [InterpolatedStringHandlerArgument("")] ref NoteText what) => Trace.Add(Now, who, what.ToString());

    /// <summary>Ends the run at the next step with a failure; the first one is reported.</summary>
    public void Fail(Exception failure)
    {
        _failure ??= failure;
        Note("FAILURE", failure.Message);
    }

    /// <summary>Runs all steps before an instant, which becomes the current time.</summary>
    public void RunFor(TimeSpan span)
    {
        DateTimeOffset until = Now + span;
        while (StepBefore(until))
        {
        }

        Now = until;
    }

    /// <summary>Runs until a condition holds; fails if that takes too long.</summary>
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

    /// <summary>The synchronization context that keeps everything on the one thread; work that has left the thread fails the run.</summary>
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

        // Without a context, code after ConfigureAwait(false) continues here immediately, not on another thread.
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
