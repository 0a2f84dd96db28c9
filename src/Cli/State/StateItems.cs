namespace Tidemark.Cli.State;

/// <summary>
/// What a checkpoint names and does not repeat: pieces that never change, each written once under a number of its own. Not thread-safe.
/// </summary>
internal sealed class StateItems
{
    private readonly List<(long Number, byte[] Bytes)> _new = [];
    private readonly List<long> _used = [];
    private long _last;

    /// <param name="last">The greatest number that was ever given.</param>
    public StateItems(long last = 0) => _last = last;

    /// <summary>Pieces that the checkpoint being made is the first to name.</summary>
    public IReadOnlyList<(long Number, byte[] Bytes)> New => _new;

    /// <summary>The numbers of all pieces that the checkpoint being made names.</summary>
    public IReadOnlyList<long> Used => _used;

    /// <summary>Starts another checkpoint.</summary>
    public void Begin()
    {
        _new.Clear();
        _used.Clear();
    }

    /// <summary>A number that was never given before.</summary>
    public long NewNumber() => ++_last;

    /// <summary>Adds a piece that was not written before.</summary>
    public void Add(long number, byte[] bytes) => _new.Add((number, bytes));

    /// <summary>Names a piece.</summary>
    public void Use(long number) => _used.Add(number);
}
