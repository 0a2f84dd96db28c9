namespace Tidemark.Cli.Run;

/// <summary>
/// A lock that the stream takes again and again with nothing in between, and others now and then. The others go first: with a plain lock a
/// stream that is behind would keep them out for seconds.
/// </summary>
internal sealed class StreamLock
{
    private readonly object _lock = new();
    private int _waiting;

    /// <summary>Takes it for someone who comes now and then.</summary>
    /// <returns>Releases it.</returns>
    public Held Take()
    {
        Interlocked.Increment(ref _waiting);
        Monitor.Enter(_lock);
        Interlocked.Decrement(ref _waiting);
        return new Held(_lock);
    }

    /// <summary>Takes it for the stream, once nobody else waits.</summary>
    /// <returns>Releases it.</returns>
    public Held TakeForStream()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _waiting) > 0)
        {
            spin.SpinOnce();
        }

        Monitor.Enter(_lock);
        return new Held(_lock);
    }

    /// <summary>The lock while it is held.</summary>
    public readonly ref struct Held(object held)
    {
        /// <summary>Releases it.</summary>
        public void Dispose() => Monitor.Exit(held);
    }
}
