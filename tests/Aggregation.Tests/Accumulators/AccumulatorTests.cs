using Tidemark.Aggregation.Accumulators;
using Tidemark.Aggregation.Events;
using static Tidemark.Aggregation.Tests.Accumulators.TestEvents;

namespace Tidemark.Aggregation.Tests.Accumulators;

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
}
