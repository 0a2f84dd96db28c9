using System.Globalization;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using static Tidemark.Core.Tests.Metrics.TestEvents;

namespace Tidemark.Core.Tests.Metrics;

/// <summary>Goal: what a configuration adds is counted exactly within its bounds, and states outlive a change of it.</summary>
public sealed class AddedCountsTests
{
    private static readonly AccumulatorLimits Limits = new(100, 100, 100) { Added = TestEvents.Added };

    [Theory]
    [InlineData(1, 256)]
    [InlineData(4, 256)]
    [InlineData(5, 204)]
    [InlineData(8, 128)]
    public void AddedBreakdown_SeveralOfThem_ShareFourTimesTheCapacity(int breakdowns, int capacity)
    {
        AddedMetrics added = AddedMetrics.Of(new InputOptions { Breakdowns = [.. Enumerable.Range(0, breakdowns).Select(i => Breakdown($"b{i}"))] });

        Assert.Equal(capacity, (AccumulatorLimits.Functions with { Added = added }).AddedBreakdown);
        Assert.Equal(1, new AccumulatorLimits(0, 1, 1) { Added = added }.AddedBreakdown);
    }

    [Fact]
    public void Of_OptionsThatAddNothing_IsNoneAndCostsNoState()
    {
        Assert.Same(AddedMetrics.None, AddedMetrics.Of(new InputOptions()));
        Assert.Same(AddedMetrics.None, AddedMetrics.Of(new InputOptions { Schema = "nginx" }));
        Assert.Null(new Accumulator(AccumulatorLimits.Local).Added);
        Assert.Null(new EngineOptions().Limits.Added is { IsEmpty: true } ? null : "something");
        Assert.True(AddedMetrics.Of(new InputOptions { Schema = "segment" }).HasCurrency);
        Assert.False(AddedMetrics.Of(new InputOptions
        {
            Schema = "segment", Fields = new Dictionary<string, FieldSource> { ["currency"] = new() },
        }).HasCurrency);
    }

    [Fact]
    public void Encode_Golden_KeepsItsBytes()
    {
        // A change of these bytes is a change of the format: stored state could no longer be read.
        Accumulator golden = Of(
            Limits,
            new TestEvent("page_view") { Added = ["a", null, null] },
            new TestEvent("purchase", Amount: 12_500) { Added = ["b", "spring", "eur"] },
            new TestEvent("purchase", Amount: 10_000) { Added = ["b", "", "more than sixteen bytes"] });
        byte[] bytes = AccumulatorCodec.Encode(golden);

        Assert.Equal(
            "544d4143020101030310e4570000000000000000000000000000061800020009706167655f76696577010107757263686173"
                + "650209290863616d706169676e00020000010006737072696e67010776617269616e74000200016101000162020a07057669657773010b25"
                + "03455552d43000000000000000000000000000000010270000000000000000000000000000200101220102912ac7c61b05db5a",
            Convert.ToHexStringLower(bytes));
        Assert.Equal(bytes, AccumulatorCodec.Encode(AccumulatorCodec.Decode(bytes, Limits)));
    }

    [Fact]
    public void Decode_StateOfBefore_CountsOnFromZero()
    {
        byte[] before = AccumulatorCodec.Encode(Of(Limits with { Added = AddedMetrics.None }, new TestEvent("purchase", Amount: 10_000)));

        Accumulator read = AccumulatorCodec.Decode(before, Limits);
        read.Merge(Of(Limits, new TestEvent("purchase", Amount: 20_000) { Added = ["a", null, "EUR"] }));

        Assert.Equal(before, AccumulatorCodec.Encode(AccumulatorCodec.Decode(before, Limits)));
        Assert.Equal([new KeyCount("a", 1)], read.Added!.Breakdowns[0].All());

        // Of what was counted before no currency is known, and it is not passed off as one.
        Assert.Equal(
            [("EUR", 20_000), ("unknown", 10_000)],
            read.Added.Currencies!.Of(read.RevenueTenThousandths).Select(sum => (sum.Key, (int)sum.Value)));
    }

