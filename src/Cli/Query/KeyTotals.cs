using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Query;

/// <summary>
/// Adds up breakdowns of several windows, in bounded memory: beyond <c>capacity</c> keys the smaller half is dropped, and
/// <see cref="MaxError"/> says by how much a count may be wrong.
/// </summary>
/// <param name="capacity">The maximum number of keys, 2 or more.</param>
internal sealed class KeyTotals(int capacity = KeyTotals.DefaultCapacity)
{
    private const int DefaultCapacity = 200_000;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The sum of all counts that were added.</summary>
    public long Total { get; private set; }

    /// <summary>No count is wrong by more than this.</summary>
    public long MaxError { get; private set; }

    /// <summary>Adds a breakdown.</summary>
    public void Add(Breakdown breakdown)
    {
        MaxError += breakdown.MaxError;
        foreach (KeyCount count in breakdown.Counts)
        {
            _counts[count.Key] = _counts.GetValueOrDefault(count.Key) + count.Count;
            Total += count.Count;
        }

        if (_counts.Count > capacity)
        {
            DropSmaller();
        }
    }

    /// <summary>The greatest counts, greatest first, ties by key.</summary>
    public Breakdown Top(int most) => new(
        [.. _counts.Select(pair => new KeyCount(pair.Key, pair.Value))
            .OrderByDescending(count => count.Count).ThenBy(count => count.Key, StringComparer.Ordinal).Take(most)],
        MaxError);

    private void DropSmaller()
    {
        List<KeyValuePair<string, long>> smaller = [.. _counts.OrderBy(pair => pair.Value).Take(_counts.Count - (capacity / 2))];
        MaxError += smaller[^1].Value;
        foreach ((string key, _) in smaller)
        {
            _counts.Remove(key);
        }
    }
}
