using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tidemark.Cli.Sources;
using Tidemark.Cli.Sources.Formats;

namespace Tidemark.Cli.Tests.Sources.Formats;

/// <summary>Goal: the lines are the elements. Method: random arrays in any pieces against System.Text.Json, broken ones by hand.</summary>
public sealed class ArrayTextTests
{
    [Fact]
    public void Read_RandomArraysInAnyPieces_EqualsSystemTextJson()
    {
        Random random = new(1);
        for (int i = 0; i < 400; i++)
        {
            JsonArray array = [.. Enumerable.Range(0, random.Next(6)).Select(_ => Element(random, depth: 0))];
            string text = array.ToJsonString(new(JsonSerializerOptions.Default)
            {
                WriteIndented = random.Next(2) == 0, NewLine = random.Next(2) == 0 ? "\n" : "\r\n",
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            });
            string[] lines = Lines(Read(text, piece: random.Next(1, 30), room: random.Next(1, 40), i));
            using JsonDocument expected = JsonDocument.Parse(text);
            Assert.Equal(
                [.. expected.RootElement.EnumerateArray().Select(element => JsonSerializer.Serialize(element))],
                [.. lines.Select(line => JsonSerializer.Serialize(JsonDocument.Parse(line).RootElement))], StringComparer.Ordinal);
        }
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData(" [ ] \n [\n]\n", "")]
    [InlineData("[{}]", "{}\n")]
    [InlineData("[1,\"a,]\\\"\\\\\",null , [2,{\"b\":3}] ]", "1\n\"a,]\\\"\\\\\"\nnull \n[2,{\"b\":3}]\n")]
    [InlineData("[{\"a\":1}]\n[{\"b\":2},{\"c\":3}]\n", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n")]
    [InlineData("[{\"a\":1}][{\"b\":2}]{\"c\":3}\n", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n")]
    [InlineData("[{\"a\":1}]\n{\"b\":2}\n\n rubbish\n[{\"c\":3}]", "{\"a\":1}\n{\"b\":2}\nrubbish\n{\"c\":3}\n")]
    [InlineData("[{\"a\":1}]\n{\"b\":2}", "{\"a\":1}\n{\"b\":2}")]
    [InlineData("[\n{\"a\":\n1}\n,\n{\"b\":2}\n]", "{\"a\": 1}\n{\"b\":2}\n")]
    public void Read_Arrays_GivesTheirElementsAndTheLinesBetween(string text, string expected) => AssertRead(expected, text);

    // What separates is not judged; what is broken stays one broken line, and what follows is whole.
    [Theory]
    [InlineData("[{\"a\":1},,{\"b\":2},]", "{\"a\":1}\n{\"b\":2}\n")]
    [InlineData("[{\"a\":1}\n{\"b\":2}]", "{\"a\":1}\n{\"b\":2}\n")]
    [InlineData("[{\"a\":1},x,{\"b\":2}]", "{\"a\":1}\nx\n{\"b\":2}\n")]
    [InlineData("[{\"a\":1]},{\"b\":2}]", "{\"a\":1]\n}\n{\"b\":2}\n")]
    [InlineData("[{\"a\":\"x\ny\"},{\"b\":2}]", "{\"a\":\"x\u0001y\"}\n{\"b\":2}\n")]
    [InlineData("[{\"a\":\"x\\\ny\"},{\"b\":2}]", "{\"a\":\"x\\\u0001y\"}\n{\"b\":2}\n")]
    [InlineData("[{\"a\":\"x},\n{\"b\":2},\n{\"c\":3}]", "{\"a\":\"x},\u0001\n{\"b\":2}\n{\"c\":3}\n")]
    [InlineData("[{\"a\":\"x}\n  , {\"b\":2}]", "{\"a\":\"x}\u0001  \n{\"b\":2}\n")]
    [InlineData("[{\"a\":\"x}\n]\n{\"b\":2}\n", "{\"a\":\"x}\u0001\n{\"b\":2}\n")]
    public void Read_BrokenArrays_LosesAsLittleAsPossible(string text, string expected) => AssertRead(expected, text);

    [Fact]
    public void Read_CutAnywhere_GivesTheWholeElementsThenFails()
    {
        const string Text = "[\n {\"a\": \"x\\\"]\",\n\"b\":[1,{}]},\n{\"c\":2}\n]";
        string[] elements = ["{\"a\": \"x\\\"]\", \"b\":[1,{}]}", "{\"c\":2}"];
        for (int length = 1; length < Text.Length; length++)
        {
            using SourceText text = new(PiecewiseStream.Random(Encoding.ASCII.GetBytes(Text[..length]), length, 5));
            LineBlockReader reader = new(text, 50, isLive: false);
            LineBlock block = new(50);
            StringBuilder read = new();
            Exception? error = Record.Exception(() =>
            {
                while (reader.Read(block))
                {
                    read.Append(Encoding.ASCII.GetString(block.Buffer, 0, block.Length));
                }
            });
            Assert.Equal(
                "the JSON array has no end: the text was cut off, or a bracket or a quotation mark is missing",
                Assert.IsType<InvalidDataException>(error).Message);
            int whole = length > Text.LastIndexOf('}') ? 2 : length > Text.IndexOf("},\n", StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(elements[..whole], Lines(read.ToString()));
        }
    }

    [Fact]
    public void Read_ElementOf20MiB_NeedsLittleMemoryAndIsTooLarge()
    {
        byte[] text = [.. "[{\"a\":\""u8, .. new byte[20 << 20], .. "\"},{\"b\":2}]"u8];
        text.AsSpan(7, 20 << 20).Fill((byte)'x');
        using SourceText source = new(new MemoryStream(text));
        LineBlockReader reader = new(source, 512 * 1024, isLive: false);
        LineBlock block = new(512 * 1024);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(reader.Read(block));
        Assert.True(block.IsCut, "an element of 20 MiB was taken for a record");
        Assert.True(reader.Read(block));
        Assert.Equal("{\"b\":2}\n"u8, block.Buffer.AsSpan(0, block.Length));
        Assert.False(reader.Read(block));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Read_LiveArray_DeliversAnElementBeforeTheNextComes()
    {
        Queue<string> pieces = new(["[", "{\"a\":1}", ",{\"b\""]);
        using SourceText text = new(new Pieces(
            () => pieces.TryDequeue(out string? piece) ? piece : throw new IOException("nobody may ask for more")));
        LineBlockReader reader = new(text, 512 * 1024, isLive: true);
        LineBlock block = new(512 * 1024);

        Assert.True(reader.Read(block));
        Assert.Equal("{\"a\":1}\n"u8, block.Buffer.AsSpan(0, block.Length));
        Assert.Single(pieces);
    }

    private static void AssertRead(string expected, string text)
    {
        foreach ((int piece, int room) in new[] { (1, 1), (1, 100), (100, 1), (3, 2), (100, 100) })
        {
            Assert.Equal(expected, Read(text, piece, room, seed: piece));
        }
    }

    private static string Read(string text, int piece, int room, int seed)
    {
        using ArrayText array = new(PiecewiseStream.Random(Encoding.UTF8.GetBytes(text), seed, piece));
        using MemoryStream read = new();
        byte[] buffer = new byte[room];
        for (int count = array.Read(buffer); count > 0; count = array.Read(buffer))
        {
            read.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(read.ToArray());
    }

    private static string[] Lines(string text)
    {
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "the last element has no end");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static JsonNode? Element(Random random, int depth) => random.Next(depth > 3 ? 4 : 7) switch
    {
        0 => random.Next(),
        1 => null,
        2 => random.Next(2) == 0,
        3 => Text(random),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Element(random, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4))
            .Select(i => KeyValuePair.Create($"{i}{Text(random)}", Element(random, depth + 1)))),
    };

    private static string Text(Random random)
    {
        const string Alphabet = "ab\"\\{}[],: \n\té🎉\u0001";
        return string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Alphabet.EnumerateRunes().ElementAt(random.Next(16)).ToString()));
    }

    private sealed class Pieces(Func<string> next) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => Encoding.UTF8.GetBytes(next(), buffer);
    }
}
