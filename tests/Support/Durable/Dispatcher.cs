namespace Tidemark.Support.Durable;

/// <summary>
/// Takes the work of one kind from its queues. After a failed call to the store it takes one piece of work every ten seconds until five
/// have succeeded, as the dispatchers of the Durable Task Framework do; all other work of this kind waits meanwhile.
/// </summary>
internal sealed class Dispatcher(World world)
{
    private const int SlowPieces = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private DateTimeOffset _next;
    private int _slow;

    /// <summary>Schedules a piece of work after a delay, or later.</summary>
    public void Take(TimeSpan delay, Action work)
    {
        if (_slow == 0 && world.Chance(world.Faults.DispatcherBacksOff))
        {
            _slow = SlowPieces;
        }

        if (_slow > 0)
        {
            _slow--;
            _next = (_next > world.Now ? _next : world.Now) + Pause;
        }

        TimeSpan wait = _next - world.Now;
        world.After(wait > delay ? wait : delay, work);
    }
}

/// <summary>Records a failed call to the store: it was busy, or what was read was being replaced.</summary>
public sealed class StoreException(string message) : Exception(message);
