using System.Text;
using Tidemark.Cli.Sources;

namespace Tidemark.Cli.Tests.Sources.Formats;

/// <summary>Goal: compressed text is the text, whole, in parts, cut, damaged or huge. Method: packers by other hands, every byte.</summary>
public sealed class CompressedTextTests
{

    [Fact]
    public void Read_SeveralParts_IsTheirText()
    {
        byte[] one = Text(1, 300_000);
        byte[] two = Text(2, 3);
        foreach ((string name, Func<byte[], byte[]> pack) in Compressions)
        {
            byte[] packed = [.. pack(one), .. pack([]), .. pack(two), .. pack(one)];
            Assert.True(new byte[][] { one, two, one }.SelectMany(part => part).SequenceEqual(ReadAll(packed, 1 << 20)), name);
            Assert.True(new byte[][] { one, two, one }.SelectMany(part => part).SequenceEqual(ReadAll(packed, 7)), name);
        }
    }

    [Fact]
    public void Read_RunsOfEqualBytes_AreTheText()
    {
        // Runs of 4 to 260 are where bzip2 counts, and 900,000 is past a block.
        byte[] text = [.. Enumerable.Range(0, 300).SelectMany(length => Enumerable.Repeat((byte)length, length)), .. new byte[900_000]];
        text[^1] = 1;
        Assert.Equal(text, ReadAll(Packing.Bzip2(text), 4096)[..]);
    }

    [Fact]
    public void Read_RandomTexts_AreTheTexts()
    {
        Random random = new(3);
        for (int i = 0; i < 60; i++)
        {
            byte[] text = new byte[random.Next(1, 2000)];
            int alphabet = 1 << random.Next(9);
            foreach (ref byte value in text.AsSpan())
            {
                value = (byte)(32 + random.Next(alphabet));
            }

            text[0] = (byte)'x';
            Assert.Equal(text, ReadAll(Packing.Bzip2(text), random.Next(1, 50)));
            Assert.Equal(text, ReadAll(Packing.Zstd(text), random.Next(1, 50)));
        }
    }

    /// <summary>Every line that a cut leaves whole is delivered, and then the cut is told.</summary>
    [Fact]
    public void Read_CutAnywhere_DeliversTheWholeLinesThenFails()
    {
        byte[] first = Encoding.ASCII.GetBytes("{\"a\":1}\n{\"b\":22}\n");
        byte[] text = [.. first, .. Encoding.ASCII.GetBytes("{\"c\":333}\n{\"d\":4444}\n")];
        foreach ((string name, Func<byte[], byte[]> pack) in Compressions)
        {
            byte[] start = pack(first);
            byte[] packed = [.. start, .. pack(text[first.Length..])];
            for (int length = 4; length < packed.Length; length++)
            {
                // Shorter than what a format is known by it is text.
                if (name == "bzip2" && length < 10)
                {
                    continue;
                }

                (string read, Exception? error) = ReadLines(packed[..length], 1 + (length % 9));
                string where = $"{name} cut at {length} of {packed.Length}, behind {start.Length}: {read}";
                Assert.True(Encoding.ASCII.GetString(text).StartsWith(read, StringComparison.Ordinal), where);
                Assert.True(read.Length == 0 || read[^1] == '\n', where);
                Assert.True(length < start.Length || read.Length >= first.Length, where);
                Assert.True(length == start.Length ? error is null : error is InvalidDataException { Message: var message }
                    && message == $"the {name} data are cut off", $"{where}: {error?.Message}");
            }
        }
    }

    [Fact]
    public void Read_CutBehindAFullBlock_DeliversItsLines()
    {
        byte[] text = Text(5, 700_000);
        foreach ((string name, Func<byte[], byte[]> pack) in Compressions)
        {
            byte[] packed = pack(text);
            (string read, Exception? error) = ReadLines(packed[..(packed.Length * 9 / 10)], 5000);
            Assert.IsType<InvalidDataException>(error);
            Assert.True(read.Length > text.Length / 2, $"{name}: {read.Length} of {text.Length}");
            Assert.True(Encoding.ASCII.GetString(text).StartsWith(read, StringComparison.Ordinal), name);
        }
    }