    [Fact]
    public void Decode_UnderOtherNames_KeepsWhatHasTheSameNameWhateverItsPlace()
    {
        byte[] state = AccumulatorCodec.Encode(Of(Limits, new TestEvent("page_view") { Added = ["a", "spring", null] }));
        AddedMetrics other = AddedMetrics.Of(new InputOptions
        {
            Breakdowns = [Breakdown("campaign"), Breakdown("browser")],
            Counters = [new("clicks_too", "click"), new("views", "page_view")],
        });

        Accumulator read = AccumulatorCodec.Decode(state, Limits with { Added = other });

        Assert.Equal([new KeyCount("spring", 1)], read.Added!.Breakdowns[0].All());
        Assert.Equal(0, read.Added.Breakdowns[1].Count);
        Assert.Equal([0L, 1], read.Added.Counters);
        Assert.Null(AccumulatorCodec.Decode(state, AccumulatorLimits.Local).Added);
    }

    [Fact]
    public void Merge_UnderOtherNames_AddsWhatHasTheSameName()
    {
        Accumulator a = new(Limits with { Added = AddedMetrics.Of(new InputOptions { Breakdowns = [Breakdown("campaign")] }) });
        a.Merge(Of(Limits, new TestEvent("click") { Added = ["a", "spring", null] }));
        a.Merge(Of(Limits with { Added = AddedMetrics.None }, new TestEvent("click")));

        Assert.Equal([new KeyCount("spring", 1)], a.Added!.Breakdowns[0].All());
        Assert.Equal(2, a.TotalEvents);
    }

    [Fact]
    public void Add_MoreKeysThanTheCapacity_IsWithinTheBoundThatIsReported()
    {
        Accumulator a =
            Of(Limits, Enumerable.Range(0, 5_000).Select(i => new TestEvent("click") { Added = [i % 3 == 0 ? "hot" : $"k{i}", null, null] }));

        KeyCounter variants = a.Added!.Breakdowns[0];
        Assert.Equal(100, variants.Count);
        Assert.True(variants.MaxError > 0);
        Assert.InRange(variants.CountOf("hot"u8), 1_667, 1_667 + variants.MaxError);
    }

    [Fact]
    public void EncodeWithin_HostileKeysOfAddedBreakdowns_FitsAndReportsTheError()
    {
        AddedMetrics eight = AddedMetrics.Of(new InputOptions { Breakdowns = [.. Enumerable.Range(0, 8).Select(i => Breakdown($"b{i}"))] });
        Accumulator a = Of(AccumulatorLimits.Functions with { Added = eight }, Enumerable.Range(0, 300).Select(i => new TestEvent("click")
        {
            Added = [.. Enumerable.Range(0, 8).Select(b => $"{i:x8}{b}" + new string((char)('a' + b), 490))],
        }));
        const int Most = 180_000;

        byte[] bytes = AccumulatorCodec.EncodeWithin(a, Most);

        Assert.InRange(bytes.Length, Most / 2, Most);
        Assert.All(a.Added!.Breakdowns, breakdown => Assert.True(breakdown.MaxError > 0 && breakdown.Count > 1));
        Assert.Equal(bytes, AccumulatorCodec.Encode(AccumulatorCodec.Decode(bytes, a.Limits)));
    }

    [Theory]
    [InlineData("EUR", "EUR")]
    [InlineData(" eur\t", "EUR")]
    [InlineData("", "unknown")]
    [InlineData(" ", "unknown")]
    [InlineData(null, "unknown")]
    [InlineData("other", "OTHER")]
    [InlineData("unknown", "UNKNOWN")]
    [InlineData("äö", "äö")]
    [InlineData("sixteen bytes ok", "SIXTEEN BYTES OK")]
    [InlineData("seventeen bytes !", "other")]
    [InlineData("a\0", "other")]
    public void Add_CurrencyText_IsSummedUnder(string? text, string expected)
    {
        Accumulator a = Of(Limits, new TestEvent("purchase", Amount: 5) { Added = [null, null, text] });

        Assert.Equal(expected, Assert.Single(a.Added!.Currencies!.Of(5)).Key);
    }

