using System.Globalization;

namespace Tidemark.Support.Durable;

/// <summary>
/// The log of a run, one line per step. Only the tail is kept; a hash of all lines shows whether two runs were the same.
/// </summary>
internal sealed class Trace
{
    private const int Kept = 400;
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private readonly Queue<string> _tail = new();

    /// <summary>The FNV-1a hash of the characters of all lines so far.</summary>
    public ulong Hash { get; private set; } = FnvOffset;

    public long Lines { get; private set; }

    /// <summary>A trace without lines, for runs of which only the outcome matters. A run of the same seed can show the rest.</summary>
    public bool IsQuiet { get; set; }

    public void Add(DateTimeOffset at, string who, string what)
    {
        if (IsQuiet)
        {
            return;
        }

        string line = string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.fff} {who,-12} {what}");
        foreach (char c in line)
        {
            Hash = unchecked((Hash ^ c) * FnvPrime);
        }

        Lines++;
        _tail.Enqueue(line);
        if (_tail.Count > Kept)
        {
            _tail.Dequeue();
        }
    }

    public string Tail(int lines) => string.Join('\n', _tail.TakeLast(lines));
}
