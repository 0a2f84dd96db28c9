namespace Tidemark.Support.Durable;

/// <summary>
/// Takes the work of one kind out of its queues. When a call of the store fails in the middle of a piece of work, it takes a piece only
/// every ten seconds, until five have gone well, as the dispatchers of the Durable Task Framework do: everything of this kind waits behind
/// them.
/// </summary>
internal sealed class Dispatcher(World world)
{
    private const int SlowPieces = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private DateTimeOffset _next;
    private int _slow;

    /// <summary>Has a piece of work done when a time has passed, or later.</summary>
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

/// <summary>A call of the store failed: it was busy, or what was read was replaced in that moment.</summary>
public sealed class StoreException(string message) : Exception(message);
