using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Core.Sessions;
using Tidemark.Support.Samples;
using static Tidemark.Sinks.Tests.Samples;

namespace Tidemark.Sinks.Tests;

/// <summary>Goal: a session row and its JSON are the same thing, and other text is refused.</summary>
public sealed class SessionJsonTests
{
    public static TheoryData<string> Kinds => ["full", "bare", "hard"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_WhatWasWritten_IsTheSameRow(string kind)
    {
        SessionRow row = Row(kind);

        SessionRow read = SessionJson.Read(Encoding.UTF8.GetBytes(Text(row)));

        Assert.All(SessionColumns.All, column => Assert.True(column.AreSame(row, read), column.Name));
        Assert.Equal(Text(row), Text(read));
    }

    [Fact]
    public void Write_Row_HasTheMembersInTheirOrder()
    {
        JsonObject json = JsonNode.Parse(Text(Row("full")))!.AsObject();

        Assert.Equal(SessionColumns.All.Select(column => column.Name), json.Select(member => member.Key));
        Assert.Equal("2026-11-22T06:00:00Z", (string?)json["start_time"]);
        Assert.Equal("300.5", json["duration_seconds"]!.ToJsonString());
        Assert.Equal("19.99", json["revenue"]!.ToJsonString());
        Assert.Equal("""["/cart","/home"]""", json["pages_visited"]!.ToJsonString());
        Assert.Equal("true", json["conversion"]!.ToJsonString());
    }

    [Fact]
    public void WriteLines_MinuteWithoutSessions_IsOneLineThatSaysSo()
    {
        Assert.Equal("{\"ended_minute\":\"2026-11-22T06:00:00Z\",\"revision\":2}\n", Lines(SessionSamples.Ended(Start, 2)));
        Assert.Equal(2, Lines(SessionSamples.Ended(Start, 1, SessionSamples.Session("a", Start), SessionSamples.Session("b", Start))).Count(
            character => character == '\n'));
    }

    [Theory]
    [InlineData("{}", "'session_id' is missing")]
    [InlineData("[]", "Object")]
    [InlineData("{", "depth")]
    [InlineData("no", "'no' is an invalid JSON")]
    [InlineData("\"event_count\":7|\"event_count\":\"7\"", "Number")]
    [InlineData("\"user_id\":\"full\"|\"user_id\":null", "'user_id' is null")]
    [InlineData("\"start_time\":\"2026-11-22T06:00:00Z\"|\"start_time\":\"noon\"", "'start_time' is no time")]
    [InlineData("\"pages_visited\":[\"/cart\",\"/home\"]|\"pages_visited\":{}", "Array")]
    public void Read_OtherText_SaysWhatIsWrong(string change, string expected)
    {
        string text = change.Split('|') is [var from, var to] ? Text(Row("full")).Replace(from, to, StringComparison.Ordinal) : change;

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SessionJson.Read(Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("not a session: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static SessionRow Row(string kind)
    {
        Session session = kind switch
        {
            "full" => SessionSamples.Session("full", Start, 300_500, "old-1", "old-2"),
            "bare" => SessionSamples.Bare("bare", Start),
            _ => SessionSamples.Hard(Start + 1),
        };
        return SessionRow.Of(SessionSamples.Ended(Start, 3, session))[0];
    }

    private static string Text(SessionRow row)
    {
        ArrayBufferWriter<byte> json = new();
        SessionJson.Write(row, json);
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static string Lines(EndedSessions ended)
    {
        ArrayBufferWriter<byte> json = new();
        SessionJson.WriteLines(ended, json);
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }
}
