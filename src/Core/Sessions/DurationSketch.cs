using Tidemark.Core.Metrics;

namespace Tidemark.Core.Sessions;

/// <summary>
/// Quantiles of durations with a relative error of at most 1 %: a histogram whose bins are 2 % wide, after DDSketch (Masson, Rim and Lee, VLDB
/// 2019). Durations below 50 ms have bins of their own and are exact. Mergeable in any order; what was added can be taken away again. The bins
/// are whole numbers, so every machine has the same ones. Not thread-safe.
/// </summary>
public sealed class DurationSketch
{
    /// <summary>The greatest relative error of a quantile.</summary>
    public const double RelativeError = 0.01;

    // The longest session is 30 days long.
    private const long MaxMs = 30L * 24 * 3_600_000;

    // Of each bin the least duration; then the end of the last one.
    private static readonly long[] Bounds = MakeBounds();

    private long[]? _counts;

    /// <summary>Adds durations.</summary>
    /// <param name="durationMs">The duration, 0 ms to 30 days.</param>
    /// <param name="count">How many; negative to take away what was added.</param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is out of its range.</exception>
    public void Add(long durationMs, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(durationMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(durationMs, MaxMs);
        int place = Array.BinarySearch(Bounds, durationMs);
        (_counts ??= new long[Bounds.Length - 1])[place >= 0 ? place : ~place - 1] += count;
    }

    /// <summary>Adds the durations of another sketch.</summary>
    public void Merge(DurationSketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._counts is { } counts)
        {
            _counts ??= new long[counts.Length];
            for (int i = 0; i < counts.Length; i++)
            {
                _counts[i] += counts[i];
            }
        }
    }

    /// <summary>The duration in milliseconds that a share of all are not longer than (the nearest rank); null when there is none.</summary>
    /// <param name="share">0 to 1, such as 0.95.</param>
    public long? Quantile(decimal share)
    {
        long total = _counts?.Sum() ?? 0;
        if (total <= 0)
        {
            return null;
        }

        long rank = Math.Max(1, (long)Math.Ceiling(share * total));
        int i = 0;
        for (long before = _counts![0]; before < rank; before += _counts[i])
        {
            i++;
        }

        return (Bounds[i] + Bounds[i + 1] - 1) / 2;
    }

    internal bool IsEmpty => _counts is null || !_counts.AsSpan().ContainsAnyExcept(0);

    internal DurationSketch Clone() => new() { _counts = _counts is null ? null : [.. _counts] };

    internal void Clear() => _counts?.AsSpan().Clear();

    /// <summary>Writes the bins that hold something: how many, then of each the distance from the one before, and its count.</summary>
    internal void Write(ByteWriter writer)
    {
        writer.VarInt(_counts?.Count(count => count != 0) ?? 0);
        int next = 0;
        for (int i = 0; i < _counts?.Length; i++)
        {
            if (_counts[i] != 0)
            {
                writer.VarInt(i - next);
                writer.Signed(_counts[i]);
                next = i + 1;
            }
        }
    }

    internal static DurationSketch Read(ref ByteReader reader)
    {
        DurationSketch sketch = new();
        int next = 0;
        for (long left = reader.VarInt(Bounds.Length - 1, "durations"); left > 0; left--)
        {
            next += (int)reader.VarInt(Bounds.Length - 2 - next, "durations");
            (sketch._counts ??= new long[Bounds.Length - 1])[next++] = reader.Signed("durations");
        }

        return sketch;
    }

    private static long[] MakeBounds()
    {
        List<long> bounds = [0];
        while (bounds[^1] <= MaxMs)
        {
            bounds.Add(Math.Max(bounds[^1] + 1, bounds[^1] * 102 / 100));
        }

        return [.. bounds];
    }
}