    /// <summary>bzip2 has checksums of everything; zstd as it is packed here has none, and must only not do anything else than fail.</summary>
    [Fact]
    public void Read_DamagedData_FailsOrIsTheText()
    {
        byte[] text = Text(6, 400);
        Random random = new(6);
        foreach ((string name, Func<byte[], byte[]> pack) in Compressions.Where(pair => pair.Key != "gzip"))
        {
            byte[] packed = pack(text);
            for (int i = 0; i < 1500; i++)
            {
                // What is known by its first bytes stays so.
                byte[] damaged = [.. packed];
                for (int changes = random.Next(1, 4); changes > 0; changes--)
                {
                    damaged[random.Next(name == "bzip2" ? 10 : 4, damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                try
                {
                    byte[] read = ReadAll(damaged, 64);
                    Assert.True(name == "zstd" || read.SequenceEqual(text), $"{name}: damage {i} is not noticed");
                }
                catch (InvalidDataException)
                {
                    // It is noticed.
                }
                catch (IOException error) when (error.Message.StartsWith("it is ", StringComparison.Ordinal))
                {
                    // The text begins like something else now.
                }
            }
        }
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("zstd")]
    public void Read_SomethingElseBehind_Fails(string name)
    {
        byte[] packed = [.. Compressions[name](Text(7, 1000)), .. "garbage!"u8];

        Assert.Equal($"the {name} data are followed by something else", Assert.Throws<InvalidDataException>(() => ReadAll(packed, 5)).Message);
    }

    [Fact]
    public void Read_ABomb_NeedsLittleMemory()
    {
        byte[] text = [.. "{\"a\":1}\n"u8, .. new byte[8 << 20]];
        text.AsSpan(8).Fill((byte)'x');
        foreach ((string name, Func<byte[], byte[]> pack) in Compressions)
        {
            byte[] packed = pack(text);
            using SourceText source = new(new MemoryStream(packed));
            LineBlockReader reader = new(source, 512 * 1024, isLive: false);
            LineBlock block = new(512 * 1024);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int blocks = 0;
            while (reader.Read(block))
            {
                blocks++;
            }

            Assert.Equal(2, blocks);
            Assert.True(packed.Length < text.Length / 100, name);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        }
    }

    // bzip2 1.0.8, and of nothing; zstd 1.5.4; pzstd, which begins with a frame to skip.
    [Theory]
    [InlineData("425A6839314159265359CB52E5670000055100001040040244A00021243108602F1844C715178BB9229C284865A972B380", "hello, hello, hello\n")]
    [InlineData("425A683917724538509000000000", "")]
    [InlineData("28B52FFD04687500004068656C6C6F2C200A0100E28A1121699D87", "hello, hello, hello\n")]
    [InlineData("502A4D18040000001B00000028B52FFD04587500004068656C6C6F2C200A0100E28A1121699D87", "hello, hello, hello\n")]
    public void Read_DataOfTheRealTools_IsTheText(string packed, string text) =>
        Assert.Equal(text, Encoding.ASCII.GetString(ReadAll(Convert.FromHexString(packed), 3)));

    // A frame with a window of 2 GiB, which is asked for before its first byte.
    [Fact]
    public void Read_ZstdThatNeedsMuchMemory_IsRefused() => Assert.StartsWith(
        "the zstd data need more than 128 MiB of memory; feed them by zstd -dc --long=31",
        Assert.Throws<InvalidDataException>(() => ReadAll(Convert.FromHexString("28B52FFD00A8010000"), 100)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_CompressedWithinCompressed_SaysSo()
    {
        byte[] packed = Packing.Zstd(Packing.Gzip(Text(8, 100)));

        Assert.Equal("it is gzip within zstd, and only one of them is decompressed; decompress the outer one first",
            Assert.ThrowsAny<IOException>(() => ReadAll(packed, 100)).Message);
    }

    private static Dictionary<string, Func<byte[], byte[]>> Compressions { get; } =
        Packing.Forms.Where(pair => pair.Key is "gzip" or "zstd" or "bzip2").ToDictionary();

    private static byte[] Text(int seed, int bytes)
    {
        byte[] random = new byte[bytes];
        new Random(seed).NextBytes(random);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(random, Base64FormattingOptions.InsertLineBreaks)[..bytes]
            .Replace('\r', 'r'));
    }

    private static byte[] ReadAll(byte[] packed, int piece)
    {
        using SourceText text = new(PiecewiseStream.Random(packed, piece, piece));
        using MemoryStream all = new();
        text.CopyTo(all);
        Assert.Equal(0, text.Read(new byte[1]));
        return all.ToArray();
    }

    private static (string Lines, Exception? Error) ReadLines(byte[] packed, int piece)
    {
        using SourceText text = new(PiecewiseStream.Random(packed, piece, piece));
        LineBlockReader reader = new(text, 100, isLive: false);
        LineBlock block = new(100);
        StringBuilder lines = new();
        Exception? error = Record.Exception(() =>
        {
            while (reader.Read(block))
            {
                lines.Append(Encoding.ASCII.GetString(block.Buffer, 0, block.Length));
            }
        });
        return (lines.ToString(), error);
    }
}
