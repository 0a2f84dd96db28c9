using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>A run of NUL bytes where a line begins is padding and no part of the record; a shorter one makes the line malformed.</summary>
public sealed class EventParserPaddingTests
{
    private const string Event = """{"timestamp":"2026-11-22T06:00:00Z","event_type":"click","user_id":"u"}""";

    [Theory]
    [InlineData(EventParser.MinPaddingBytes)]
    [InlineData(1000)]
    [InlineData(100_000)]
    [InlineData(EventParser.MaxRecordBytes + 10)]
    public void ParseLines_PaddingBeforeAnEvent_IsSkippedAndCounted(int padding)
    {
        EventBatch batch = Parse([.. Text(Event + "\n"), .. new byte[padding], .. Text(Event + "\n" + Event + "\n")]);

        Assert.Equal(padding, batch.PaddingBytes);
        Assert.Equal(3, batch.Lines);
        Assert.Equal([RecordOutcome.Counted, RecordOutcome.Counted, RecordOutcome.Counted], Outcomes(batch));
        Assert.Equal(Event, Encoding.UTF8.GetString(batch.Line(batch.Records[1])));
    }

    [Fact]
    public void ParseLines_PaddingAlone_IsABlankLine()
    {
        EventBatch batch = Parse([.. new byte[20], (byte)'\n', .. Text(Event + "\n"), .. new byte[30]]);

        Assert.Equal(50, batch.PaddingBytes);
        Assert.Equal([RecordOutcome.Counted], Outcomes(batch));
    }

    [Fact]
    public void ParseLines_FewerNulBytes_AreAMalformedRecord()
    {
        EventBatch batch = Parse([.. new byte[EventParser.MinPaddingBytes - 1], .. Text(Event + "\n" + Event + "\n")]);

        Assert.Equal(0, batch.PaddingBytes);
        Assert.Equal([RecordOutcome.MalformedJson, RecordOutcome.Counted], Outcomes(batch));
        Assert.Equal(0, batch.Records[0].LineOffset);
    }

    [Fact]
    public void ParseLines_PaddingThatIsNotSkipped_IsAMalformedRecord() =>
        Assert.Equal([RecordOutcome.MalformedJson], Outcomes(Parse([.. new byte[100], .. Text(Event + "\n")], skips: false)));

    [Fact]
    public void ParseLines_NulBytesWithinALine_AreAMalformedRecord()
    {
        EventBatch batch = Parse([.. Text("{\"a"), .. new byte[50], .. Text(Event + "\n")]);

        Assert.Equal([RecordOutcome.MalformedJson], Outcomes(batch));
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static RecordOutcome[] Outcomes(EventBatch batch) => [.. batch.Records.ToArray().Select(record => record.Outcome)];

    private static EventBatch Parse(byte[] text, bool skips = true)
    {
        EventBatch batch = new() { SkipsPadding = skips };
        new EventParser().ParseLines((byte[])[.. text, .. new byte[EventParser.Padding]], text.Length, long.MaxValue, batch);
        return batch;
    }
}
