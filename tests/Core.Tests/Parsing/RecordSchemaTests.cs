using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Records whose fields are elsewhere than in Tidemark's own format.</summary>
public sealed class RecordSchemaTests
{
    private static readonly Dictionary<string, string> Types =
        new() { ["click"] = "page_view", ["page_view"] = "purchase", ["pagé"] = "search", ["42"] = "click" };

    /// <summary>Paths over the names that <see cref="EventTexts"/> writes, so that every odd form of them is met in every role.</summary>
    public static TheoryData<Dictionary<string, string[]>> Schemas() =>
    [
        new()
        {
            ["user_id"] = ["page_url"], ["page_url"] = ["user_id"], ["geo.country"] = ["device.type"],
            ["device.type"] = ["geo.country"], ["metadata.amount"] = ["geo.latitude"],
        },
        new()
        {
            ["user_id"] = ["device.os", "session_id", "user_id"], ["page_url"] = ["metadata.currency", "page_url"],
            ["metadata.amount"] = ["metadata.amount", "geo.latitude", "geo.longitude"],
            ["event_type"] = ["metadata.geo.type", "event_type"],
        },
        new()
        {
            ["page_url"] = ["metadata.geo.deep.er", "metadata.geo.country"],
            ["geo.country"] = ["metadata.geo.type"], ["device.type"] = ["geo", "device", "metadata"],
            ["metadata.amount"] = ["metadata.geo.amount"],
        },
        new() { ["user_id"] = ["page_url"], ["page_url"] = ["page_url"], ["geo.country"] = [
            "page_url", "event_type"], ["timestamp"] = ["timestamp", "metadata.timestamp"] },
    ];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void ParseLines_FieldsElsewhere_EqualsReference(Dictionary<string, string[]> paths)
    {
        RecordSchema schema = RecordSchema.Create(new InputOptions
        {
            Fields = paths.ToDictionary(pair => pair.Key, pair => new FieldSource { Paths = pair.Value }),
            EventTypes = Types,
        });
        Random random = new(paths.Count);
        EventTexts texts = new(random);
        EventParser warm = new(schema);
        EventParser[] others = [.. Enum.GetValues<IndexPath>().Where(StructuralIndex.IsSupported).Select(path => new EventParser(schema, path))];
        foreach (int spoiled in (int[])[1_000_000, 10, 1])
        {
            for (int done = 0; done < 2000;)
            {
                byte[] text = texts.Block(random.Next(1, 200), spoiled);
                done += ParserChecks.CheckMapped(warm, text, (byte)random.Next(256), paths, Types).Count;
                ParserChecks.CheckMapped(others[random.Next(others.Length)], text, (byte)random.Next(256), paths, Types);
            }
        }
    }

