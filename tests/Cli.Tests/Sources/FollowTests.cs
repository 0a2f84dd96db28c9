using System.Text;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Sources;

/// <summary>
/// Goal: whatever happens to a file that is followed, each of its lines is read once. Method: a writer that does what logrotate does, and a
/// reader on another thread.
/// </summary>
public sealed class FollowTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Log => _folder.File("access.log");

    [Fact]
    public async Task Read_FileThatGrows_HandsOutLinesWhenTheyAreWhole()
    {
        using Reader reader = new(Log, null);
        File.WriteAllText(Log, "one\ntw");
        await reader.UntilAsync("one");
        File.AppendAllText(Log, "o\nthree\n");

        await reader.UntilAsync("one", "two", "three");
    }

    [Fact]
    public async Task Read_FileRenamedAndMadeAnew_ReadsTheOldOneToItsEndFirst()
    {
        File.WriteAllText(Log, "1\n");
        using Reader reader = new(Log, null);
        await reader.UntilAsync("1");
        using (FileStream held = new(Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0))
        {
            File.Move(Log, Log + ".1");

            // The writer has not noticed yet.
            held.Write("2\n"u8);
        }

        File.WriteAllText(Log, "3\n");
        await reader.UntilAsync("1", "2", "3");
        File.AppendAllText(Log, "4\n");
        await reader.UntilAsync("1", "2", "3", "4");
    }

    [Theory]
    [InlineData("4\n")]
    [InlineData("4 longer than all that was there before it was emptied\n")]
    public async Task Read_FileCopiedAndEmptied_StartsAtItsNewContent(string next)
    {
        File.WriteAllText(Log, "1\n2\n3\n");
        using Reader reader = new(Log, null);
        await reader.UntilAsync("1", "2", "3");
        File.Copy(Log, Log + ".1");
        using (FileStream file = new(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
        {
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(next));
        }

        await reader.UntilAsync("1", "2", "3", next.TrimEnd('\n'));
    }

    // Emptied while only a piece of a line had been read: the whole line is in the copy.
    [Fact]
    public async Task Read_FileCopiedAndEmptiedWithinALine_ReadsTheLineFromTheCopy()
    {
        File.WriteAllText(Log, "1\n2\nthr");
        using Reader reader = new(Log, null);
        await reader.UntilAsync("1", "2");
        File.WriteAllText(Log + ".1", "1\n2\nthree\n4\n");
        using (FileStream file = new(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
        {
            file.SetLength(0);
            file.Write("5\n"u8);
        }

        await reader.UntilAsync("1", "2", "three", "4", "5");
    }

    [Fact]
    public async Task Read_FileReplacedByAnother_ReadsThatOne()
    {
        File.WriteAllText(Log, "1\n");
        using Reader reader = new(Log, null);
        await reader.UntilAsync("1");
        File.WriteAllText(Log + ".new", "2\n");
        File.Move(Log + ".new", Log, overwrite: true);

        await reader.UntilAsync("1", "2");
    }

    // While nobody watched the log was rotated twice: its rest lies in access.log.2, a whole one in .1, the present one under its name.
    [Fact]
    public async Task Read_FileRotatedTwiceWhileNobodyWatched_ReadsWhatCameBetween()
    {
        File.WriteAllText(Log, "1\n2\n");
        System.Text.Json.JsonElement position;
        using (Reader first = new(Log, null))
        {
            await first.UntilAsync("1", "2");
            position = first.Position();
        }

        File.AppendAllText(Log, "3\n");
        File.SetLastWriteTimeUtc(Log, new DateTime(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Move(Log, Log + ".2");
        File.WriteAllText(Log + ".1", "4\n5\n");
        File.SetLastWriteTimeUtc(Log + ".1", new DateTime(2026, 11, 2, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(Log + ".3", "an older one that nobody asked for\n");
        File.SetLastWriteTimeUtc(Log + ".3", new DateTime(2026, 10, 1, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(Log, "6\n");

        long startMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        using Reader reader = new(Log, position);
        await reader.UntilAsync("3", "4", "5", "6");
        File.AppendAllText(Log, "7\n");
        await reader.UntilAsync("3", "4", "5", "6", "7");

        // They arrive as they are read: an arrival before their time would have them rejected.
        Assert.All(reader.Arrivals, arrivalMs => Assert.InRange(arrivalMs, startMs, startMs + 60_000));
    }

    [Fact]
    public async Task Read_FileEmptiedWhileNobodyWatched_SaysSoAndGoesOnWithWhatIsThere()
    {
        File.WriteAllText(Log, "1\n2\n");
        System.Text.Json.JsonElement position;
        using (Reader first = new(Log, null))
        {
            await first.UntilAsync("1", "2");
            position = first.Position();
        }

        File.WriteAllText(Log, "3\n");
        using Reader reader = new(Log, position);
        await reader.UntilAsync("3");

        Assert.Contains($"{Log} was replaced while nobody watched, and the file that was counted to line 2 is not found beside it",
            Assert.Single(reader.Said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_FollowedFilesSideBySide_ReadsEachAsItComes()
    {
        File.WriteAllText(Log, "a1\n");
        File.WriteAllText(_folder.File("other.log"), "b1\n");
        using Reader reader = new([Log, _folder.File("other.log")], null, merges: true);
        await reader.UntilAsync(lines => lines.Order(StringComparer.Ordinal).SequenceEqual(["a1", "b1"]));
        File.AppendAllText(_folder.File("other.log"), "b2\n");
        await reader.UntilAsync(lines => lines.Count == 3 && lines[2] == "b2");
        File.AppendAllText(Log, "a2\n");
        await reader.UntilAsync(lines => lines.Count == 4 && lines[3] == "a2");

        Assert.Equal(2, reader.Source.Partitions);
    }

    // A writer that does not append goes on at its old place in the emptied file: what lies before is a hole.
    [Fact]
    public async Task Read_FileEmptiedUnderAWriterThatKeepsItsPlace_SkipsTheHole()
    {
        File.WriteAllText(Log, "1\n2\n");
        using FileStream writer = new(Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using Reader reader = new(Log, null);
        await reader.UntilAsync("1", "2");
        File.Copy(Log, Log + ".1");
        writer.SetLength(0);
        writer.Position = 100_000;
        writer.Write("3\n"u8);
        await reader.UntilAsync("1", "2", "3");

        Assert.Contains(" NUL bytes were skipped where lines begin", reader.Source.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CompressedFile_IsNotFollowed()
    {
        File.WriteAllBytes(Log, Convert.FromHexString("1F8B080000000000000303000000000000000000"));
        using LineSource source = LineSource.Open(new SourceOptions { Paths = [Log], Follows = true }, Run.TestRun.Silent);

        SourceException error = Assert.Throws<SourceException>(() => source.Read(source.NewBlock()));
        Assert.Contains("it is gzip", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Reads a followed source on a thread of its own and applies what it reads.</summary>
    private sealed class Reader : IDisposable, IEngineOutput
    {
        private readonly List<string> _lines = [];
        private readonly Thread _thread;
        private readonly object _lock = new();

        public Reader(string path, System.Text.Json.JsonElement? before)
            : this([path], before, merges: false)
        {
        }

        public Reader(IReadOnlyList<string> paths, System.Text.Json.JsonElement? before, bool merges)
        {
            Source = LineSource.Open(
                new SourceOptions { Paths = paths, Follows = true, Remembers = true, Before = before, Merges = merges },
                Run.TestRun.Silent, message => Said.Add(message));
            WindowEngine engine = new(new EngineOptions(), Source.Partitions, this);
            Source.Attach(engine);
            _thread = new Thread(() => ReadAll(engine)) { IsBackground = true };
            _thread.Start();
        }

        public LineSource Source { get; }

        public List<string> Said { get; } = [];

        /// <summary>When the blocks arrived, epoch milliseconds.</summary>
        public List<long> Arrivals { get; } = [];

        public Task UntilAsync(params string[] lines) => UntilAsync(read => read.SequenceEqual(lines));

        public async Task UntilAsync(Func<List<string>, bool> happened)
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
            while (true)
            {
                lock (_lock)
                {
                    if (happened(_lines))
                    {
                        return;
                    }

                    Assert.False(patience.IsCancellationRequested, $"read {string.Join(' ', _lines)}");
                }

                await Task.Delay(10);
            }
        }

        /// <summary>How far everything was read, as a state keeps it.</summary>
        public System.Text.Json.JsonElement Position()
        {
            lock (_lock)
            {
                using MemoryStream json = new();
                using (System.Text.Json.Utf8JsonWriter writer = new(json))
                {
                    writer.WriteStartObject();
                    Source.Capture().Write(writer, new Cli.State.StateItems());
                    writer.WriteEndObject();
                }

                using var document = System.Text.Json.JsonDocument.Parse(json.ToArray());
                return document.RootElement.Clone();
            }
        }

        public void Publish(Publication publication)
        {
        }

        public void MarkFinal(WindowDefinition family, long beforeMs)
        {
        }

        // No line here is an event.
        public void DeadLetter(DeadLetter letter) => _lines.Add(Encoding.UTF8.GetString(letter.Bytes));

        public void Dispose()
        {
            Source.Stop();
            _thread.Join();
            Source.Dispose();
        }

        private void ReadAll(WindowEngine engine)
        {
            EventParser parser = new();
            RecordBlock block = Source.NewBlock();
            while (Source.Read(block))
            {
                block.Parse(parser, 0);
                lock (_lock)
                {
                    Arrivals.Add(((LineBlock)block).ArrivalMs);
                    block.Decide(engine.Partitions[0], new JumpRule(MaxJumpMs: null, Confirms: true), []);
                    block.Apply(engine);
                    Source.Applied(block);
                }
            }
        }
    }
}
