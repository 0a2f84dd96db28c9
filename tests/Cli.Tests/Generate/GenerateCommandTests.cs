using System.CommandLine;
using System.IO.Compression;
using System.Security.Cryptography;
using Tidemark.Cli.Generate;

namespace Tidemark.Cli.Tests.Generate;

public sealed class GenerateCommandTests : IDisposable
{
    private const string At = "2026-11-22T06:00:00Z";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tidemark-generate-");
    private readonly StringWriter _error = new();
    private readonly MemoryStream _output = new();

    private string File1 => Path.Combine(_directory.FullName, "events.ndjson");

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _error.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task Run_File_HoldsTheGeneratedBytesAndNothingElseIsLeft()
    {
        Assert.Equal(0, await Run("--events", "2k", "--out", File1, "--start", At));

        Assert.Equal(GeneratedStream.Bytes(GeneratedStream.Of(2000)), await File.ReadAllBytesAsync(File1));
        Assert.Equal([File1], Entries());
        string summary = _error.ToString();
        Assert.StartsWith("tidemark: wrote 2,000 events, 1.1 MB, to ", summary, StringComparison.Ordinal);
        Assert.Contains("seed 1", summary, StringComparison.Ordinal);
        Assert.Contains($"--start 2026-11-22T06:00:00.000Z --seed 1", summary, StringComparison.Ordinal);
        Assert.EndsWith($"Next: tidemark run --source {File1}{Environment.NewLine}", summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EveryOption_ReachesTheGenerator()
    {
        Assert.Equal(0, await Run(
            "--events", "3000", "--out", "-", "--start", "2026-11-22T07:30:00.5+01:00", "--users", "1k", "--pages", "50", "--rate", "100",
            "--late-percent", "1", "--bad-percent", "2.5", "--duplicate-percent", "3", "--disorder", "1500ms", "--seed", "42"));

        var expected = new GeneratorOptions
        {
            Events = 3000,
            Start = new DateTimeOffset(2026, 11, 22, 6, 30, 0, 500, TimeSpan.Zero),
            Users = 1000,
            Pages = 50,
            EventsPerSecond = 100,
            LatePercent = 1,
            BadPercent = 2.5,
            DuplicatePercent = 3,
            DisorderMs = 1500,
            Seed = 42,
        };
        Assert.Equal(GeneratedStream.Bytes(expected), _output.ToArray());
    }

    [Fact]
    public async Task Run_NoStart_LetsTheLastEventArriveNow()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

        Assert.Equal(0, await Run(["--events", "500", "--out", "-"], time: new FixedTime(now)));

        Assert.Equal(GeneratedStream.Bytes(GeneratedStream.Of(500).EndingAt(now)), _output.ToArray());
    }

    [Fact]
    public async Task Run_NameInGz_IsCompressed()
    {
        string path = File1 + ".gz";

        Assert.Equal(0, await Run("--events", "3000", "--out", path, "--start", At));

        await using var zip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        Assert.Equal(SHA256.HashData(GeneratedStream.Bytes(GeneratedStream.Of(3000))), await SHA256.HashDataAsync(zip));
    }

    [Fact]
    public async Task Run_ExistingFile_IsReplaced()
    {
        await File.WriteAllTextAsync(File1, "before");

        Assert.Equal(0, await Run("--events", "1", "--out", File1, "--start", At));

        Assert.Equal(GeneratedStream.Bytes(GeneratedStream.Of(1)), await File.ReadAllBytesAsync(File1));
    }

    [Fact]
    public async Task Run_Link_ReplacesWhatItPointsAt()
    {
        string link = Path.Combine(_directory.FullName, "link");
        File.CreateSymbolicLink(link, File1);

        Assert.Equal(0, await Run("--events", "1", "--out", link, "--start", At));

        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.True(new FileInfo(File1).Length > 100);
    }

    [Fact]
    public async Task Run_Cancelled_ExitsWith130AndLeavesTheFileAsItWas()
    {
        await File.WriteAllTextAsync(File1, "before");

        Assert.Equal(130, await Run(["--events", "10G", "--out", File1], cancellation: new CancellationToken(canceled: true)));

        Assert.Equal("before", await File.ReadAllTextAsync(File1));
        Assert.Equal([File1], Entries());
        Assert.Equal($"tidemark: interrupted, {File1} was not written{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task Run_CancelledOnTheWay_ExitsWith130()
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new HookedStream(_ => cancellation.Cancel());

        Assert.Equal(130, await Run(["--events", "10G", "--out", "-"], output, cancellation: cancellation.Token));

        Assert.StartsWith("tidemark: interrupted after ", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(28, "No space left on device")]
    [InlineData(32, "Broken pipe")]
    public async Task Run_OutputFails_SaysWhyInOneLine(int code, string reason)
    {
        using var output = new HookedStream(_ => throw new IOException("The message of the runtime : '/somewhere'", code));

        Assert.Equal(1, await Run(["--events", "10G", "--out", "-"], output));

        Assert.Equal($"tidemark: cannot write standard output: {reason}{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task Run_FullDevice_SaysSo()
    {
        Assert.Equal(1, await Run("--events", "100", "--out", "/dev/full"));

        Assert.Equal($"tidemark: cannot write /dev/full: No space left on device{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task Run_Directory_IsRefused()
    {
        Assert.Equal(1, await Run("--events", "1", "--out", _directory.FullName));

        Assert.Equal($"tidemark: cannot write {_directory.FullName}: Is a directory{Environment.NewLine}", _error.ToString());
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Run_MissingDirectory_SaysSo()
    {
        string path = Path.Combine(_directory.FullName, "missing", "events.ndjson");

        Assert.Equal(1, await Run("--events", "1", "--out", path));

        Assert.Equal($"tidemark: cannot write {path}: No such directory{Environment.NewLine}", _error.ToString());
    }

    [Fact]
    public async Task Run_DirectoryWhereNothingCanBeMade_SaysSoWithoutTheTemporaryName()
    {
        // Where nobody can make files, not even root.
        Assert.Equal(1, await Run("--events", "1", "--out", "/proc/events.ndjson"));

        Assert.Matches(@"\Atidemark: cannot write /proc/events\.ndjson: (No such file or directory|Permission denied)\r?\n\z", _error.ToString());
    }

    [Fact]
    public async Task Run_UnusableOptions_ExitsWith2AndListsEveryMistake()
    {
        Assert.Equal(2, await Run(
            "--users", "0", "--rate", "fast", "--disorder", "5", "--seed", "-1", "--late-percent", "101", "--start", "today", "--colour"));

        string mistakes = _error.ToString();
        Assert.All(
            [
                "--colour", "--events: expected N, got nothing",
                "--out: expected PATH|-|kafka://HOST:PORT/TOPIC, got nothing", "--users: expected 1 to 100,000,000, got 0",
                "--rate: expected a whole number", "--disorder: expected a whole number and a unit", "--seed: expected a whole number",
                "--late-percent: expected a percentage from 0 to 100, got 101", "--start: expected a time such as",
            ],
            part => Assert.Contains(part, mistakes, StringComparison.Ordinal));
        Assert.All(mistakes.TrimEnd().Split('\n')[..^1], line => Assert.StartsWith("tidemark: ", line, StringComparison.Ordinal));
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task Run_LongRun_ShowsProgress()
    {
        var time = new FixedTime(GeneratedStream.Start);
        using var output = new HookedStream(_ => time.Advance(TimeSpan.FromSeconds(1.5)));

        Assert.Equal(0, await Run(["--events", "10k", "--out", "-"], output, time));

        Assert.Matches(@"\A[\d,]+ of 10,000 events \(\d+ %\), [\d.]+ MB, [\d,]+ events/s\n", _error.ToString().ReplaceLineEndings("\n"));
    }

    private Task<int> Run(params string[] args) => Run(args, null);

    private async Task<int> Run(string[] args, Stream? output = null, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        var context = new CommandContext(_error, () => output ?? _output, time ?? TimeProvider.System);
        var root = new RootCommand { GenerateCommand.Create(context) };
        return await CommandRunner.RunAsync(root, ["generate", .. args], context, cancellation);
    }

    private string[] Entries() => Directory.GetFileSystemEntries(_directory.FullName);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        private DateTimeOffset _now = now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(TimeSpan by) => _now += by;
    }

    private sealed class HookedStream(Action<int> onWrite) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => onWrite(count);
    }
}
