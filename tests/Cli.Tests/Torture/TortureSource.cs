using Confluent.Kafka;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Torture;

/// <summary>A way for a stream to come in while the command is killed and started again.</summary>
internal abstract class TortureSource(TempFolder folder, TortureStream stream, Random random) : IDisposable
{
    /// <summary>Where the command runs.</summary>
    protected TempFolder Folder { get; } = folder;

    /// <summary>What comes in.</summary>
    protected TortureStream Stream { get; } = stream;

    /// <summary>For random moments.</summary>
    protected Random Random { get; } = random;

    /// <summary>The arguments that name it.</summary>
    public abstract IReadOnlyList<string> Arguments { get; }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Before the first start.</summary>
    public virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Feeds a process until everything was fed or the process has ended.</summary>
    public virtual Task FeedAsync(TidemarkProcess process) => Task.CompletedTask;

    /// <summary>Feeds a process that is not killed to the end, and sees that all is counted and closed.</summary>
    public virtual async Task FinishAsync(TidemarkProcess process, Func<string[], TidemarkProcess> start)
    {
        await FeedAsync(process);
        process.Input.Close();
        Assert.Equal(0, await process.ExitAsync());
    }
}

/// <summary>One file.</summary>
internal sealed class FileTorture(TempFolder folder, TortureStream stream, Random random) : TortureSource(folder, stream, random)
{
    public override IReadOnlyList<string> Arguments => ["--source", "events"];

    public override Task PrepareAsync() => File.WriteAllBytesAsync(Folder.File("events"), Stream.Text);
}

/// <summary>Several files, cut anywhere between two lines, given by a pattern.</summary>
internal sealed class FilesTorture(TempFolder folder, TortureStream stream, Random random) : TortureSource(folder, stream, random)
{
    public override IReadOnlyList<string> Arguments => ["--source", "part-*"];

    public override async Task PrepareAsync()
    {
        int[] cuts = [0, .. Enumerable.Range(0, 5).Select(_ => Random.Next(1, Stream.Lines)).Distinct().Order(), Stream.Lines];
        for (int i = 0; i + 1 < cuts.Length; i++)
        {
            await File.WriteAllBytesAsync(Folder.File($"part-{i}"), Stream.Slice(cuts[i], cuts[i + 1]).ToArray());
        }
    }
}

/// <summary>A pipe, whose feeder goes on after a crash at the line that <c>tidemark state</c> tells.</summary>
internal sealed class PipeTorture(TempFolder folder, TortureStream stream, Random random) : TortureSource(folder, stream, random)
{
    private const int LinesAtATime = 500;

    public override IReadOnlyList<string> Arguments => ["--source", "-"];

    public override async Task FeedAsync(TidemarkProcess process)
    {
        try
        {
            for (int line = await SavedAsync(); line < Stream.Lines && !process.HasExited; line += LinesAtATime)
            {
                await process.Input.BaseStream.WriteAsync(Stream.Slice(line, Math.Min(line + LinesAtATime, Stream.Lines)));
            }

            await process.Input.BaseStream.FlushAsync();
        }
        catch (IOException)
        {
            // Killed: what it has taken and not saved is fed again.
        }
    }

    private async Task<int> SavedAsync()
    {
        using TidemarkProcess state = await TidemarkProcess.RunAsync(Folder.Path, "state", "--lake", "lake", "--json");
        return await state.ExitAsync() == 0 ? (int?)System.Text.Json.Nodes.JsonNode.Parse(state.Output)!["sources"]!["pipes"]!["stdin"] ?? 0 : 0;
    }
}

/// <summary>A log that is followed while it grows, is renamed, and is copied and emptied in place, also while nobody watches.</summary>
internal sealed class FollowTorture(TempFolder folder, TortureStream stream, Random random) : TortureSource(folder, stream, random)
{
    private const string Log = "access.log";
    private const int Parts = 12;

    private int _written;
    private int _rotated;

    public override IReadOnlyList<string> Arguments => ["--source", Log, "--follow"];

    public override Task PrepareAsync()
    {
        Append();
        return Task.CompletedTask;
    }

