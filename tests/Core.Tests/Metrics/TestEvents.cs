using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Metrics;

/// <summary>An event as a test writes it down.</summary>
internal sealed record TestEvent(string Type, string? User = null, string? Page = null,
    string? Country = null, string? Device = null, long? Amount = null, bool BadAmount = false)
{
    /// <summary>The keys of the breakdowns and of the currency of <see cref="TestEvents.Added"/>.</summary>
    public string?[]? Added { get; init; }
}

/// <summary>Batches made by hand: the text holds the keys one after the other.</summary>
internal static class TestEvents
{
    public static readonly AccumulatorLimits SmallLimits = new(50, 8, 4);

    /// <summary>Two breakdowns, two counters, and currencies.</summary>
    public static readonly AddedMetrics Added = AddedMetrics.Of(new InputOptions
    {
        Breakdowns = [Breakdown("variant"), Breakdown("campaign")],
        Counters = [new("views", "page_view"), new("long_ones", "a type of more than sixteen bytes")],
        Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["currency"] } },
    });

    public static AddedBreakdown Breakdown(string name) => new(name, new FieldSource { Paths = [name] });

    public static EventBatch Batch(IEnumerable<TestEvent> events)
    {
        MemoryStream text = new();
        List<EventRecord> records = [];
        TestEvent[] all = [.. events];
        foreach (TestEvent e in all)
        {
            EventKind kind = EventKinds.Of(Encoding.UTF8.GetBytes(e.Type));
            records.Add(new EventRecord
            {
                Kind = kind,
                EventType = Key(text, e.Type),
                Page = Key(text, kind == EventKind.PageView ? e.Page : null),
                Country = Key(text, e.Country),
                Device = Key(text, e.Device),
                HasUser = e.User is not null,
                UserHash = e.User is null ? 0 : MurmurHash64A.Hash(Encoding.UTF8.GetBytes(e.User)),
                Amount = kind != EventKind.Purchase ? AmountState.Absent
                    : e.BadAmount ? AmountState.Invalid
                    : e.Amount is null ? AmountState.Absent : AmountState.Valid,
                AmountTenThousandths = e.Amount ?? 0,
            });
        }

        KeyRef[][] added = [.. all.Select(e => (e.Added ?? []).Select(key => Key(text, key)).ToArray())];
        EventBatch batch = new();
        batch.Reset(text.ToArray());
        for (int i = 0; i < records.Count; i++)
        {
            ref EventRecord record = ref batch.Add();
            record = records[i];
            added[i].CopyTo(batch.ReserveAdded(added[i].Length, out record.Added));
        }

        return batch;
    }

    public static Accumulator Of(AccumulatorLimits limits, params IEnumerable<TestEvent> events)
    {
        EventBatch batch = Batch(events);
        Accumulator accumulator = new(limits);
        foreach (ref readonly EventRecord record in batch.Records)
        {
            accumulator.Add(in record, batch);
        }

        return accumulator;
    }

    public static Accumulator Merged(AccumulatorLimits limits, params IEnumerable<Accumulator> parts)
    {
        Accumulator result = new(limits);
        foreach (Accumulator part in parts)
        {
            result.Merge(part);
        }

        return result;
    }

    public static void Add(this KeyCounter counter, string key, long count = 1)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        counter.Add(EventKey.Hash(bytes), bytes, count);
    }

    /// <summary>A good 64-bit mixer (splitmix64, Sebastiano Vigna, public domain): distinct inputs give distinct outputs.</summary>
    public static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15UL;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }

    private static KeyRef Key(MemoryStream text, string? key)
    {
        if (key is null)
        {
            return KeyRef.Absent;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(key);
        int offset = (int)text.Position;
        text.Write(bytes);
        return new KeyRef(offset, bytes.Length, EventKey.Hash(bytes));
    }
}
