using Tidemark.Cli.Sources;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Tests.Sources;

public sealed class LineBlockReaderTests
{
    private const int MiB = EventParser.MaxRecordBytes;

    [Fact]
    public void Read_AnyBytesInAnyPieces_EqualsANaiveSplit()
    {
        var random = new Random(1);
        byte[] alphabet = [(byte)'\n', (byte)'\n', (byte)'\r', (byte)'a', (byte)'b', 0, 0xEF, 0xBB, 0xBF];
        for (int i = 0; i < 1500; i++)
        {
            byte[] text = new byte[random.Next(0, 60)];
            foreach (ref byte b in text.AsSpan())
            {
                b = alphabet[random.Next(alphabet.Length)];
            }

            // One in three starts with a byte order mark, whole or a part of it.
            new byte[] { 0xEF, 0xBB, 0xBF }.AsSpan(0, random.Next(3) == 0 ? Math.Min(text.Length, random.Next(4)) : 0).CopyTo(text);
            AssertLines(text, piece: random.Next(1, 8), block: random.Next(1, 70), live: i % 2 == 0, seed: i);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("EFBBBF")]
    [InlineData("EFBB")]
    [InlineData("EF")]
    [InlineData("EFBBBF61")]
    [InlineData("EFBBBFEFBBBF0A")]
    [InlineData("EFBB0A")]
    [InlineData("0AEFBBBF0A")]
    [InlineData("0A0A0A0A")]
    [InlineData("610D0A620D0A630D")]
    [InlineData("61")]
    public void Read_EdgeOfATextByteByByte_EqualsANaiveSplit(string hex)
    {
        foreach (int block in new[] { 1, 2, 3, 4, 100 })
        {
            AssertLines(Convert.FromHexString(hex), piece: 1, block, live: false, seed: 0);
            AssertLines(Convert.FromHexString(hex), piece: 1, block, live: true, seed: 0);
            AssertLines(Convert.FromHexString(hex), piece: 100, block, live: false, seed: 0);
        }
    }

    [Theory]
    [InlineData(MiB - 1)]
    [InlineData(MiB)]
    [InlineData(MiB + 1)]
    [InlineData(MiB + 2)]
    [InlineData(5 * MiB)]
    public void Read_LongLine_KeepsOneByteMoreThanARecordMayHave(int length)
    {
        byte[] line = new byte[length];
        Array.Fill(line, (byte)'x');
        byte[] mark = [0xEF, 0xBB, 0xBF];
        foreach (byte[] text in new byte[][]
        {
            line,
            [.. line, (byte)'\n'],
            [.. mark, .. line, (byte)'\n'],
            [.. "before\n"u8, .. line, .. "\nafter\n\nlast"u8],
            [.. line, (byte)'\n', .. line, .. "\nafter"u8],
        })
        {
            AssertLines(text, piece: 100_000, block: 100, live: false, seed: length);
            AssertLines(text, piece: 3 * MiB, block: 512 * 1024, live: true, seed: length);
            AssertLines(text, piece: 70_000, block: 4 * MiB, live: false, seed: length);
        }
    }

    [Fact]
    public void Read_LineOf50MiB_NeedsNoMoreMemoryThanOneOf2MiB()
    {
        long small = AllocatedFor(2 * MiB);
        long large = AllocatedFor(50 * MiB);

        Assert.InRange(large, 0, small + (MiB / 4));

        static long AllocatedFor(int bytes)
        {
            int left = bytes;
            var stream = new Endless(() => Math.Min(left, 64 * 1024), read => left -= read);
            var reader = new LineBlockReader(stream, 512 * 1024, isLive: false);
            var block = new LineBlock(512 * 1024);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int lines = 0;
            while (reader.Read(block))
            {
                lines++;
                Assert.Equal(MiB + 2, block.Length);
            }

            Assert.Equal(1, lines);
            Assert.Equal(bytes, reader.BytesRead);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Read_LiveStream_DeliversALineBeforeTheNextOneComes()
    {
        // The third piece would never come.
        var pieces = new Queue<string>(["one\ntw", "o\n"]);
        var stream = new Pieces(() => pieces.TryDequeue(out string? piece) ? piece : throw new IOException("nobody may ask for more"));
        var reader = new LineBlockReader(stream, 512 * 1024, isLive: true);
        var block = new LineBlock(512 * 1024);

        Assert.True(reader.Read(block));
        Assert.Equal("one\n"u8, block.Buffer.AsSpan(0, block.Length));
        Assert.True(reader.Read(block));
        Assert.Equal("two\n"u8, block.Buffer.AsSpan(0, block.Length));
        Assert.Throws<IOException>(() => reader.Read(block));
    }

    private static void AssertLines(byte[] text, int piece, int block, bool live, int seed)
    {
        using PiecewiseStream stream = PiecewiseStream.Random(text, seed, piece);
        var reader = new LineBlockReader(stream, block, live);
        var target = new LineBlock(block);
        using var joined = new MemoryStream();
        long end = 0;
        while (reader.Read(target))
        {
            Assert.True(target.Length > 0);
            Assert.True(joined.Length == 0 || joined.GetBuffer()[joined.Length - 1] == '\n', "a block begins within a line");
            Assert.InRange(target.End, end + 1, text.Length);
            Assert.True(target.IsCut || text.AsSpan((int)target.End - target.Length, target.Length)
                .SequenceEqual(target.Buffer.AsSpan(0, target.Length)), "a block is not where it says");
            end = target.End;
            joined.Write(target.Buffer, 0, target.Length);
        }

        Assert.False(reader.Read(target));
        Assert.Equal(text.Length, reader.BytesRead);
        List<ArraySegment<byte>> expected = Lines(text, mark: true);
        List<ArraySegment<byte>> actual = Lines(joined.ToArray(), mark: false);
        Assert.True(
            expected.Count == actual.Count && expected.Zip(actual).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)),
            $"text of {text.Length} bytes {Convert.ToHexString(text.AsSpan(0, Math.Min(60, text.Length)))} in pieces of {piece}, "
                + $"blocks of {block}, seed {seed}");
    }

    /// <summary>The naive split: at every LF; what is left at the end is a line too. Of a long line the first bytes are kept.</summary>
    private static List<ArraySegment<byte>> Lines(byte[] text, bool mark)
    {
        List<ArraySegment<byte>> lines = [];
        int start = mark && text.AsSpan().StartsWith(new byte[] { 0xEF, 0xBB, 0xBF }) ? 3 : 0;
        for (int i = start; i <= text.Length; i++)
        {
            if (i == text.Length ? start < i : text[i] == '\n')
            {
                lines.Add(new ArraySegment<byte>(text, start, Math.Min(i - start, MiB + 1)));
                start = i + 1;
            }
        }

        return lines;
    }

    private sealed class Endless(Func<int> next, Action<int> taken) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            int read = Math.Min(buffer.Length, next());
            buffer[..read].Fill((byte)'x');
            taken(read);
            return read;
        }
    }

    private sealed class Pieces(Func<string> next) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => System.Text.Encoding.UTF8.GetBytes(next(), buffer);
    }
}
