using System.CommandLine;
using System.Text;
using Tidemark.Cli.Query;
using Tidemark.Cli.Terminal;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Query;

/// <summary>A lake with some results, and queries of it in this process, five minutes after <see cref="Start"/>.</summary>
internal sealed class QueryRun : IDisposable
{
    /// <summary>2026-11-22T06:00:00Z.</summary>
    public const long Start = 1_795_327_200_000;

    private readonly TempFolder _folder = new();
    private readonly StringWriter _error = new();
    private readonly MemoryStream _output = new();

    public string Lake => _folder.File("lake");

    /// <summary>What the results are shown on.</summary>
    public Screen Screen { get; init; } = new();

    public DateTimeOffset Now { get; init; } = DateTimeOffset.FromUnixTimeMilliseconds(Start + (5 * 60_000));

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    public string Error => _error.ToString();

    public static WindowResult Result(
        string window, int minute, long events, Phase phase = Phase.OnTime, bool exact = true, int minutes = 1, string page = "/home")
    {
        HyperLogLog users = new();
        users.Add(1);
        users.Add(unchecked((ulong)-3));
        byte[] sketch = new byte[HyperLogLog.RedisDenseBytes];
        users.WriteRedisDense(sketch);
        return new WindowResult
        {
            Window = window,
            StartMs = Start + (minute * 60_000L),
            EndMs = Start + ((minute + minutes) * 60_000L),
            Phase = phase,
            Revision = phase == Phase.OnTime ? 1 : 2,
            WatermarkMs = null,
            TotalEvents = events,
            UniqueUsers = 7,
            UniqueUsersExact = exact,
            UsersSketch = sketch,
            PageViews = events / 2,
            Clicks = 1,
            Purchases = 2,
            Revenue = 1000.5m,
            RevenueOverflow = false,
            InvalidAmounts = 0,
            TopPages = new Breakdown([new(page, 3)], 0),
            Devices = new Breakdown([], 0),
            Countries = new Breakdown([new("DE", 3)], 0),
            EventTypes = new Breakdown([], 0),
            Averages = null,
        };
    }

    public static string Json(WindowResult result)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new();
        Sinks.ResultJson.Write(result, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    public async Task WriteAsync(params WindowResult[] results) =>
        await new LakeSink(LocalLake.Open(Lake), Array.Empty<WindowDefinition>()).WriteAsync(results, default);

    public Task<int> RunAsync(params string[] options)
    {
        CommandContext context = new(_error, () => new Kept(_output), new ManualTime(Now)) { Output = Screen };
        return CommandRunner.RunAsync(new RootCommand { QueryCommand.Create(context) }, ["query", .. options], context);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
        _output.Dispose();
    }

    /// <summary>Writes to a stream that stays open.</summary>
    private sealed class Kept(Stream stream) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => stream.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);
    }
}
