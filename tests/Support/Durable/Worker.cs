namespace Tidemark.Support.Durable;

/// <summary>
/// A process of the app. All its awaits go through here, so it can die at any of them and nothing of it runs afterwards. Code after a
/// response runs within the step of the response, whether or not it awaits with ConfigureAwait(false).
/// </summary>
internal sealed class Worker
{
    private readonly Dictionary<Type, object> _services = [];

    public Worker(World world, string name)
    {
        World = world;
        Name = name;
        Time = new WorkerTime(this);
    }

    public World World { get; }

    public string Name { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Its clock, which may be wrong by <see cref="Skew"/>.</summary>
    public TimeProvider Time { get; }

    public TimeSpan Skew { get; set; }

    /// <summary>The number of external calls that it has awaited.</summary>
    public int Awaits { get; private set; }

    /// <summary>The await at which it dies, counted from 1: before its effect, or after it.</summary>
    public (int Await, bool AfterEffect)? CrashAt { get; set; }

    /// <summary>Called once, when it has died.</summary>
    public event Action? Died;

    /// <summary>Gets an object of which there is one per process, like a singleton of a container.</summary>
    public T Single<T>(Func<Worker, T> make)
        where T : class
    {
        if (!_services.TryGetValue(typeof(T), out object? service))
        {
            _services.Add(typeof(T), service = make(this));
        }

        return (T)service;
    }

    public void Kill()
    {
        if (IsAlive)
        {
            IsAlive = false;
            World.Note(Name, "dies");
            Died?.Invoke();
        }
    }

    /// <summary>Starts work in this process. <paramref name="ended"/> is called with the outcome, unless the process died before.</summary>
    public void Start(string what, Func<Task> run, Action<Exception?> ended)
    {
        World.Note(Name, what);
        World.After(TimeSpan.Zero, () => Answer(Observe));

        async void Observe()
        {
            try
            {
                await run();
            }
#pragma warning disable CA1031 // Whatever a function throws is its caller's to judge.
            catch (Exception exception)
            {
                Answer(() => ended(exception));
                return;
            }
#pragma warning restore CA1031

            Answer(() => ended(null));
        }
    }

    /// <summary>
    /// An external call: it takes effect on arrival, even if the caller has died meanwhile, and the response comes later, unless the
    /// caller is dead.
    /// </summary>
    public Task<T> CallAsync<T>(string what, Func<T> effect)
    {
        World.RequireOwnThread();
        TaskCompletionSource<T> answer = new();
        bool dies = CountAwait(out bool afterEffect);
        if (!IsAlive || (dies && !afterEffect))
        {
            Kill();
            return answer.Task;
        }

        World.After(World.Latency(Hop.Call), () =>
        {
            World.Note(Name, what);
            Action complete = Effect(effect, answer);
            if (dies)
            {
                Kill();
            }

            World.After(World.Latency(Hop.Call), () => Answer(complete));
        });
        return answer.Task;
    }

    public Task CallAsync(string what, Action effect) => CallAsync(what, () =>
    {
        effect();
        return true;
    });

    internal void FireTimer(Action callback)
    {
        if (CountAwait(out _))
        {
            Kill();
        }

        Answer(callback);
    }

    private static Action Effect<T>(Func<T> effect, TaskCompletionSource<T> answer)
    {
        try
        {
            T value = effect();
            return () => answer.SetResult(value);
        }
#pragma warning disable CA1031 // What a call throws is its answer.
        catch (Exception exception)
        {
            return () => answer.SetException(exception);
        }
#pragma warning restore CA1031
    }

    private bool CountAwait(out bool afterEffect)
    {
        Awaits++;
        afterEffect = CrashAt?.AfterEffect ?? false;
        return IsAlive && CrashAt?.Await == Awaits;
    }

    private void Answer(Action complete)
    {
        if (IsAlive)
        {
            complete();
        }
    }
}
