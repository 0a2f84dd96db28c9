using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

public sealed class InputJsonTests
{
    private const string All = """
        {"schema":"segment","fields":{"event_type":{"path":["a","b.c"],"constant":"x","normalize":["stripQuery","lower"]},"user_id":{"path":["id"],"normalize":[]}},"eventTypes":{"p":"page_view","q":"click"},"breakdowns":[{"name":"browser","field":["device.browser"],"normalize":["lower"]},{"name":"host","field":["referrer","r"],"constant":"none","normalize":[]}],"counters":[{"name":"signups","when":"sign_up"}],"timestampUnit":"ns","defaultZone":"UTC"}
        """;

    [Fact]
    public void Read_EveryMember_IsTaken()
    {
        List<string> mistakes = [];
        InputOptions options = InputJson.Read(All, mistakes);
        Assert.Empty(mistakes);
        Assert.Empty(options.Validate());
        Assert.Equal("segment", options.Schema);
        Assert.Equal(["a", "b.c"], options.Fields["event_type"].Paths);
        Assert.Equal("x", options.Fields["event_type"].Constant);
        Assert.Equal(Normalization.StripQuery | Normalization.Lower, options.Fields["event_type"].Normalization);
        Assert.Equal("page_view", options.EventTypes["p"]);
        Assert.Equal(["browser", "host"], options.Breakdowns.Select(breakdown => breakdown.Name));
        Assert.Equal(Normalization.Lower, options.Breakdowns[0].Source.Normalization);
        Assert.Equal(["referrer", "r"], options.Breakdowns[1].Source.Paths);
        Assert.Equal("none", options.Breakdowns[1].Source.Constant);
        Assert.Equal([new AddedCounter("signups", "sign_up")], options.Counters);
        Assert.Equal(TimestampUnit.Nanoseconds, options.TimestampUnit);
        Assert.Equal("UTC", options.DefaultZone);
    }

    [Fact]
    public void Write_WhatWasRead_IsTheSameText() => Assert.Equal(All.Trim(), InputJson.Write(InputJson.Read(All, [])));

    [Fact]
    public void Write_OtherOrder_IsTheSameText() =>
        Assert.Equal(
            InputJson.Write(InputJson.Read("""
                {"fields":{"user_id":"a","page_url":"b"},"schema":"ga4","breakdowns":[{"name":"b","field":"x"},{"field":"y","name":"a"}]}
                """, [])),
            InputJson.Write(InputJson.Read("""
                {"schema":"ga4","breakdowns":[{"name":"a","field":["y"]},{"name":"b","field":"x"}],"fields":{"page_url":["b"],"user_id":{"path":"a"}}}
                """, [])));

    [Fact]
    public void Write_Defaults_IsAnEmptyObject() => Assert.Equal("{}", InputJson.Write(new InputOptions()));

    [Theory]
    [InlineData("", "expected a JSON object such as {\"schema\":\"segment\"}")]
    [InlineData("[]", "expected a JSON object such as {\"schema\":\"segment\"}")]
    [InlineData("{\"shema\":\"ga4\"}",
        "shema: expected one of schema, fields, eventTypes, breakdowns, counters, timestampUnit, defaultZone; did you mean 'schema'?")]
    [InlineData("{\"schema\":1}", "schema: expected a text, got 1")]
    [InlineData("{\"timestampUnit\":\"min\"}", "timestampUnit: expected one of auto, s, ms, us, ns, got 'min'")]
    [InlineData("{\"fields\":[]}", "fields: expected an object, got []")]
    [InlineData(
        "{\"fields\":{\"user_id\":1}}", "fields.user_id: expected a path, a list of paths, or an object with path, constant or normalize, got 1")]
    [InlineData("{\"fields\":{\"user_id\":[1]}}", "fields.user_id: expected a text, got 1")]
    [InlineData("{\"fields\":{\"page_url\":{\"normalise\":[]}}}", "fields.page_url.normalise: expected path, constant or normalize")]
    [InlineData("{\"fields\":{\"page_url\":{\"normalize\":\"trim\"}}}",
        "fields.page_url.normalize: expected one of hostOnly, stripFragment, stripQuery, stripTrailingSlash, lower, upper, got 'trim'")]
    [InlineData("{\"eventTypes\":{\"a\":null}}", "eventTypes.a: expected a text, got null")]
    [InlineData("{\"breakdowns\":{}}", "breakdowns: expected a list of objects, got {}")]
    [InlineData("{\"breakdowns\":[{\"name\":\"a\",\"field\":\"b\"},\"c\"]}", "breakdowns[1]: expected an object, got \"c\"")]
    [InlineData("{\"breakdowns\":[{\"field\":\"b\"}]}", "breakdowns[0].name: expected a name such as browser, got nothing")]
    [InlineData("{\"breakdowns\":[{\"name\":\"a\",\"field\":7}]}", "breakdowns[0].field: expected a text, got 7")]
    [InlineData(
        "{\"breakdowns\":[{\"name\":\"a\",\"path\":\"b\"}]}", "breakdowns[0].path: expected name, field, constant or normalize")]
    [InlineData("{\"counters\":[{\"name\":\"a\"}]}", "counters[0].when: expected an event type such as sign_up, got nothing")]
    [InlineData("{\"counters\":[{\"name\":\"a\",\"when\":\"b\",\"if\":\"c\"}]}", "counters[0].if: expected name or when")]
    public void Read_Mistake_IsTold(string text, string expected)
    {
        List<string> mistakes = [];
        InputJson.Read(text, mistakes);
        Assert.Equal([expected], mistakes);
    }
}
