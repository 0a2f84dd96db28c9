using System.Text;
using Tidemark.Cli.DeadLetters;

namespace Tidemark.Cli.Tests.DeadLetters;

public sealed class RecordFormTests
{
    [Theory]
    [InlineData("0000000007", "schema_registry")]
    [InlineData("000000000702046162", "schema_registry")]
    [InlineData("4F626A01041661", "avro")] // Obj, 1: a file
    [InlineData("C3010011223344556677AA", "avro")] // a single record
    [InlineData("08 96 01 12 07 74 65 73 74 69 6E 67", "protobuf")] // 1: 150, 2: "testing"
    [InlineData("0A 03 61 62 63 15 00 00 80 3F", "protobuf")] // 1: "abc", 2: 1.0
    [InlineData("09 00 00 00 00 00 00 F0 3F", "protobuf")] // 1: a double
    [InlineData("08 96", "unknown")] // cut within a number
    [InlineData("12 07 74", "unknown")] // cut within a text
    [InlineData("0B 01", "unknown")] // a group, which nobody writes any more
    [InlineData("00 01", "unknown")]
    [InlineData("", "unknown")]
    public void Of_Bytes_IsRecognised(string hex, string form) =>
        Assert.Equal(form, RecordForms.Of(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))).Name());

    [Theory]
    [InlineData("rubbish")]
    [InlineData("{\"timestamp\":")]
    [InlineData("ERROR 2026 upstream timed out (110: Connection timed out)")]
    [InlineData("J9")] // would read as field 9, a number
    public void Of_BrokenText_IsNothingElse(string text) => Assert.Equal(RecordForm.Unknown, RecordForms.Of(Encoding.UTF8.GetBytes(text)));

    // Goal: no broken JSON is taken for something else. Method: real lines, cut and changed at random.
    [Fact]
    public void Of_SpoiledJson_IsNothingElse()
    {
        Random random = new(1);
        byte[] line =
            """{"event_id":"0123456789abcdef","timestamp":"2026-11-22T06:00:00.123Z","event_type":"page_view","user_id":"u0000001"}"""u8.ToArray();
        for (int i = 0; i < 10_000; i++)
        {
            byte[] spoiled = line[..random.Next(1, line.Length)];
            spoiled[random.Next(spoiled.Length)] = (byte)random.Next(' ', 256);
            Assert.Equal(RecordForm.Unknown, RecordForms.Of(spoiled));
        }
    }
}
