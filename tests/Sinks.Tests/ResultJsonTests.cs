using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Tidemark.Core.Results;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: what is written is read back, field by field, and damage is named.</summary>
public sealed class ResultJsonTests
{
    [Fact]
    public void Read_WhatWriteWrote_GivesEveryFieldBack() =>
        Prop.ForAll(ResultSamples.Any, result => AssertSame(result, ResultJson.Read(Encoding.UTF8.GetBytes(Text(result)))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Read_ExtremeValues_GivesEveryFieldBack() =>
        Assert.All(
            new[] { ResultSamples.Extreme, ResultSamples.ExtremeAdded },
            result => AssertSame(result, ResultJson.Read(Encoding.UTF8.GetBytes(Text(result)))));

    [Fact]
    public void Write_EmittedAt_IsReadBackToTheMillisecond()
    {
        DateTimeOffset emitted = new(2026, 11, 22, 6, 1, 10, 250, TimeSpan.FromHours(2));
        ArrayBufferWriter<byte> json = new();
        ResultJson.Write(MinuteResult(0), json, emitted);
        AssertSame(MinuteResult(0), ResultJson.Read(json.WrittenMemory, out DateTimeOffset? read));
        Assert.Equal(emitted, read);
        Assert.Contains("\"emitted_at\":\"2026-11-22T04:01:10.250Z\"", Encoding.UTF8.GetString(json.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithoutEmittedAt_SaysSo()
    {
        ResultJson.Read(Encoding.UTF8.GetBytes(Text(MinuteResult(0))), out DateTimeOffset? emitted);
        Assert.Null(emitted);
    }

    [Fact]
    public void Write_ClosedResult_HasNoSequence() => Assert.DoesNotContain("sequence", Text(MinuteResult(0)), StringComparison.Ordinal);

    [Fact]
    public void Read_EachFieldMissing_NamesIt()
    {
        using JsonDocument whole = JsonDocument.Parse(Text(MinuteResult(0)));
        foreach (JsonProperty missing in whole.RootElement.EnumerateObject())
        {
            if (ResultColumns.Named(missing.Name).IsLater)
            {
                continue;
            }

            Dictionary<string, JsonElement> rest = whole.RootElement.EnumerateObject()
                .Where(field => field.Name != missing.Name).ToDictionary(field => field.Name, field => field.Value);
            var error = Assert.Throws<InvalidDataException>(() => ResultJson.Read(JsonSerializer.SerializeToUtf8Bytes(rest)));
            Assert.Contains($"'{missing.Name}' is missing", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_ColumnThatCameLaterMissing_IsZero()
    {
        foreach (ResultColumn later in ResultColumns.All.Where(column => column.IsLater))
        {
            WindowResult sample = ColumnSamples.WithAnotherValue(later, MinuteResult(0));
            string without = System.Text.RegularExpressions.Regex.Replace(Text(sample), $"\"{later.Name}\":[0-9]+,", "");
            Assert.NotEqual(Text(sample), without);

            Assert.True(later.AreSame(WindowResult.Blank, ResultJson.Read(Encoding.UTF8.GetBytes(without))));
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Read_AnotherValueInAnyColumn_IsReadBack(string name)
    {
        ResultColumn column = ResultColumns.Named(name);
        WindowResult sample = column.IsLiveOnly ? Live(0, 7) : MinuteResult(0);
        WindowResult other = ColumnSamples.WithAnotherValue(column, sample);

        Assert.NotEqual(Text(sample), Text(other));
        AssertSame(other, ResultJson.Read(Encoding.UTF8.GetBytes(Text(other))));
    }

    public static TheoryData<string> Columns => [.. ResultColumns.All.Where(column => column is not BytesColumn).Select(column => column.Name)];

    [Fact]
    public void Write_ResultWithAddedColumns_HasThemAfterItsOwn()
    {
        WindowResult plain = MinuteResult(0);
        WindowResult result = plain with
        {
            Revenue = null,
            RevenueByCurrency = [new("EUR", 12.5000m), new("USD", 3m)],
            Counters = [new("signups", 12)],
            Breakdowns = [new("variant", new Breakdown([new("B", 3), new("A", 1)], 2))],
        };

        Assert.Equal(
            Text(plain).Replace("\"revenue\":19.99", "\"revenue\":null", StringComparison.Ordinal)[..^1]
                + ",\"revenue_by_currency\":{\"EUR\":12.5,\"USD\":3},\"signups\":12,\"variant\":{\"B\":3,\"A\":1},\"variant_max_error\":2}",
            Text(result));
    }

    [Fact]
    public void Read_UnknownMembers_AreAddedOnlyWhenTheyCanBe()
    {
        const string Unknown =
            """
            ,"signups":3,"Signups":4,"ratio":1.5,"text":"x","list":[1],"map":{"a":1},"lonely_max_error":7,"flag":true,"nothing":null}
            """;

        WindowResult read = ResultJson.Read(Encoding.UTF8.GetBytes(Text(MinuteResult(0))[..^1] + Unknown));

        AssertSame(MinuteResult(0) with { Counters = [new("signups", 3)] }, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"text\"")]
    public void Read_NoResult_Throws(string json) => Assert.Throws<InvalidDataException>(() => ResultJson.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("\"phase\":\"on_time\"", "\"phase\":\"closed\"")]
    [InlineData("\"phase\":\"on_time\"", "\"phase\":7")]
    [InlineData("\"window_start\":\"2026-11-22T06:00:00Z\"", "\"window_start\":\"yesterday\"")]
    [InlineData("\"clicks\":2", "\"clicks\":2.5")]
    [InlineData("\"revenue\":19.99", "\"revenue\":1e99")]
    [InlineData("\"revision\":1", "\"revision\":99999999999999999999")]
    [InlineData("\"device_breakdown\":{\"mobile\":4}", "\"device_breakdown\":[4]")]
    public void Read_FieldOfAnotherKind_Throws(string field, string damaged)
    {
        string json = Text(MinuteResult(0));
        Assert.Contains(field, json, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => ResultJson.Read(Encoding.UTF8.GetBytes(json.Replace(field, damaged, StringComparison.Ordinal))));
    }

    /// <summary>Equality of every column that text can hold.</summary>
    internal static void AssertSame(WindowResult expected, WindowResult actual)
    {
        Assert.Equal(
            ResultColumns.AddedOf(expected).Select(column => column.Name).Order(StringComparer.Ordinal),
            ResultColumns.AddedOf(actual).Select(column => column.Name).Order(StringComparer.Ordinal));
        Assert.Empty(ResultColumns.Of(expected).Where(column => column is not BytesColumn && !column.AreSame(expected, actual))
            .Select(column => column.Name));
    }
}
