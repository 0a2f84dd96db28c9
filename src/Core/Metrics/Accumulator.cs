using System.Runtime.CompilerServices;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Metrics;

/// <summary>
/// The mergeable state behind a window's metrics: the events of one pane, of one shard of a pane, or of any number of them merged.
/// Its size is bounded by its limits. Not thread-safe.
/// </summary>
public sealed class Accumulator
{
    /// <summary>The greatest revenue that can be displayed, in ten-thousandths: 14 integer and 4 fraction digits.</summary>
    public const long MaxRevenueTenThousandths = 999_999_999_999_999_999;

    // Far enough ahead for the memory to respond, near enough for the cache line to be still there.
    private const int PrefetchDistance = 12;

    private long _totalEvents;
    private long _invalidAmounts;
    private Int128 _revenue; // cannot overflow: 2^63 events of 60 bits

    // Indexed by EventKind. A kind beyond the capacity throws; it is never counted as another kind.
    private KindCounts _ofKind;
    private KindPlaces _kindPlaces; // per kind: the place of its event type in EventTypes, plus 1; 0 while unknown

    /// <summary>An empty accumulator.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public Accumulator(AccumulatorLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Limits = limits;
        Users = new UserSet(limits.ExactUsers);
        Pages = new KeyCounter(limits.Pages);
        EventTypes = new KeyCounter(limits.Breakdown);
        Countries = new KeyCounter(limits.Breakdown);
        Devices = new KeyCounter(limits.Breakdown);
        Added = AddedFor(limits);
    }

    /// <summary>Restores a decoded accumulator.</summary>
    internal Accumulator(
        AccumulatorLimits limits, AccumulatorTotals totals, UserSet users,
        KeyCounter pages, KeyCounter eventTypes, KeyCounter countries, KeyCounter devices, AddedCounts? added)
    {
        Limits = limits;
        _totalEvents = totals.Events;
        _ofKind = totals.OfKind;
        _invalidAmounts = totals.InvalidAmounts;
        _revenue = totals.Revenue;
        Users = users;
        Pages = pages;
        EventTypes = eventTypes;
        Countries = countries;
        Devices = devices;
        Added = added;
    }

    /// <summary>The limits up to which it counts exactly.</summary>
    public AccumulatorLimits Limits { get; }

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _totalEvents == 0 && Added?.Sessions is null or { IsEmpty: true };

    /// <summary>Events of any type.</summary>
    public long TotalEvents => _totalEvents;

    /// <summary>Events of type <c>page_view</c>.</summary>
    public long PageViews => CountOf(EventKind.PageView);

    /// <summary>Events of type <c>click</c>.</summary>
    public long Clicks => CountOf(EventKind.Click);

    /// <summary>Events of type <c>purchase</c>.</summary>
    public long Purchases => CountOf(EventKind.Purchase);

    /// <summary>Purchases whose amount is present but not a valid decimal.</summary>
    public long InvalidAmounts => _invalidAmounts;

    /// <summary>The sum of the amounts of purchases, in ten-thousandths; exact, of any size.</summary>
    public Int128 RevenueTenThousandths => _revenue;

    /// <summary>The sum of the amounts of purchases, with 4 fraction digits, clamped to ±99,999,999,999,999.9999.</summary>
    public decimal Revenue => ToAmount(_revenue);

    /// <summary>Whether <see cref="Revenue"/> was clamped.</summary>
    public bool RevenueOverflow => IsCut(_revenue);

    /// <summary>The distinct users.</summary>
    public UserSet Users { get; }

    /// <summary>Page views per page.</summary>
    public KeyCounter Pages { get; }

    /// <summary>Events per type.</summary>
    public KeyCounter EventTypes { get; }

    /// <summary>Events per country.</summary>
    public KeyCounter Countries { get; }

    /// <summary>Events per device type.</summary>
    public KeyCounter Devices { get; }

    /// <summary>What the configuration adds; null when that is nothing.</summary>
    public AddedCounts? Added { get; }

    /// <summary>The number of events of a kind.</summary>
    public long CountOf(EventKind kind) => _ofKind[(int)kind];

    /// <summary>An amount as it is shown: with 4 fraction digits, clamped to ±99,999,999,999,999.9999.</summary>
    internal static decimal ToAmount(Int128 tenThousandths) =>
        (long)Int128.Clamp(tenThousandths, -MaxRevenueTenThousandths, MaxRevenueTenThousandths) / 10_000m;

    /// <summary>Whether <see cref="ToAmount"/> clamps.</summary>
    internal static bool IsCut(Int128 tenThousandths) => Int128.Abs(tenThousandths) > MaxRevenueTenThousandths;

    /// <summary>Adds one accepted record.</summary>
    /// <param name="record">An accepted record of the batch.</param>
    /// <param name="batch">The batch that holds the record's keys.</param>
    public void Add(in EventRecord record, EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        AddRecord(in record, batch.Text.Span, batch);
    }

    /// <summary>Adds accepted records in order. Equivalent to <see cref="Add"/> for each, and faster for more than a few.</summary>
    /// <param name="records">Accepted records of the batch.</param>
    /// <param name="batch">The batch that holds the records' keys.</param>
    public void AddRange(ReadOnlySpan<EventRecord> records, EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ReadOnlySpan<byte> text = batch.Text.Span;
        for (int i = 0; i < records.Length; i++)
        {
            if (i + PrefetchDistance < records.Length)
            {
                ref readonly EventRecord next = ref records[i + PrefetchDistance];
                Users.Prefetch(next.UserHash);
                Pages.Prefetch(next.Page.Hash);
            }

            AddRecord(in records[i], text, batch);
        }
    }

    /// <summary>A deep copy. Costs the copying of the tables; nothing is hashed again.</summary>
    internal Accumulator Clone() => new(
        Limits,
        new AccumulatorTotals(_totalEvents, _ofKind, _invalidAmounts, _revenue),
        Users.Clone(),
        Pages.Clone(),
        EventTypes.Clone(),
        Countries.Clone(),
        Devices.Clone(),
        Added?.Clone());

    /// <summary>The empty part that the configuration adds; null when it adds nothing.</summary>
    internal static AddedCounts? AddedFor(AccumulatorLimits limits) =>
        limits.Added.IsEmpty ? null : new AddedCounts(limits.Added, limits.AddedBreakdown);

    /// <summary>The approximate size in bytes of the memory that <see cref="Clear"/> keeps.</summary>
    internal long KeptBytes => Users.KeptBytes + Pages.KeptBytes + EventTypes.KeptBytes + Countries.KeptBytes + Devices.KeptBytes
        + (Added?.KeptBytes ?? 0);

    /// <summary>Removes all content and keeps the memory for reuse.</summary>
    internal void Clear()
    {
        _totalEvents = _invalidAmounts = 0;
        _ofKind = default;
        _revenue = 0;
        _kindPlaces = default;
        Users.Clear();
        Pages.Clear();
        EventTypes.Clear();
        Countries.Clear();
        Devices.Clear();
        Added?.Clear();
    }

    /// <summary>Adds the content of <paramref name="other"/>, which is not changed.</summary>
    /// <exception cref="ArgumentException"><paramref name="other"/> is this accumulator.</exception>
    /// <exception cref="OverflowException">A count exceeds the range of a long; the accumulator must not be used afterwards.</exception>
    public void Merge(Accumulator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, other))
        {
            throw new ArgumentException("An accumulator cannot be merged with itself.", nameof(other));
        }

        MergeAllButUsers(other);
        Users.Merge(other.Users);
    }

    /// <summary>Adds everything that <paramref name="other"/> counted except its users, whose union costs most.</summary>
    /// <exception cref="OverflowException">A count leaves the range of a long; the accumulator is then of no use any more.</exception>
    internal void MergeAllButUsers(Accumulator other)
    {
        _totalEvents += other._totalEvents;
        for (int kind = 0; kind < EventKinds.Capacity; kind++)
        {
            _ofKind[kind] += other._ofKind[kind];
        }

        _invalidAmounts += other._invalidAmounts;
        _revenue += other._revenue;
        Pages.Merge(other.Pages);
        EventTypes.Merge(other.EventTypes);
        Countries.Merge(other.Countries);
        Devices.Merge(other.Devices);
        if (other.Added is not null)
        {
            Added?.Merge(other.Added);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(KeyCounter counter, KeyRef key, ReadOnlySpan<byte> text, EventBatch batch)
    {
        if (key.Length >= 0)
        {
            counter.Add(key.Hash, key.Offset >= 0 ? text.Slice(key.Offset, key.Length) : batch.Bytes(key));
        }
    }

    private void AddRecord(in EventRecord record, ReadOnlySpan<byte> text, EventBatch batch)
    {
        _totalEvents++;
        _ofKind[(int)record.Kind]++;
        if (record.HasUser)
        {
            Users.Add(record.UserHash);
        }

        CountType(in record, text, batch);
        Count(Countries, record.Country, text, batch);
        Count(Devices, record.Device, text, batch);
        if (record.Kind == EventKind.PageView)
        {
            Count(Pages, record.Page, text, batch);
        }
        else if (record.Kind == EventKind.Purchase)
        {
            AddAmount(in record);
        }

        Added?.Add(in record, batch);
    }

    /// <summary>Counts the event type. A known kind is counted at its remembered place, without comparing text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountType(in EventRecord record, ReadOnlySpan<byte> text, EventBatch batch)
    {
        int place = _kindPlaces[(int)record.Kind] - 1;
        if (place < 0 || !EventTypes.TryAddAt(place))
        {
            Count(EventTypes, record.EventType, text, batch);
            if (record.Kind != EventKind.Other && EventTypes.IsExact)
            {
                _kindPlaces[(int)record.Kind] = EventTypes.PlaceOf(record.EventType.Hash, batch.Bytes(record.EventType)) + 1;
            }
        }
    }

    private void AddAmount(in EventRecord record)
    {
        if (record.Amount == AmountState.Valid)
        {
            _revenue += record.AmountTenThousandths;
        }
        else if (record.Amount == AmountState.Invalid)
        {
            _invalidAmounts++;
        }
    }
}

/// <summary>One place per <see cref="EventKind"/>.</summary>
[InlineArray(EventKinds.Capacity)]
internal struct KindPlaces
{
    private int _first;
}

/// <summary>One count per <see cref="EventKind"/>.</summary>
[InlineArray(EventKinds.Capacity)]
internal struct KindCounts
{
    private long _first;
}

/// <summary>The scalar counters of an accumulator.</summary>
/// <param name="Events">Events of any type.</param>
/// <param name="OfKind">Events by kind, including <see cref="EventKind.Other"/>.</param>
/// <param name="InvalidAmounts">Purchases whose amount is present but not a valid decimal.</param>
/// <param name="Revenue">Revenue in ten-thousandths.</param>
internal readonly record struct AccumulatorTotals(long Events, KindCounts OfKind, long InvalidAmounts, Int128 Revenue);
