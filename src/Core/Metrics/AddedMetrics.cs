using System.Runtime.CompilerServices;
using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>What the configuration makes an accumulator count beyond what every one counts. Immutable.</summary>
public sealed class AddedMetrics
{
    private static readonly ConditionalWeakTable<InputOptions, AddedMetrics> Known = [];

    private readonly CountedType[] _types;

    private AddedMetrics(InputOptions input)
    {
        Breakdowns = [.. input.Breakdowns.Select(breakdown => breakdown.Name)];
        Counters = [.. input.Counters.Select(counter => counter.Name)];
        HasCurrency = input.HasCurrency;
        HasSessions = input.Sessions is not null;
        BreakdownsByName = PlacesByName(Breakdowns);
        CountersByName = PlacesByName(Counters);
        _types = [.. input.Counters.Select(counter => new CountedType(counter.EventType))];
    }

    /// <summary>Nothing more.</summary>
    public static AddedMetrics None { get; } = new(new InputOptions());

    /// <summary>The names of the breakdowns, in the order of the options.</summary>
    public IReadOnlyList<string> Breakdowns { get; }

    /// <summary>The names of the counters, in the order of the options.</summary>
    public IReadOnlyList<string> Counters { get; }

    /// <summary>Whether the revenue is summed by currency.</summary>
    public bool HasCurrency { get; }

    /// <summary>Whether the sessions that start and end are counted.</summary>
    public bool HasSessions { get; }

    /// <summary>Whether there is nothing to count.</summary>
    public bool IsEmpty => Breakdowns.Count == 0 && Counters.Count == 0 && !HasCurrency && !HasSessions;

    /// <summary>The places of the breakdowns in the order of their names.</summary>
    internal int[] BreakdownsByName { get; }

    /// <summary>The places of the counters in the order of their names.</summary>
    internal int[] CountersByName { get; }

    /// <summary>The event type of each counter.</summary>
    internal ReadOnlySpan<CountedType> Types => _types;

    /// <summary>What options add; the same object for the same options.</summary>
    public static AddedMetrics Of(InputOptions input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input is { Breakdowns: [], Counters: [], Schema: null, Fields.Count: 0, Sessions: null } ? None : Known.GetValue(input, static input =>
        {
            AddedMetrics added = new(input);
            return added.IsEmpty ? None : added;
        });
    }

    private static int[] PlacesByName(IReadOnlyList<string> names) =>
        [.. Enumerable.Range(0, names.Count).OrderBy(place => names[place], StringComparer.Ordinal)];

    /// <summary>An event type that is counted, and the hash that its key has in this process.</summary>
    internal readonly struct CountedType(string type)
    {
        private readonly byte[] _type = Encoding.UTF8.GetBytes(type);
        private readonly uint _hash = EventKey.Hash(Encoding.UTF8.GetBytes(type));

        public bool Is(KeyRef key, EventBatch batch) => key.Hash == _hash && batch.Bytes(key).SequenceEqual(_type);
    }
}
