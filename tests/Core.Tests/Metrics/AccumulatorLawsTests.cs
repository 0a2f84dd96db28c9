using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

/// <summary>The laws that let panes be cut and merged at will, on the encoded bytes; user sets cross their limit of 50 often.</summary>
public sealed class AccumulatorLawsTests
{
    private static readonly AccumulatorLimits Limits = new(50, 1_000, 1_000) { Added = TestEvents.Added };

    private static readonly AccumulatorLimits Small = SmallLimits with { Added = TestEvents.Added };

    private static Arbitrary<TestEvent[]> Events { get; } =
        (from type in Gen.Elements("page_view", "page_view", "click", "purchase", "search", "a type of more than sixteen bytes")
         from user in Gen.Choose(-5, 80)
         from page in Gen.Choose(-3, 30)
         from country in Gen.Elements("DE", "FR", "", null)
         from device in Gen.Elements("mobile", "desktop", null)
         from amount in Gen.Choose(-1_000_000, 1_000_000)
         from amountKind in Gen.Choose(0, 3)
         from variant in Gen.Choose(-3, 12)
         from currency in Gen.Choose(-20, 60)
         select new TestEvent(type, user < 0 ? null : $"u{user}", page < 0 ? null : KeyCounterTests.Name(page),
             country, device, amountKind == 0 ? null : amount, amountKind == 1)
         {
             Added = [variant < 0 ? null : $"v{variant}", country, currency < -10 ? null : currency < 0 ? "eur" : $"x{currency}"],
         })
        .ArrayOf().Resize(120).ToArbitrary();

    [Fact]
    public void Merge_WithEmpty_ChangesNothing()
        => Prop.ForAll(Events, events => Same(Of(Limits, events), Merged(Limits, Of(Limits, events), new Accumulator(Limits)))
            && Same(Of(Limits, events), Merged(Limits, new Accumulator(Limits), Of(Limits, events)))).QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_InEitherOrder_IsTheSame()
        => Prop.ForAll(Events, Events, (a, b) => Same(Merged(Limits, Of(Limits, a), Of(Limits, b)), Merged(Limits, Of(Limits, b), Of(Limits, a))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_HoweverGrouped_IsTheSame()
        => Prop.ForAll(Events, Events, Events, (a, b, c) =>
        {
            Accumulator x = Of(Limits, a), y = Of(Limits, b), z = Of(Limits, c);
            return Same(Merged(Limits, Merged(Limits, x, y), z), Merged(Limits, x, Merged(Limits, y, z)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_OfParts_EqualsReplayOfAll()
        => Prop.ForAll(Events, Events, (a, b) =>
        {
            Accumulator other = Of(Limits, b);
            byte[] before = AccumulatorCodec.Encode(other);
            return Same(Of(Limits, [.. a, .. b]), Merged(Limits, Of(Limits, a), other)) && AccumulatorCodec.Encode(other).SequenceEqual(before);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Encode_AnyOrderOfEvents_GivesTheSameBytes()
        => Prop.ForAll(Events, events => Same(Of(Limits, events), Of(Limits, events.Reverse()))).QuickCheckThrowOnFailure();

    [Fact]
    public void Decode_OfEncode_GoesOnAsTheOriginal()
        => Prop.ForAll(Events, Events, (a, b) =>
        {
            // Small limits: the sketches and the error bounds have to survive as well.
            Accumulator original = Of(Small, a);
            Accumulator restored = AccumulatorCodec.Decode(AccumulatorCodec.Encode(original), Small);
            bool same = Same(original, restored);
            EventBatch batch = Batch(b);
            original.AddRange(batch.Records, batch);
            restored.AddRange(batch.Records, batch);
            return same && Same(original, restored);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merge_WithItself_Throws()
    {
        Accumulator a = new(Limits);
        Assert.Throws<ArgumentException>(() => a.Merge(a));
    }

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(16_777_217, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 1_000_001)]
    public void New_LimitOutOfRange_Throws(int users, int pages, int breakdown)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new Accumulator(new AccumulatorLimits(users, pages, breakdown)));

    [Fact]
    public void Revenue_BeyondWhatIsShown_SaturatesAndSaysSoUntilRefunded()
    {
        const long most = Accumulator.MaxRevenueTenThousandths;
        Accumulator a = Of(AccumulatorLimits.Local, new TestEvent("purchase", Amount: most));
        Assert.Equal((99_999_999_999_999.9999m, false), (a.Revenue, a.RevenueOverflow));
        a.Merge(Of(AccumulatorLimits.Local, new TestEvent("purchase", Amount: 1)));
        Assert.Equal((99_999_999_999_999.9999m, true), (a.Revenue, a.RevenueOverflow));
        a.Merge(Of(AccumulatorLimits.Local, new TestEvent("purchase", Amount: -2)));
        Assert.Equal((99_999_999_999_999.9998m, false), (a.Revenue, a.RevenueOverflow));
        Accumulator b = Of(AccumulatorLimits.Local, Enumerable.Repeat(new TestEvent("purchase", Amount: -most), 30));
        Assert.Equal((-99_999_999_999_999.9999m, true), (b.Revenue, b.RevenueOverflow));
        Assert.Equal((Int128)(-most) * 30, b.RevenueTenThousandths);
        Assert.True(Same(b, AccumulatorCodec.Decode(AccumulatorCodec.Encode(b), AccumulatorLimits.Local)));
    }

    [Fact]
    public void AddRange_AfterWarmUp_AllocatesNothing()
    {
        EventBatch batch = Batch(Enumerable.Range(0, 2_000).Select(
            i => new TestEvent(i % 3 == 0 ? "purchase" : "page_view", $"u{i}", KeyCounterTests.Name(i % 300), $"C{i % 40}", "mobile", i)
            {
                Added = [$"v{i % 50}", null, $"x{i % 60}"],
            }));
        foreach (AccumulatorLimits limits in new[] { AccumulatorLimits.Local, SmallLimits, Limits })
        {
            Accumulator accumulator = new(limits);
            for (int i = 0; i < 3; i++)
            {
                accumulator.AddRange(batch.Records, batch);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            accumulator.AddRange(batch.Records, batch);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static bool Same(Accumulator a, Accumulator b) => AccumulatorCodec.Encode(a).AsSpan().SequenceEqual(AccumulatorCodec.Encode(b));
}
