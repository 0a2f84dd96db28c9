using System.Text;
using Tidemark.Cli.Sources;
using Tidemark.Cli.Tests.Sources.Formats;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Sources;

public sealed class LineSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_GzipOfSeveralMembers_IsTheirTextInAnyPieces()
    {
        byte[] one = Packing.Gzip(Text(1, 100_000));
        byte[] two = Packing.Gzip(Text(2, 3));
        byte[] none = Packing.Gzip([]);
        byte[] expected = [.. Text(1, 100_000), .. Text(2, 3), .. Text(1, 100_000)];
        byte[] packed = [.. one, .. two, .. none, .. one];

        Assert.Equal(expected, ReadFile(packed));
        foreach (int piece in new[] { 1, 2, 3, 10, 5000 })
        {
            Assert.Equal(expected, ReadPipe(packed, piece));
        }
    }

    [Fact]
    public void Lines_GzipCutAnywhere_Fails()
    {
        byte[] whole = Packing.Gzip(Text(3, 200));

        // Shorter than the two bytes that gzip is known by it is text.
        for (int length = 2; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            Assert.Equal("the gzip data are cut off", Assert.Throws<InvalidDataException>(() => ReadFile(cut)).Message);
            Assert.Equal("the gzip data are cut off", Assert.Throws<InvalidDataException>(() => ReadPipe(cut, 7)).Message);
        }
    }

    [Fact]
    public void Lines_SecondMemberCutAnywhere_Fails()
    {
        byte[] first = Packing.Gzip(Text(4, 50));
        byte[] whole = [.. first, .. Packing.Gzip(Text(5, 60))];

        for (int length = first.Length + 1; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            Assert.Throws<InvalidDataException>(() => ReadFile(cut));
            Assert.Throws<InvalidDataException>(() => ReadPipe(cut, 1));
        }
    }

    [Fact]
    public void Lines_LargeGzipCut_FailsAfterTheTextBeforeTheCut()
    {
        byte[] whole = Packing.Gzip(Text(6, 3_000_000));
        string path = Write(whole[..(whole.Length / 2)]);
        using TextInput input = new FileOpener(null, follows: false).Open(path);
        using var read = new MemoryStream();

        Assert.Throws<InvalidDataException>(() => input.Text.CopyTo(read));
        Assert.InRange(read.Length, 1_000_000, 2_000_000);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("\0garbage")]
    [InlineData("\x1f")]
    [InlineData("\x1f\x8a........")]
    public void Lines_SomethingAfterGzip_Fails(string after)
    {
        byte[] packed = [.. Packing.Gzip(Text(7, 1000)), .. Encoding.Latin1.GetBytes(after)];

        Assert.Throws<InvalidDataException>(() => ReadFile(packed));
        Assert.Throws<InvalidDataException>(() => ReadPipe(packed, 1));
    }

    [Fact]
    public void Lines_GzipWithPadding_IsTheText()
    {
        foreach (int text in new[] { 0, 1, 255, 65_536 })
        {
            // The length at the end of a member ends with NUL bytes itself.
            byte[] packed = Packing.Gzip(Text(7, text));
            foreach (int padding in new[] { 1, 3, 511, 70_000 })
            {
                byte[] padded = [.. packed, .. new byte[padding]];
                Assert.Equal(Text(7, text), ReadFile(padded));
                Assert.Equal(Text(7, text), ReadPipe(padded, 3));
            }
        }
    }

    [Fact]
    public void Lines_DamagedGzip_FailsOrIsTheText()
    {
        byte[] text = Text(8, 500);
        byte[] whole = Packing.Gzip(text);

        int failed = 0;

        // The header holds bytes that nobody checks: a time, a name of the system.
        for (int i = 10; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x10;

            // A few bits say nothing: those that fill the last byte of the data.
            Exception? error = Record.Exception(() => Assert.Equal(text, ReadFile(damaged)));
            Assert.True(error is null or InvalidDataException, $"byte {i}: {error}");
            failed += error is null ? 0 : 1;
        }

        Assert.InRange(failed, whole.Length - 15, whole.Length - 10);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x1f")]
    [InlineData("a")]
    [InlineData("\n")]
    [InlineData("a\nb")]
    public void Lines_PlainBytes_AreTheBytes(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);

        Assert.Equal(bytes, ReadFile(bytes));
        Assert.Equal(bytes, ReadPipe(bytes, 1));
    }

    [Fact]
    public void Open_File_KnowsItsLengthAndHowMuchWasRead()
    {
        byte[] packed = Packing.Gzip(Text(9, 200_000));
        using LineSource source = Open(Write(packed), NoInput);
        RecordBlock block = source.NewBlock();
        Assert.InRange(source.Share!.Value, 0, 0.5);
        while (source.Read(block))
        {
        }

        Assert.Equal(packed.Length, source.Length);
        Assert.Equal(1, source.Share);
        Assert.Equal(200_000, source.BytesRead);
        Assert.False(source.IsLive);
    }

    [Fact]
    public void Open_StandardInput_ReadsNothingBeforeItIsAskedTo()
    {
        using LineSource source = Open("-", Input(() => new PiecewiseStream(default, () => throw new IOException("read"))));

        Assert.Equal("stdin", source.Name);
        Assert.True(source.IsLive);
        Assert.Null(source.Share);
        Assert.Equal("cannot read stdin after 0 bytes of text: read", Assert.Throws<SourceException>(() => source.Read(source.NewBlock())).Message);
    }

    [Fact]
    public void Open_MissingFile_SaysSo() => AssertCannotOpen(_folder.File("missing"), "No such file or directory");

    [Fact]
    public void Open_MissingFolder_SaysSo() => AssertCannotOpen(_folder.File("missing/events.ndjson"), "No such directory");

    [Fact]
    public void Open_PathThroughAFile_SaysSo() => AssertCannotOpen(Write([]) + "/events.ndjson", "No such directory");

    [Fact]
    public void Open_FolderWithoutFiles_SaysSo() => AssertCannotOpen(_folder.Path, "it is a directory without files");

    // It opens and cannot be read, whoever asks.
    [Fact]
    public void Open_FileThatCannotBeRead_SaysSo() => AssertCannotOpen("/proc/self/mem", "Input/output error");

    [Fact]
    public void Open_LongName_SaysSo() => AssertCannotOpen(_folder.File(new string('x', 300)), "File name too long");

    private static void AssertCannotOpen(string path, string reason)
    {
        SourceException error = Assert.Throws<SourceException>(() => Open(path, NoInput));
        Assert.Equal($"cannot read {path}: {reason}", error.Message);
    }

    private static LineSource Open(string path, CommandContext context) => LineSource.Open(new SourceOptions { Paths = [path] }, context);

    private static CommandContext NoInput => Input(() => throw new InvalidOperationException("stdin is not wanted"));

    private static CommandContext Input(Func<Stream> open) =>
        new(TextWriter.Null, () => Stream.Null, TimeProvider.System) { OpenStandardInput = open };

    private static byte[] Text(int seed, int bytes)
    {
        // Base 64 text: it compresses, but not to nothing.
        byte[] random = new byte[bytes];
        new Random(seed).NextBytes(random);
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(random, Base64FormattingOptions.InsertLineBreaks)[..bytes]);
    }

    private string Write(byte[] bytes)
    {
        string path = _folder.File($"events-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private byte[] ReadFile(byte[] bytes)
    {
        string path = Write(bytes);
        try
        {
            using TextInput input = new FileOpener(null, follows: false).Open(path);
            return ReadAll(input.Text);
        }
        catch (SourceException error) when (error.InnerException is InvalidDataException reason)
        {
            // Of so little text what is wrong is found when it is opened.
            throw new InvalidDataException(reason.Message, error);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] ReadPipe(byte[] bytes, int piece)
    {
        using SourceText text = new(PiecewiseStream.Random(bytes, piece, piece));
        return ReadAll(text);
    }

    private static byte[] ReadAll(Stream source)
    {
        using var text = new MemoryStream();
        source.CopyTo(text);
        Assert.Equal(0, source.Read(new byte[1]));
        return text.ToArray();
    }
}
