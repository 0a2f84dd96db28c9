using System.Text;
using Tidemark.Cli.State;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.State;

/// <summary>
/// Goal: whatever is left of the log after a crash, what is read is the last whole checkpoint with its pieces, or a refusal, and never
/// anything else. Method: every length, and a changed bit at every byte.
/// </summary>
public sealed class StateLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_EmptyDirectory_HasNoCheckpoint()
    {
        using StateLog log = StateLog.Open(_folder.Path, writable: true);

        Assert.Null(log.Checkpoint);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Open_AfterCheckpoints_HasTheLastWithThePiecesItNames()
    {
        Write(3);

        using StateLog log = StateLog.Open(_folder.Path, writable: false);

        Assert.Equal("checkpoint 3", Read(log));
        Assert.Equal("piece 3", Encoding.UTF8.GetString(log.Item(3).Span));
        Assert.Equal("piece 2", Encoding.UTF8.GetString(log.Item(2).Span));
        Assert.Throws<InvalidDataException>(() => log.Item(1));
        Assert.Equal(3, log.LastItem);
    }

    [Fact]
    public void Write_NewFile_IsForItsOwnerAlone()
    {
        Write(1);

        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogFile));
    }

    [Fact]
    public void Open_CutOffAtAnyLength_HasTheLastWholeCheckpoint()
    {
        List<long> ends = Write(4);
        byte[] whole = File.ReadAllBytes(LogFile);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(LogFile, whole[..length]);
            int last = ends.FindLastIndex(end => end <= length);

            using StateLog log = StateLog.Open(_folder.Path, writable: true);

            Assert.Equal(last < 0 ? null : $"checkpoint {last + 1}", Read(log));
        }
    }

    // Behind a frame that was cut off a crash leaves nothing. What is changed before something whole was whole once: that is damage.
    [Fact]
    public void Open_OneBitChangedAnywhere_IsRefusedOrTheCheckpointBeforeIt()
    {
        Write(4);
        byte[] whole = File.ReadAllBytes(LogFile);
        int lastDurable = whole.Length - StateFrame.HeaderBytes - StateFrame.TrailerBytes;
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(LogFile, changed);
            if (i < lastDurable)
            {
                Assert.Throws<StateException>(() => StateLog.Open(_folder.Path, writable: true));
                Assert.Equal(changed, File.ReadAllBytes(LogFile));
            }
            else
            {
                using StateLog log = StateLog.Open(_folder.Path, writable: false);
                Assert.Equal("checkpoint 4", Read(log));
            }
        }
    }

    [Fact]
    public void Open_RandomBytesOverwritten_IsRefusedOrACheckpointThatWasWritten()
    {
        Write(4);
        byte[] whole = File.ReadAllBytes(LogFile);
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] changed = whole[..random.Next(1, whole.Length + 1)];
            int start = random.Next(changed.Length);
            random.NextBytes(changed.AsSpan(start, random.Next(changed.Length - start)));
            File.WriteAllBytes(LogFile, changed);
            try
            {
                using StateLog log = StateLog.Open(_folder.Path, writable: false);
                Assert.Matches("^(checkpoint [1-4])?$", Read(log) ?? "");
                Assert.All(Enumerable.Range(1, 4).Where(number => Read(log) == $"checkpoint {number}"), number => Assert.Equal(
                    $"piece {number}", Encoding.UTF8.GetString(log.Item(number).Span)));
            }
            catch (StateException error)
            {
                Assert.Contains(LogFile, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Write_AfterATailThatWasCutOff_GoesOnBehindTheLastWholeCheckpoint()
    {
        Write(2);
        File.WriteAllBytes(LogFile, File.ReadAllBytes(LogFile)[..^60]);
        using (StateLog log = StateLog.Open(_folder.Path, writable: true))
        {
            Assert.Equal("checkpoint 1", Read(log));
            StateItems items = new(log.LastItem);
            items.Use(1);
            log.Write("again"u8, items);
        }

        using StateLog read = StateLog.Open(_folder.Path, writable: false);
        Assert.Equal("again", Read(read));
        Assert.Equal("piece 1", Encoding.UTF8.GetString(read.Item(1).Span));
    }

    [Fact]
    public void Write_MostIsOfNoUse_MovesWhatIsToANewFile()
    {
        using (StateLog log = StateLog.Open(_folder.Path, writable: true, leastGarbageBytes: 500))
        {
            StateItems items = new();
            items.Add(items.NewNumber(), "kept"u8.ToArray());
            for (int i = 0; i < 200; i++)
            {
                items.Use(1);
                log.Write(Encoding.UTF8.GetBytes($"checkpoint {i}"), items);
                items.Begin();
            }

            Assert.InRange(log.Bytes, 1, 1000);
        }

        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        Assert.NotEqual(LogFile, file);
        using StateLog read = StateLog.Open(_folder.Path, writable: false);
        Assert.Equal("checkpoint 199", Read(read));
        Assert.Equal("kept", Encoding.UTF8.GetString(read.Item(1).Span));
    }

    // Where a file was once written anew, under a name that was known before, a link now waits.
    [Fact]
    public void Write_AnewWhileALinkWaits_DoesNotWriteThroughIt()
    {
        using TempFolder elsewhere = new();
        File.WriteAllText(elsewhere.File("precious"), "before");
        using (StateLog log = StateLog.Open(_folder.Path, writable: true, leastGarbageBytes: 1))
        {
            File.CreateSymbolicLink(_folder.File("state-000002.log.tmp"), elsewhere.File("precious"));
            for (int i = 0; i < 20; i++)
            {
                log.Write(Encoding.UTF8.GetBytes($"checkpoint {i}"), new StateItems());
            }
        }

        Assert.Equal("before", File.ReadAllText(elsewhere.File("precious")));
        Assert.False(File.Exists(LogFile));
    }

    // A crash while a file is written anew leaves the old one, a temporary one, or both whole ones.
    [Theory]
    [InlineData("state-000002.log.tmp", "checkpoint 2")]
    [InlineData("state-000002.log", "checkpoint 3")]
    public void Open_TwoFiles_TakesTheNewestThatIsUnderItsName(string name, string expected)
    {
        Write(3);
        byte[] newer = File.ReadAllBytes(LogFile);
        File.Delete(LogFile);
        Write(2);
        File.WriteAllBytes(_folder.File(name), newer);

        using (StateLog log = StateLog.Open(_folder.Path, writable: true))
        {
            Assert.Equal(expected, Read(log));
        }

        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Open_LaterVersion_SaysWhichAndWhatToDo()
    {
        Write(1);
        byte[] later = File.ReadAllBytes(LogFile);
        later[7]++;
        File.WriteAllBytes(LogFile, later);

        StateException error = Assert.Throws<StateException>(() => StateLog.Open(_folder.Path, writable: true));

        Assert.Contains("format 2, this one reads 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("--lake", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DirectoryIsGone_FailsForGood()
    {
        string gone = _folder.File("gone");
        Directory.CreateDirectory(gone);
        using StateLog log = StateLog.Open(gone, writable: true);
        Directory.Delete(gone);

        StateException error = Assert.Throws<StateException>(() => log.Write("x"u8, new StateItems()));
        Directory.CreateDirectory(gone);

        Assert.StartsWith($"cannot save the state in {gone}: No such directory", error.Message, StringComparison.Ordinal);
        Assert.Same(error, Assert.Throws<StateException>(() => log.Write("x"u8, new StateItems())));
    }

    private string LogFile => _folder.File("state-000001.log");

    private static string? Read(StateLog log) => log.Checkpoint is { } checkpoint ? Encoding.UTF8.GetString(checkpoint.Span) : null;

    /// <summary>Checkpoints that each name a new piece and the one before.</summary>
    /// <returns>Where each ends.</returns>
    private List<long> Write(int checkpoints)
    {
        List<long> ends = [];
        using StateLog log = StateLog.Open(_folder.Path, writable: true);
        StateItems items = new();
        for (int i = 1; i <= checkpoints; i++)
        {
            items.Begin();
            items.Add(items.NewNumber(), Encoding.UTF8.GetBytes($"piece {i}"));
            items.Use(i);
            if (i > 1)
            {
                items.Use(i - 1);
            }

            log.Write(Encoding.UTF8.GetBytes($"checkpoint {i}"), items);
            ends.Add(log.Bytes - StateFrame.HeaderBytes - StateFrame.TrailerBytes);
        }

        return ends;
    }
}