    public override async Task FeedAsync(TidemarkProcess process)
    {
        // A first start reads what lies at the path, and nothing that was rotated before.
        while (!process.HasExited && TortureRun.SavedLines(Folder) == 0)
        {
            await Task.Delay(20);
        }

        for (int part = Random.Next(1, Parts / 2); part > 0 && !process.HasExited; part--)
        {
            Append();
            await Task.Delay(Random.Next(40));
            Rotate();
        }
    }

    public override async Task FinishAsync(TidemarkProcess process, Func<string[], TidemarkProcess> start)
    {
        while (_written < Stream.Lines)
        {
            await FeedAsync(process);
        }

        await process.UntilAsync(() => TortureRun.SavedLines(Folder) >= Stream.Lines);
        await process.SignalAsync("TERM");
        Assert.Equal(0, await process.ExitAsync());

        // What is still open closes with the end of a source.
        using TidemarkProcess closing = start(["--source", Log]);
        closing.Input.Close();
        Assert.Equal(0, await closing.ExitAsync());
    }

    private void Append()
    {
        int end = Math.Min(Stream.Lines, _written + Random.Next(1, 2 * Stream.Lines / Parts));
        using FileStream log = new(Folder.File(Log), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        log.Write(Stream.Slice(_written, end).Span);
        _written = end;
    }

    private void Rotate()
    {
        // Names that grow: the order of the files is that of their times.
        string log = Folder.File(Log);
        string rotated = $"{log}.{_rotated:000}";
        switch (_written < Stream.Lines ? Random.Next(4) : -1)
        {
            case 0:
                _rotated++;
                File.Move(log, rotated);
                Append();
                break;
            case 1:
                _rotated++;
                File.Copy(log, rotated);
                using (FileStream emptied = new(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                    emptied.SetLength(0);
                }

                break;
        }
    }
}

/// <summary>
/// A topic of one partition. The broker keeps the newest 5 MiB only, so what comes is written while it is counted, never more than a part of
/// that ahead.
/// </summary>
internal sealed class TopicTorture(TempFolder folder, TortureStream stream, Random random) : TortureSource(folder, stream, random)
{
    private const string Topic = "events";
    private const int LinesAtATime = 500;
    private const int MaxAhead = 3000;

    private readonly MockKafkaProcess _broker = new($"{Topic}:1");
    private IProducer<Null, byte[]>? _producer;
    private int _written;

    public override IReadOnlyList<string> Arguments => ["--source", $"kafka://{_broker.Brokers}/{Topic}?fetch.wait.max.ms=5"];

    public override Task PrepareAsync()
    {
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = _broker.Brokers, EnableIdempotence = true, LingerMs = 1, MessageMaxBytes = 4 << 20,
        }).Build();
        return Task.CompletedTask;
    }

    public override async Task FeedAsync(TidemarkProcess process)
    {
        while (_written < Stream.Lines && !process.HasExited)
        {
            if (_written - TortureRun.SavedLines(Folder) > MaxAhead)
            {
                await Task.Delay(10);
                continue;
            }

            Write(Math.Min(_written + LinesAtATime, Stream.Lines));
        }
    }

    public override async Task FinishAsync(TidemarkProcess process, Func<string[], TidemarkProcess> start)
    {
        await FeedAsync(process);
        await process.UntilAsync(() => TortureRun.SavedLines(Folder) >= Stream.Lines);
        await process.SignalAsync("TERM");
        Assert.Equal(0, await process.ExitAsync());

        // What is still open closes with the end of a source.
        await File.WriteAllBytesAsync(Folder.File("nothing"), []);
        using TidemarkProcess closing = start(["--source", "nothing"]);
        closing.Input.Close();
        Assert.Equal(0, await closing.ExitAsync());
    }

    public override void Dispose()
    {
        _producer?.Dispose();
        _broker.Dispose();
        base.Dispose();
    }

    private void Write(int end)
    {
        List<Error> failures = [];
        for (; _written < end; _written++)
        {
            byte[] line = Stream.Slice(_written, _written + 1)[..^1].ToArray();
            _producer!.Produce(new TopicPartition(Topic, 0), new Message<Null, byte[]> { Value = line }, report =>
            {
                if (report.Error.IsError)
                {
                    failures.Add(report.Error);
                }
            });
        }

        _producer!.Flush(TimeSpan.FromMinutes(1));
        Assert.Empty(failures);
    }
}
