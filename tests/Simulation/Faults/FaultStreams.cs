using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>
/// Decides whether a fault occurs, with a separate random stream for each kind, so that disabling a kind does not change the draws of the
/// others. Counts injected faults.
/// </summary>
internal sealed class FaultStreams(int seed, World world, IReadOnlySet<string> off)
{
    private readonly Dictionary<string, Stream> _byExpression = [];
    private readonly Dictionary<string, long> _injected = [];

    /// <summary>Whether faults may occur; false at the end of a run.</summary>
    public bool HaveStopped { get; private set; }

    /// <summary>The number of faults by kind.</summary>
    public IReadOnlyDictionary<string, long> Injected
    {
        get
        {
            SortedDictionary<string, long> all = new(_injected, StringComparer.Ordinal);
            foreach (Stream stream in _byExpression.Values.Where(stream => stream.Struck > 0 && !stream.IsChoice))
            {
                all[stream.Kind] = all.GetValueOrDefault(stream.Kind) + stream.Struck;
            }

            return all;
        }
    }

    public void Stop() => HaveStopped = true;

    /// <summary>Whether faults of a kind may occur.</summary>
    public bool IsOn(string kind) => !HaveStopped && !off.Contains(kind);

    /// <summary>Counts a planned fault, which does not occur by chance.</summary>
    public void Count(string kind) => _injected[kind] = _injected.GetValueOrDefault(kind) + 1;

    /// <summary>Decides the world's chances. The expression ends with the name of the kind; a number is not a fault but a choice.</summary>
    public bool Strikes(double probability, string expression)
    {
        if (probability <= 0)
        {
            return false;
        }

        if (!_byExpression.TryGetValue(expression, out Stream? stream))
        {
            _byExpression.Add(expression, stream = new Stream(seed, expression, off));
        }

        if (stream.IsChoice)
        {
            return world.Random.NextDouble() < probability;
        }

        bool strikes = stream.Random.NextDouble() < probability && !HaveStopped && !stream.IsOff;
        stream.Struck += strikes ? 1 : 0;
        return strikes;
    }

    private sealed class Stream
    {
        public Stream(int seed, string expression, IReadOnlySet<string> off)
        {
            Kind = expression[(expression.LastIndexOf('.') + 1)..];
            IsChoice = char.IsAsciiDigit(Kind[0]);
            IsOff = off.Contains(Kind);
            Random = new Random(Seeds.Mix(seed, Kind));
        }

        public string Kind { get; }

        public bool IsChoice { get; }

        public bool IsOff { get; }

        public Random Random { get; }

        public long Struck { get; set; }
    }
}

/// <summary>Independent seeds for the streams.</summary>
internal static class Seeds
{
    public static int Mix(int seed, string name)
    {
        ulong hash = 14695981039346656037 ^ (uint)seed;
        foreach (char c in name)
        {
            hash = unchecked((hash ^ c) * 1099511628211);
        }

        hash ^= hash >> 29;
        return (int)(hash & int.MaxValue);
    }
}
