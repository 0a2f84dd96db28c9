using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;

namespace Tidemark.Core.Metrics;

/// <summary>The part of an <see cref="Accumulator"/> that the configuration adds. Bounded as the rest. Not thread-safe.</summary>
public sealed class AddedCounts
{
    private readonly KeyCounter[] _breakdowns;
    private readonly long[] _counters;

    internal AddedCounts(AddedMetrics metrics, int capacity)
    {
        Metrics = metrics;
        _breakdowns = [.. metrics.Breakdowns.Select(_ => new KeyCounter(capacity))];
        _counters = new long[metrics.Counters.Count];
        Currencies = metrics.HasCurrency ? new CurrencySums() : null;
        Sessions = metrics.HasSessions ? new SessionCounts() : null;
    }

    private AddedCounts(AddedCounts other)
    {
        Metrics = other.Metrics;
        _breakdowns = [.. other._breakdowns.Select(breakdown => breakdown.Clone())];
        _counters = [.. other._counters];
        Currencies = other.Currencies?.Clone();
        Sessions = other.Sessions?.Clone();
    }

    /// <summary>What is counted.</summary>
    public AddedMetrics Metrics { get; }

    /// <summary>Events by key, in the order of <see cref="AddedMetrics.Breakdowns"/>.</summary>
    public IReadOnlyList<KeyCounter> Breakdowns => _breakdowns;

    /// <summary>Events of each counted type, in the order of <see cref="AddedMetrics.Counters"/>.</summary>
    public IReadOnlyList<long> Counters => _counters;

    /// <summary>The amounts by currency; null when no currency is mapped.</summary>
    public CurrencySums? Currencies { get; }

    /// <summary>The sessions that start and end; null when there are none.</summary>
    public SessionCounts? Sessions { get; }

    /// <summary>The size in bytes of the memory that <see cref="Clear"/> keeps.</summary>
    internal long KeptBytes => _breakdowns.Sum(breakdown => breakdown.KeptBytes);

    internal void Add(in EventRecord record, EventBatch batch)
    {
        ReadOnlySpan<KeyRef> keys = batch.AddedKeys(in record);
        for (int i = 0; i < _breakdowns.Length; i++)
        {
            if (keys[i].IsPresent)
            {
                _breakdowns[i].Add(keys[i].Hash, batch.Bytes(keys[i]));
            }
        }

        ReadOnlySpan<AddedMetrics.CountedType> types = Metrics.Types;
        for (int i = 0; i < types.Length; i++)
        {
            _counters[i] += types[i].Is(record.EventType, batch) ? 1 : 0;
        }

        if (Currencies is not null && record.Amount == AmountState.Valid && record.AmountTenThousandths != 0
            && CurrencyCode.Of(batch.Bytes(keys[^1])) is { } code)
        {
            Currencies.Add(code, record.AmountTenThousandths);
        }
    }

    /// <summary>Adds what another accumulator counted under the same names; what has other names there is not counted here.</summary>
    internal void Merge(AddedCounts other)
    {
        for (int i = 0; i < _breakdowns.Length; i++)
        {
            if (PlaceOf(Metrics.Breakdowns, i, other.Metrics.Breakdowns) is >= 0 and var place)
            {
                _breakdowns[i].Merge(other._breakdowns[place]);
            }
        }

        for (int i = 0; i < _counters.Length; i++)
        {
            if (PlaceOf(Metrics.Counters, i, other.Metrics.Counters) is >= 0 and var place)
            {
                _counters[i] += other._counters[place];
            }
        }

        if (other.Currencies is not null)
        {
            Currencies?.Merge(other.Currencies);
        }

        if (other.Sessions is not null)
        {
            Sessions?.Merge(other.Sessions);
        }
    }

    internal AddedCounts Clone() => new(this);

    internal void Clear()
    {
        foreach (KeyCounter breakdown in _breakdowns)
        {
            breakdown.Clear();
        }

        Array.Clear(_counters);
        Currencies?.Clear();
        Sessions?.Clear();
    }

    /// <summary>Restores a decoded breakdown, unless there is none of this name now.</summary>
    internal void Restore(string name, KeyCounter counts)
    {
        if (PlaceOf(Metrics.Breakdowns, name) is >= 0 and var place)
        {
            _breakdowns[place] = counts;
        }
    }

    /// <summary>Restores a decoded counter, unless there is none of this name now.</summary>
    internal void Restore(string name, long count)
    {
        if (PlaceOf(Metrics.Counters, name) is >= 0 and var place)
        {
            _counters[place] = count;
        }
    }

    private static int PlaceOf(IReadOnlyList<string> names, int place, IReadOnlyList<string> others) =>
        ReferenceEquals(names, others) ? place : PlaceOf(others, names[place]);

    private static int PlaceOf(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}