    [Fact]
    public void ParseLines_MappedFields_AllocatesNothingAfterWarmUp()
    {
        EventParser parser = new(RecordSchema.Create(new InputOptions { Schema = "segment" }));
        byte[] text = new byte[(64 * 1024) + EventParser.Padding];
        byte[] line = Encoding.UTF8.GetBytes(Segment("\"event\":\"Order Completed\",\"type\":\"track\"") + "\n");
        int length = 0;
        for (; length + line.Length <= 64 * 1024; length += line.Length)
        {
            line.CopyTo(text, length);
        }

        EventBatch batch = new();
        for (int i = 0; i < 3; i++)
        {
            parser.ParseLines(text, length, long.MaxValue, batch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        parser.ParseLines(text, length, long.MaxValue, batch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.All(batch.Records.ToArray(), record => Assert.Equal(EventKind.Purchase, record.Kind));
    }

    [Fact]
    public void ParseLines_SegmentTrackCall_IsAPurchase()
    {
        Parsed parsed = Parse("segment", Segment("\"event\":\"Order Completed\",\"type\":\"track\""));
        Assert.Equal("purchase", parsed.EventType);
        Assert.Equal(125_000, parsed.Record.AmountTenThousandths);
        Assert.Equal("SE", parsed.Country);
        Assert.Equal("ios", parsed.Device);
        Assert.Equal("u1", parsed.User("u1"));
    }

    [Fact]
    public void ParseLines_SegmentPageCallOfAnonymousVisitor_IsAPageViewOfThatVisitor()
    {
        Parsed parsed = Parse("segment", """
            {"anonymousId":"a-7","userId":null,"type":"page","timestamp":"2026-11-22T06:00:00.000Z","properties":{"url":"https://shop.example/a"},"context":{"page":{"url":"x"}}}
            """);
        Assert.Equal("page_view", parsed.EventType);
        Assert.Equal("https://shop.example/a", parsed.Page);
        Assert.Equal("a-7", parsed.User("a-7"));
    }

    [Fact]
    public void ParseLines_Ga4Export_FindsParametersByKey()
    {
        Parsed parsed = Parse("ga4", """
            {"event_date":"20261122","event_timestamp":"1795327200123456","event_name":"page_view","event_params":[{"key":"ga_session_id","value":{"int_value":"17"}},{"key":"page_location","value":{"string_value":"https:\/\/shop.example\/b"}}],"user_pseudo_id":"1.2","user_id":null,"device":{"category":"mobile"},"geo":{"country":"Sweden"}}
            """);
        Assert.Equal(1_795_327_200_123, parsed.Record.TimestampMs);
        Assert.Equal("page_view", parsed.EventType);
        Assert.Equal("https://shop.example/b", parsed.Page);
        Assert.Equal("Sweden", parsed.Country);
        Assert.Equal("mobile", parsed.Device);
        Assert.Equal("1.2", parsed.User("1.2"));
    }

    [Fact]
    public void ParseLines_Ga4Purchase_HasItsRevenue() => Assert.Equal(199_900, Parse("ga4", """
        {"event_timestamp":1795327200123456,"event_name":"purchase","event_params":[{"key":"value","value":{"double_value":1}}],"ecommerce":{"purchase_revenue":19.99}}
        """).Record.AmountTenThousandths);

    [Fact]
    public void ParseLines_SnowplowEnrichedEvent_IsRead()
    {
        Parsed parsed = Parse("snowplow", """
            {"app_id":"shop","collector_tstamp":"2026-11-22 06:00:01.500","derived_tstamp":"2026-11-22T06:00:00.123Z","event":"page_view","event_name":"page_view","domain_userid":"d","page_url":"https://shop.example/c","geo_country":"DE","dvce_type":"Computer"}
            """);
        Assert.Equal(1_795_327_200_123, parsed.Record.TimestampMs);
        Assert.Equal("page_view", parsed.EventType);
        Assert.Equal("https://shop.example/c", parsed.Page);
        Assert.Equal("DE", parsed.Country);
        Assert.Equal("Computer", parsed.Device);
        Assert.Equal("d", parsed.User("d"));
    }

    [Fact]
    public void ParseLines_SnowplowTransaction_IsAPurchaseAtUtc()
    {
        Parsed parsed = Parse("snowplow", """{"collector_tstamp":"2026-11-22 06:00:00.123","event":"transaction","tr_total":12.5}""");
        Assert.Equal(1_795_327_200_123, parsed.Record.TimestampMs);
        Assert.Equal("purchase", parsed.EventType);
        Assert.Equal(125_000, parsed.Record.AmountTenThousandths);
    }

    [Fact]
    public void ParseLines_PostHogPageView_IsRead()
    {
        Parsed parsed = Parse("posthog", """
            {"event":"$pageview","distinct_id":"d","timestamp":"2026-11-22T06:00:00Z","properties":{"$current_url":"https://shop.example/d","$geoip_country_code":"FR","$device_type":"Desktop"}}
            """);
        Assert.Equal("page_view", parsed.EventType);
        Assert.Equal("https://shop.example/d", parsed.Page);
        Assert.Equal("FR", parsed.Country);
        Assert.Equal("Desktop", parsed.Device);
        Assert.Equal("d", parsed.User("d"));
    }

    [Fact]
    public void ParseLines_CloudEvent_IsReadFromItsData()
    {
        Parsed parsed = Parse("cloudevents", """
            {"specversion":"1.0","id":"1","source":"/shop","type":"purchase","time":"2026-11-22T06:00:00Z","data":{"user_id":"u","metadata":{"amount":"3.50"},"geo":{"country":"NO"},"device":{"type":"tv"}}}
            """);
        Assert.Equal("purchase", parsed.EventType);
        Assert.Equal(35_000, parsed.Record.AmountTenThousandths);
        Assert.Equal("NO", parsed.Country);
        Assert.Equal("tv", parsed.Device);
        Assert.Equal("u", parsed.User("u"));
    }

    [Fact]
    public void ParseLines_NginxAccessLog_IsAPageViewWithoutQuery()
    {
        Parsed parsed = Parse(
            "nginx",
            """{"time_iso8601":"2026-11-22T07:00:00+01:00","remote_addr":"192.0.2.1","remote_user":"","request_uri":"/cart?id=1","status":"200"}""");
        Assert.Equal(1_795_327_200_000, parsed.Record.TimestampMs);
        Assert.Equal("page_view", parsed.EventType);
        Assert.Equal("/cart", parsed.Page);
        Assert.Equal("192.0.2.1", parsed.User("192.0.2.1"));
    }

    [Theory]
    [InlineData("HTTPS://User@Shop.Example:8080/A/?q#f", Normalization.HostOnly, "Shop.Example")]
    [InlineData("//cdn.example/x", Normalization.HostOnly, "cdn.example")]
    [InlineData("http://[2001:db8::1]:80/", Normalization.HostOnly, "[2001:db8::1]")]
    [InlineData("/no/host//", Normalization.HostOnly, "/no/host//")]
    [InlineData("/a?b#c", Normalization.StripQuery, "/a#c")]
    [InlineData("/a?b#c", Normalization.StripFragment, "/a?b")]
    [InlineData("/a/?b#c", Normalization.StripQuery | Normalization.StripFragment | Normalization.StripTrailingSlash, "/a")]
    [InlineData("/a//?b", Normalization.StripTrailingSlash, "/a?b")]
    [InlineData("//", Normalization.StripTrailingSlash, "/")]
    [InlineData("#/a?b", Normalization.StripQuery, "#/a?b")]
    [InlineData("ÅÄÖ/X", Normalization.Lower, "åäö/x")]
    [InlineData("straße", Normalization.Upper, "STRAßE")]
    [InlineData("Ⱥ", Normalization.Lower, "ⱥ")]
    [InlineData("", Normalization.Lower, "")]
    public void ParseLines_NormalizedPage_IsCountedSo(string page, Normalization normalization, string expected)
    {
        foreach (string written in (string[])[page, string.Concat(page.Select(c => $"\\u{(int)c:x4}"))])
        {
            string line = $$"""{"timestamp":"2026-11-22T06:00:00Z","event_type":"page_view","page_url":"{{written}}"}""";
            InputOptions options = new() { Fields = new Dictionary<string, FieldSource> { ["page_url"] = new() { Paths = [
                "page_url"], Normalization = normalization } } };
            Assert.Equal(expected, Parse(options, line).Page);
        }
    }

    [Fact]
    public void ParseLines_NormalizedLongPage_IsShortenedAfterwards()
    {
        InputOptions options = new() { Fields = new Dictionary<string, FieldSource> { ["page_url"] = new() { Paths = [
            "page_url"], Normalization = Normalization.StripQuery } } };
        string line = $$"""{"timestamp":"2026-11-22T06:00:00Z","event_type":"page_view","page_url":"/a?{{new string('x', 2000)}}"}""";
        Assert.Equal("/a", Parse(options, line).Page);
        string same = line.Replace("/a?", "/A", StringComparison.Ordinal);
        Assert.Equal(Parse(new InputOptions(), same.Replace("/A", "/a", StringComparison.Ordinal)).Page, Parse(options with
        {
            Fields = new Dictionary<string, FieldSource> { ["page_url"] = new() { Paths = ["page_url"], Normalization = Normalization.Lower } },
        }, same).Page);
    }

    [Theory]
    [InlineData("2026-11-22T07:00:00", 1_795_327_200_000L)]
    [InlineData("2026-07-01T08:00:00", 1_782_885_600_000L)]
    [InlineData("2026-10-25T02:30:00", 1_792_891_800_000L)]
    [InlineData("2026-11-22T06:00:00Z", 1_795_327_200_000L)]
    public void ParseLines_DefaultZone_IsForTimesWithoutAnOffset(string text, long ms) => Assert.Equal(
        ms, Parse(new InputOptions { DefaultZone = "Europe/Stockholm" }, $$"""{"timestamp":"{{text}}","event_type":"click"}""").Record.TimestampMs);

    [Theory]
    [InlineData(TimestampUnit.Seconds, "1795327200", 1_795_327_200_000L)]
    [InlineData(TimestampUnit.Milliseconds, "1795327200", 1_795_327_200L)]
    [InlineData(TimestampUnit.Microseconds, "-1", -1L)]
    [InlineData(TimestampUnit.Nanoseconds, "1795327200000000000", 1_795_327_200_000L)]
    [InlineData(TimestampUnit.Seconds, "1795327200000", null)]
    public void ParseLines_ConfiguredUnit_IsTheUnit(TimestampUnit unit, string number, long? ms)
    {
        EventRecord record = Parse(new InputOptions { TimestampUnit = unit }, $$"""{"timestamp":{{number}},"event_type":"click"}""").Record;
        Assert.Equal(ms is null ? RecordOutcome.BadTimestamp : RecordOutcome.Counted, record.Outcome);
        Assert.Equal(ms ?? 0, record.TimestampMs);
    }

    [Fact]
    public void Find_EveryName_IsAValidSchema() => Assert.All(KnownSchemas.Names, name =>
    {
        Assert.NotNull(KnownSchemas.Find(name));
        Assert.Empty(new InputOptions { Schema = name }.Validate());
    });

    [Fact]
    public void Validate_EveryMistake_IsTold()
    {
        InputOptions options = new()
        {
            DefaultZone = "Mars/Olympus",
            EventTypes = new Dictionary<string, string> { [""] = "click" },
            Fields = new Dictionary<string, FieldSource>
            {
                ["user"] = new() { Paths = ["id"] },
                ["user_id"] = new() { Paths = ["a..b"], Constant = "x" },
                ["page_url"] = new() { Paths = ["p[key].v", "a.b.c.d.e.f.g.h.i"], Normalization = Normalization.Lower | Normalization.Upper },
                ["geo.country"] = new() { Paths = [.. Enumerable.Range(0, 12).Select(i => $"c{i}")] },
            },
        };
        string all = string.Join('\n', options.Validate());
        Assert.All(
            (string[])["defaultZone: ", "eventTypes: ", "fields.user: ", "fields.user_id: expected a path",
                "fields.user_id: expected paths only", "'p[key].v'", "at most 8 names", "lower or upper", "fewer paths"],
            part => Assert.Contains(part, all, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => RecordSchema.Create(options));
        Assert.Contains(
            "expected one of cloudevents, ga4", string.Join('\n', new InputOptions { Schema = "ga3" }.Validate()), StringComparison.Ordinal);
    }

    private static string Segment(string call) => "{\"userId\":\"u1\"," + call + """
        ,"timestamp":"2026-11-22T06:00:00.000Z","properties":{"revenue":12.5,"currency":"SEK"},"context":{"location":{"country":"SE"},"device":{"type":"ios"}}}
        """;

    private static Parsed Parse(string schema, string line) => Parse(new InputOptions { Schema = schema }, line);

    /// <summary>Parses a line three times: by the walker, and by the shape that was learned from it.</summary>
    private static Parsed Parse(InputOptions options, string line)
    {
        EventParser parser = new(RecordSchema.Create(options));
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line.Trim() + "\n", 3)));
        EventBatch batch = ParserChecks.Parse(parser, [.. bytes, .. new byte[EventParser.Padding]], bytes.Length, long.MaxValue);
        Parsed[] parsed = [.. batch.Records.ToArray().Select(record => new Parsed(batch, record))];
        Assert.Equal(3, parsed.Length);
        Assert.All(parsed, one =>
        {
            Assert.Equal(parsed[0].EventType, one.EventType);
            Assert.Equal(parsed[0].Page, one.Page);
            Assert.Equal(parsed[0].Record.UserHash, one.Record.UserHash);
            Assert.Equal(parsed[0].Record.AmountTenThousandths, one.Record.AmountTenThousandths);
        });
        return parsed[2];
    }

    private sealed record Parsed(EventBatch Batch, EventRecord Record)
    {
        public string? EventType => Text(Record.EventType);

        public string? Page => Text(Record.Page);

        public string? Country => Text(Record.Country);

        public string? Device => Text(Record.Device);

        /// <summary>The user when it is this one.</summary>
        public string? User(string user) => Record.HasUser && Record.UserHash == ReferenceEvents.Murmur(Encoding.UTF8.GetBytes(user)) ? user : null;

        private string? Text(KeyRef key) => key.IsPresent ? Encoding.UTF8.GetString(Batch.Bytes(key)) : null;
    }
}