    [Fact]
    public void Add_HostileCurrencies_KeepTheListedAndTheFirstOthersWhateverTheOrder()
    {
        Random random = new(7);
        string[] codes = ["EUR", "usd", .. Enumerable.Range(0, 500).Select(i => $"Q{i:d3}")];
        TestEvent[] events = [.. codes.Select((code, i) => new TestEvent("purchase", Amount: i + 1) { Added = [null, null, code] })];
        byte[] expected = AccumulatorCodec.Encode(Of(Limits, events));
        for (int i = 0; i < 20; i++)
        {
            random.Shuffle(events);
            int cut = random.Next(events.Length);
            Assert.Equal(expected, AccumulatorCodec.Encode(Merged(Limits, Of(Limits, events[..cut]), Of(Limits, events[cut..]))));
        }

        Accumulator all = Of(Limits, events);
        IReadOnlyList<KeyValuePair<string, Int128>> sums = all.Added!.Currencies!.Of(all.RevenueTenThousandths);
        Assert.Equal(
            ["EUR", .. Enumerable.Range(0, CurrencySums.MaxUnlisted).Select(i => $"Q{i:d3}"), "USD", "other"], sums.Select(sum => sum.Key));
        Assert.Equal(all.RevenueTenThousandths, sums.Aggregate(Int128.Zero, (total, sum) => total + sum.Value));
    }

    [Fact]
    public void Merge_AmountsOfSeveralCurrencies_HaveNoRevenueButThatOfEach()
    {
        WindowResult result = Result(Purchase(10_000, "EUR"), Purchase(5_000, "eur"), Purchase(20_000, "USD"), Purchase(0, "SEK"));

        Assert.Null(result.Revenue);
        Assert.Null(result.Averages!.Revenue);
        Assert.Equal([new KeyAmount("EUR", 1.5m), new KeyAmount("USD", 2m)], result.RevenueByCurrency);
    }

    [Theory]
    [InlineData("EUR", "EUR", 3)]
    [InlineData(null, null, 3)]
    [InlineData("EUR", null, null)]
    [InlineData("a currency of many", "a currency of many", null)]
    public void Merge_TwoPurchases_HaveARevenueOnlyWhenItIsOfOneCurrency(string? first, string? second, int? revenue)
    {
        WindowResult result = Result(Purchase(10_000, first), Purchase(20_000, second));

        Assert.Equal(revenue, result.Revenue);
        Assert.Equal(3, result.RevenueByCurrency!.Sum(entry => entry.Amount));
    }

    [Fact]
    public void Merge_NoPurchases_HaveARevenueOfZero() => Assert.Equal(0, Result(new TestEvent("click") { Added = [null, null, "EUR"] }).Revenue);

    [Fact]
    public void Merge_SumOfACurrencyPastTheGreatest_IsCutAndSaysSo()
    {
        WindowResult result = Result(
            Purchase(Accumulator.MaxRevenueTenThousandths, "EUR"), Purchase(1, "EUR"), Purchase(-Accumulator.MaxRevenueTenThousandths, "USD"));

        Assert.True(result.RevenueOverflow);
        Assert.Equal(
            [new KeyAmount("EUR", 99_999_999_999_999.9999m), new KeyAmount("USD", -99_999_999_999_999.9999m)], result.RevenueByCurrency);
    }

    [Theory]
    [InlineData("09 00")] // a section for nothing
    [InlineData("0a 00")]
    [InlineData("0b 00")]
    [InlineData("0a 04 01 62 01 00", 1)] // no count
    [InlineData("0a 03 01 62 02")] // more than events
    [InlineData("0a 06 01 62 01 01 61 01")] // not in order
    [InlineData("0a 03 01 42 01")] // no name
    [InlineData("09 04 01 62 00 00")] // no keys
    [InlineData("0b 14 03 65 75 72 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")] // not in upper case
    [InlineData("0b 14 03 45 55 52 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")] // an amount without a purchase
    [InlineData("0b 11 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 11 00 01")] // cut
    public void Decode_SectionsThatNobodyWrites_AreRefused(string section, int events = 1)
    {
        byte[] bytes = [.. section.Split(' ').Select(part => byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        List<byte> state = [.. "TMAC"u8, AccumulatorCodec.Version, 1, 1, (byte)events, .. bytes];
        byte[] checksum = BitConverter.GetBytes(MurmurHash64A.Hash(state.ToArray()));

        Assert.Throws<InvalidDataException>(() => AccumulatorCodec.Decode([.. state, .. checksum], Limits));
    }

    private static TestEvent Purchase(long tenThousandths, string? currency) =>
        new("purchase", Amount: tenThousandths) { Added = [null, null, currency] };

    private static WindowResult Result(params TestEvent[] events)
    {
        WindowDefinition hour = new() { Name = "1hour", Size = TimeSpan.FromHours(1) };
        return new WindowMerger(new EngineOptions())
            .Merge(Publication.Of(hour, new Interval(3_600_000, 7_200_000), Phase.OnTime, 1, 7_300_000, [Of(Limits, events)]));
    }
}
