using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

public sealed class AccumulatorTests
{
    private static readonly TestEvent[] Day =
    [
        new("page_view", "ann", "/home", "DE", "mobile"),
        new("page_view", "bob", "/home", "FR", "desktop"),
        new("page_view", "ann", "/a/page/with/a/path/longer/than/sixteen", "DE", "mobile"),
        new("click", "ann", null, "DE", "mobile"),
        new("purchase", "cy", null, "DE", "tablet", Amount: 99_500),
        new("purchase", "cy", null, "DE", null, Amount: -500),
        new("purchase", "dee", null, null, "tablet", BadAmount: true),
        new("purchase"),
        new("search", "", null, "", ""),
    ];

    [Fact]
    public void Add_MixedEvents_CountsEveryMetric()
    {
        Accumulator a = Of(AccumulatorLimits.Local, Day);

        Assert.Equal(9, a.TotalEvents);
        Assert.Equal(3, a.PageViews);
        Assert.Equal(1, a.Clicks);
        Assert.Equal(4, a.Purchases);
        Assert.Equal(1, a.InvalidAmounts);
        Assert.Equal(99_000, a.RevenueTenThousandths);
        Assert.Equal(9.9m, a.Revenue);
        Assert.False(a.RevenueOverflow);
        Assert.Equal(5, a.Users.Count);
        Assert.True(a.Users.IsExact);
        Assert.Equal([new("/home", 2), new("/a/page/with/a/path/longer/than/sixteen", 1)], a.Pages.All());
        Assert.Equal([new("purchase", 4), new("page_view", 3), new("click", 1), new("search", 1)], a.EventTypes.All());
        Assert.Equal([new("DE", 5), new("", 1), new("FR", 1)], a.Countries.All());
        Assert.Equal([new("mobile", 3), new("tablet", 2), new("", 1), new("desktop", 1)], a.Devices.All());
        Assert.False(a.IsEmpty);
    }

    [Fact]
    public void Encode_AfterRoundTrip_GivesEqualBytes()
    {
        Accumulator a = Of(AccumulatorLimits.Local, Day);
        byte[] bytes = AccumulatorCodec.Encode(a);
        Assert.Equal(bytes, AccumulatorCodec.Encode(AccumulatorCodec.Decode(bytes, AccumulatorLimits.Local)));
    }

    [Fact]
    public void AddRange_AnyRecords_EqualsAddOfEach()
    {
        TestEvent[] many = [.. Enumerable.Range(0, 200).Select(i => Day[i % Day.Length] with { User = "u" + (i % 70), Page = "/p" + (i % 13) })];
        EventBatch batch = Batch(many);
        Accumulator ranged = new(SmallLimits);
        ranged.AddRange(batch.Records, batch);
        Assert.Equal(AccumulatorCodec.Encode(Of(SmallLimits, many)), AccumulatorCodec.Encode(ranged));
    }

    [Fact]
    public void Add_MoreEventTypesThanFit_CountsKnownTypesLikeAnyOther()
    {
        // A known type is counted without comparing text, at the place where it was seen last; it may have been dropped from there.
        Random random = new(29);
        string[] types = ["page_view", "click", "purchase", "search", "add_to_cart", "other"];
        TestEvent[] events = [.. Enumerable.Range(0, 3_000).Select(i => new TestEvent(types[i < 50 ? i % 2 : random.Next(types.Length)]))];
        for (int capacity = 1; capacity <= types.Length; capacity++)
        {
            Accumulator accumulator = Of(new AccumulatorLimits(0, 1, capacity), events);
            KeyCounter expected = new(capacity);
            foreach (TestEvent e in events)
            {
                expected.Add(e.Type);
            }

            Assert.Equal(expected.All(), accumulator.EventTypes.All());
            Assert.Equal(expected.MaxError, accumulator.EventTypes.MaxError);
        }
    }

    [Fact]
    public void Add_EachKind_CountsForItAlone()
    {
        foreach (EventKind kind in EventKinds.Named)
        {
            Accumulator accumulator = Of(SmallLimits, new TestEvent(kind.TypeName()), new TestEvent("something else"));

            Assert.All(EventKinds.Named, other => Assert.Equal(other == kind ? 1 : 0, accumulator.CountOf(other)));
            Assert.Equal(2, accumulator.TotalEvents);
        }
    }

    [Fact]
    public void Add_KindBeyondTheCapacity_ThrowsAndCountsForNoOther()
    {
        EventBatch batch = new();
        batch.Reset("page_view"u8.ToArray());
        EventRecord record = new()
        {
            Kind = (EventKind)(EventKinds.Capacity + (int)EventKind.PageView),
            EventType = new KeyRef(0, 9, EventKey.Hash("page_view"u8)),
            Page = KeyRef.Absent,
            Country = KeyRef.Absent,
            Device = KeyRef.Absent,
        };
        Accumulator accumulator = new(SmallLimits);

        Assert.Throws<IndexOutOfRangeException>(() => accumulator.Add(in record, batch));
        Assert.Equal(0, accumulator.PageViews);
    }

    [Fact]
    public void Add_ScratchKeys_AreReadFromTheBatch()
    {
        EventBatch batch = new();
        batch.Reset("page_view"u8.ToArray());
        "/unescaped"u8.CopyTo(batch.ReserveScratch(10));
        int offset = batch.CommitScratch(10);
        batch.Add() = new EventRecord
        {
            Kind = EventKind.PageView,
            EventType = new KeyRef(0, 9, EventKey.Hash("page_view"u8)),
            Page = new KeyRef(offset, 10, EventKey.Hash("/unescaped"u8)),
            Country = KeyRef.Absent,
            Device = KeyRef.Absent,
        };
        Accumulator accumulator = new(SmallLimits);
        accumulator.AddRange(batch.Records, batch);
        Assert.Equal([new("/unescaped", 1)], accumulator.Pages.All());
        Assert.Equal(0, accumulator.Users.Count);
        Assert.Empty(accumulator.Countries.All());
    }
}
