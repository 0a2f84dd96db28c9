using System.Text;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>Blocks of lines: line ends, sizes, padding, what a parser remembers, and what it allocates.</summary>
public class EventParserBlockTests
{
    private const string Good =
        "{\"timestamp\":\"2024-05-01T10:00:00.123Z\",\"event_type\":\"page_view\",\"user_id\":\"u\","
        + "\"page_url\":\"/p\",\"geo\":{\"country\":\"DE\",\"latitude\":1.5}}";

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n\n")]
    [InlineData(" ")]
    [InlineData("\r")]
    [InlineData(" \t\r\n")]
    [InlineData("\f\n")]
    [InlineData("\0\n")]
    [InlineData("@")]
    [InlineData("@\n")]
    [InlineData("@\r\n")]
    [InlineData("@\r")]
    [InlineData("\n@\n\n@\r\n\r\n@")]
    [InlineData(" @ \n\t@\t\r\r\n@")]
    [InlineData("\uFEFF@\n@\n")]
    [InlineData("@@\n@ @\n@,@\n@x\n@")]
    [InlineData("@\u0000\n@\f\n@")]
    public void ParseLines_LineEndsAndBlankLines_EqualsReference(string form) =>
        ParserChecks.CheckEverywhere(ParserChecks.Utf8(form.Replace("@", Good, StringComparison.Ordinal)));

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    public void ParseLines_LinesAroundOneMebibyte_TooLargeOnlyAbove(int more)
    {
        int length = EventParser.MaxRecordBytes + more;
        byte[] record = Encoding.UTF8.GetBytes(Good[..^1] + ",\"user_id\":\"" + new string('z', length - Good.Length - 13) + "\"}");
        Assert.Equal(length, record.Length);
        byte[] blank = new byte[length];
        blank.AsSpan().Fill((byte)' ');
        byte[] garbage = new byte[length];
        garbage.AsSpan().Fill(0xFF);
        byte[] good = ParserChecks.Utf8(Good + "\n");
        EventParser parser = new();
        foreach (byte[] line in (byte[][])[record, blank, garbage, [.. record[..^1], (byte)' ']])
        {
            ParserChecks.Check(parser, line, 0);
            ParserChecks.Check(parser, [.. good, .. line, (byte)'\n', .. line, (byte)'\n', .. good, .. line], (byte)'"');
        }

        List<ExpectedRecord> records = ParserChecks.Check(new EventParser(), record, 0);
        Assert.Equal(more > 0 ? RecordOutcome.TooLarge : RecordOutcome.Counted, records[0].Outcome);
    }

    [Fact]
    public void ParseLines_BufferWithoutPadding_Throws()
    {
        EventParser parser = new();
        EventBatch batch = new();
        Assert.Throws<ArgumentException>(() => parser.ParseLines(new byte[100], 37, 0, batch));
        Assert.Throws<ArgumentException>(() => parser.ParseLines(new byte[100], -1, 0, batch));
        parser.ParseLines(new byte[100], 36, 0, batch);
        Assert.Equal(1, batch.Count);
    }

    [Fact]
    public void ParseLines_BufferInsideAnArray_OffsetsCountFromTheBuffer()
    {
        byte[] line = ParserChecks.Utf8(Good);
        byte[] array = [.. "{\"x\":\""u8, .. line, (byte)'\n', .. line, .. new byte[EventParser.Padding]];
        EventBatch batch = new();
        new EventParser().ParseLines(array.AsMemory(6), (2 * line.Length) + 1, long.MaxValue, batch);
        Assert.Equal(2, batch.Count);
        Assert.Equal(line.Length + 1, batch.Records[1].LineOffset);
        Assert.Equal("/p"u8.ToArray(), batch.Bytes(batch.Records[1].Page).ToArray());
        Assert.Equal(line, batch.Line(batch.Records[1]).ToArray());
    }

    [Fact]
    public void ParseLines_AfterWarmUp_AllocatesNothing()
    {
        EventTexts texts = new(new Random(9));
        byte[] text = [.. texts.Block(3000, 8), (byte)'\n', .. new byte[EventParser.Padding]];
        EventParser parser = new();
        EventBatch batch = new();
        for (int i = 0; i < 300; i++)
        {
            parser.ParseLines(text, text.Length - EventParser.Padding, long.MaxValue, batch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            parser.ParseLines(text, text.Length - EventParser.Padding, long.MaxValue, batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ParseLines_EndlessNewShapes_LearnsToItsLimitAndStaysRight()
    {
        EventParser parser = new();
        Random random = new(11);
        for (int run = 0; run < 40; run++)
        {
            StringBuilder text = new();
            for (int i = 0; i < 4000; i++)
            {
                string name = "k" + random.Next();
                text.Append(i % 100 == 0 ? Good : Good[..^1] + $",\"{name}\":1,\"{name}x\":\"{i}\",\"o\":{{\"{i}\":null}}}}").Append('\n');
            }

            byte[] bytes = ParserChecks.Utf8(text.ToString());
            if (run % 10 == 0)
            {
                ParserChecks.Check(parser, bytes, 0);
            }
            else
            {
                Parsed(parser, bytes);
            }

            Assert.InRange(parser.Shapes.Count, 0, ShapeTable.MaxSegments);
        }

        // Usual records find their way back onto the fast path, however full the table was.
        byte[] usual = ParserChecks.Utf8(string.Concat(Enumerable.Repeat(Good + "\n", 200_000)));
        Parsed(parser, usual);
        Assert.False(parser.Shapes.IsBypassed);
    }

    private static EventBatch Parsed(EventParser parser, byte[] bytes) =>
        ParserChecks.Parse(parser, [.. bytes, .. new byte[EventParser.Padding]], bytes.Length);
}
