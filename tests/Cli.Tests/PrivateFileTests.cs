using Tidemark.Cli.Generate;
using Tidemark.Cli.State;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests;

/// <summary>Goal: whoever can write a directory cannot lead a file of ours elsewhere, by a link or by a name that is known before.</summary>
public sealed class PrivateFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public PrivateFileTests() => File.WriteAllText(_folder.File("precious"), "before");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FileMode.Create)]
    [InlineData(FileMode.OpenOrCreate)]
    [InlineData(FileMode.CreateNew)]
    [InlineData(FileMode.Open)]
    public void Open_Link_IsRefusedAndWhatItPointsAtStays(FileMode mode)
    {
        File.CreateSymbolicLink(_folder.File("link"), "precious");
        File.CreateSymbolicLink(_folder.File("dangling"), "nothing");

        foreach (string link in new[] { "link", "dangling" })
        {
            IOException refusal = Assert.Throws<IOException>(
                () => PrivateFile.Open(_folder.File(link), mode, FileAccess.Write, FileShare.None).Dispose());
            Assert.StartsWith("it is a symbolic link to ", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal("before", File.ReadAllText(_folder.File("precious")));
        Assert.False(File.Exists(_folder.File("nothing")));
    }

    // What the look before the opening cannot see: a link that was put there in between.
    [Fact]
    public void IsAt_LinkOrAnotherFile_IsNotWhatIsOpen()
    {
        File.CreateSymbolicLink(_folder.File("link"), "precious");
        File.WriteAllText(_folder.File("other"), "before");
        using FileStream open = File.OpenRead(_folder.File("link"));

        Assert.True(FileIdentity.IsAt(open.SafeFileHandle, _folder.File("precious")));
        Assert.Equal(OperatingSystem.IsWindows(), FileIdentity.IsAt(open.SafeFileHandle, _folder.File("link")));
        Assert.Equal(OperatingSystem.IsWindows(), FileIdentity.IsAt(open.SafeFileHandle, _folder.File("other")));
    }

    [Fact]
    public void Open_ExistingFileToBeMadeAnew_IsEmptied()
    {
        PrivateFile.Open(_folder.File("precious"), FileMode.Create, FileAccess.Write, FileShare.None).Dispose();

        Assert.Equal("", File.ReadAllText(_folder.File("precious")));
    }

    [Fact]
    public void FileLock_HolderThatIsALink_IsNotWrittenThrough()
    {
        File.CreateSymbolicLink(_folder.File("lock.holder"), "precious");

        Assert.Throws<StateException>(() => FileLock.TryTake(_folder.File("lock"), "state"));

        Assert.Equal("before", File.ReadAllText(_folder.File("precious")));
    }

    [Fact]
    public void OutputTarget_WhileItIsWritten_HasANameThatIsAnotherEachTime()
    {
        HashSet<string> names = [];
        for (int i = 0; i < 3; i++)
        {
            using OutputTarget target = OutputTarget.Open(_folder.File("made"), () => Stream.Null);
            string name = Path.GetFileName(Assert.Single(Directory.GetFiles(_folder.Path, "made*")));
            Assert.Matches("^made\\.[0-9a-f]{16}\\.partial$", name);
            names.Add(name);
        }

        Assert.Equal(3, names.Count);
    }
}
