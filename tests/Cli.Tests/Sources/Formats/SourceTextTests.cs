using System.Text;
using Tidemark.Cli.Sources;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Sources.Formats;

/// <summary>What a source is, told by its first bytes, in any pieces.</summary>
public sealed class SourceTextTests
{
    [Fact]
    public void Read_Utf16InAnyPieces_IsItsUtf8()
    {
        const string Text = "{\"a\":\"é€🎉\"}\r\n{\"b\":2}\n";
        foreach (bool bigEndian in new[] { false, true })
        {
            byte[] packed = Packing.Utf16(Encoding.UTF8.GetBytes(Text), bigEndian);
            foreach (int piece in new[] { 1, 2, 3, 1000 })
            {
                Assert.Equal(Text, Encoding.UTF8.GetString(ReadAll(packed, piece)));
            }
        }
    }

    [Theory]
    [InlineData("FEFFD800000A", "\ufffd\n")]
    [InlineData("FEFFDC000078000A", "\ufffdx\n")]
    [InlineData("FEFFD83DD83CDF89000A", "\ufffd🎉\n")]
    public void Read_Utf16WithAnUnpairedSurrogate_HasAReplacementCharacter(string hex, string expected)
    {
        byte[] packed = Convert.FromHexString(hex);

        Assert.Equal(expected, Encoding.UTF8.GetString(ReadAll(packed, 1)));
        Assert.Equal(expected, Encoding.UTF8.GetString(ReadAll(packed, 100)));
    }

    [Fact]
    public void Read_LargeUtf16_IsItsUtf8()
    {
        Random random = new(4);
        string text = string.Concat(Enumerable.Range(0, 60_000).Select(_ => random.Next(3) switch { 0 => "🎉", 1 => "é", _ => "x" }));
        byte[] packed = Packing.Utf16(Encoding.UTF8.GetBytes(text), bigEndian: true);

        Assert.Equal(text, Encoding.UTF8.GetString(ReadAll(packed, 40_000)));
    }

    [Theory]
    [InlineData("FFFE7B")]
    [InlineData("FFFE3DD8")]
    [InlineData("FEFFD83D")]
    public void Read_Utf16CutWithinACharacter_Fails(string hex) =>
        Assert.Equal(
            "the UTF-16 text ends within a character", Assert.Throws<InvalidDataException>(() => ReadAll(Convert.FromHexString(hex), 1)).Message);

    [Theory]
    [InlineData("FD377A585A00", "xz", "xz -dc FILE")]
    [InlineData("04224D18", "lz4", "lz4 -dc FILE")]
    [InlineData("1F9D90", "compress (.Z)", "gzip -dc FILE")]
    [InlineData("504B0304", "a zip archive", "unzip -p FILE")]
    [InlineData("377ABCAF271C", "a 7z archive", "7z x -so FILE")]
    [InlineData("50415231", "Parquet", "duckdb -c \"COPY (FROM 'FILE') TO '/dev/stdout' (FORMAT json)\"")]
    [InlineData("4F626A01", "Avro", "fastavro FILE")]
    [InlineData("FFFE00007B000000", "UTF-32", "iconv -f UTF-32 -t UTF-8 FILE")]
    [InlineData("0000FEFF0000007B", "UTF-32", "iconv -f UTF-32 -t UTF-8 FILE")]
    [InlineData("7B0022006100", "UTF-16 without a byte order mark", "iconv -f UTF-16LE -t UTF-8 FILE")]
    [InlineData("007B00220061", "UTF-16 without a byte order mark", "iconv -f UTF-16BE -t UTF-8 FILE")]
    public void Read_FormThatIsNotRead_IsNamedWithTheWayToFeedIt(string hex, string name, string feed)
    {
        byte[] bytes = [.. Convert.FromHexString(hex), .. "the rest of it\n"u8];

        string expected = $"it is {name}, which is not read; feed it by {feed} | tidemark run --source -";
        Assert.Equal(expected, Assert.ThrowsAny<IOException>(() => ReadAll(bytes, 1)).Message);
        Assert.Equal(expected, Assert.ThrowsAny<IOException>(() => ReadAll(bytes, 100)).Message);
    }

    [Fact]
    public void Read_TarInGzip_IsNamed()
    {
        byte[] tar = new byte[1024];
        "logs/events.ndjson"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));

        Assert.StartsWith("it is a tar archive, which is not read; feed it by tar -xOf FILE",
            Assert.ThrowsAny<IOException>(() => ReadAll(Packing.Gzip(tar), 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileOfAFormThatIsNotRead_NamesTheFileInTheCommand()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("a.ndjson"), "{}\n");
        File.WriteAllBytes(folder.File("b.xz"), [0xFD, .. "7zXZ"u8, 0, 0, 4]);

        // Told before the first file is read.
        SourceException error = Assert.Throws<SourceException>(
            () => LineSource.Open(new SourceOptions { Paths = [folder.Path] }, Run.TestRun.Silent).Dispose());
        Assert.Equal($"cannot read {folder.File("b.xz")}: it is xz, which is not read; "
            + $"feed it by xz -dc {folder.File("b.xz")} | tidemark run --source -", error.Message);
    }

    [Theory]
    [InlineData("{\"a\":1}\n")]
    [InlineData("BZh9 is no bzip2\n")]
    [InlineData("[2026-11-22] rubbish\n{}\n")]
    [InlineData("[1,2]\n")]
    [InlineData("\n\n  {}\n")]
    [InlineData("P\n")]
    [InlineData("\0\0{}\n")]
    [InlineData("\uFEFF{}\n")]
    [InlineData("")]
    public void Read_Lines_AreTheBytes(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        using SourceText source = new(PiecewiseStream.Random(bytes, 1, 1));
        source.Detect();

        Assert.True(source.IsPlain);
        Assert.Equal(bytes, ReadAll(bytes, 1));
    }

    [Theory]
    [InlineData("[{}]", "{}\n")]
    [InlineData("\uFEFF \n[\n{}]", "{}\n")]
    [InlineData("[", null)]
    public void Read_ByteOrderMarkAndSpaceBeforeAnArray_AreNoElement(string text, string? expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (expected is null)
        {
            Assert.Throws<InvalidDataException>(() => ReadAll(bytes, 1));
            return;
        }

        Assert.Equal(expected, Encoding.UTF8.GetString(ReadAll(bytes, 1)));
    }

    // A line that could be counted is not waited for.
    [Theory]
    [InlineData("{}\n")]
    [InlineData("x\n")]
    [InlineData("\n{}\n")]
    public void Detect_LivePipe_AsksForNoMoreThanALine(string line)
    {
        Queue<byte[]> pieces = new([.. Encoding.ASCII.GetBytes(line).Select(value => new[] { value })]);
        using SourceText source = new(new Pieces(
            () => pieces.TryDequeue(out byte[]? piece) ? piece : throw new IOException("nobody may ask for more")));
        source.Detect();

        Assert.True(source.IsPlain);
    }

    private static byte[] ReadAll(byte[] bytes, int piece)
    {
        using SourceText text = new(PiecewiseStream.Random(bytes, piece, piece));
        using MemoryStream all = new();
        text.CopyTo(all);
        Assert.Equal(0, text.Read(new byte[1]));
        return all.ToArray();
    }

    private sealed class Pieces(Func<byte[]> next) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            byte[] piece = next();
            piece.CopyTo(buffer);
            return piece.Length;
        }
    }
}
