using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Tidemark.Cli;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Engine;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Benchmarks;

/// <summary>
/// From a topic to a lake with its state, beside a loop that only counts the messages of the same topic, in turn. The broker is librdkafka's mock
/// cluster in a process of its own; it holds
/// 5 MiB of a partition, so there are many of them.
/// </summary>
internal static class KafkaBenchmark
{
    private const string Topic = "events";
    private const int Partitions = 64;

    /// <param name="args">Events (1000000) and rounds (5).</param>
    public static int Run(string[] args)
    {
        long events = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        using MockKafkaProcess broker = new($"{Topic}:{Partitions}");
        using (Process generator = Tidemark.Start(
            "generate", "--events", events.ToString(CultureInfo.InvariantCulture), "--users", "500000", "--pages", "5000", "--start", "2026-11-22T06:00:00Z", "--seed", "7",
            "--out", $"kafka://{broker.Brokers}/{Topic}"))
        {
            generator.StandardOutput.ReadToEnd();
            generator.WaitForExit();
            if (generator.ExitCode != 0)
            {
                throw new InvalidOperationException($"tidemark generate failed: {Tidemark.LastErrorLine}");
            }
        }

        Machine.Print(Console.Out);
        Console.WriteLine($"{events:N0} events in {Partitions} partitions, lz4, mock broker in a process of its own on the same machine; median of {rounds} rounds\n");
        List<Figures> bare = [];
        List<Figures> counted = [];
        for (int round = 0; round < rounds; round++)
        {
            bare.Add(Measure(() => CountOnly(broker.Brokers, events)));
            counted.Add(Measure(() => CountAll(broker.Brokers, events)));
        }

        Report("a loop that counts messages", bare, events, Median(bare));
        Report("tidemark, to a lake, with state", counted, events, Median(bare));
        return 0;
    }

    private static void Report(string name, List<Figures> all, long events, double bareSeconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-34} {Median(all),6:0.00} s {events / Median(all) / 1000,7:0} k events/s {100 * bareSeconds / Median(all),6:0} %   {all.Average(figures => figures.Cpu.TotalMicroseconds) / events,5:0.0} us of CPU and {all.Average(figures => figures.Bytes) / events,4:0} bytes allocated an event"));

    private static double Median(List<Figures> all) => all.Select(figures => figures.Seconds).Order().ElementAt(all.Count / 2);

    /// <param name="action">What is measured; it returns the time when the last event was counted.</param>
    private static Figures Measure(Func<long> action)
    {
        GC.Collect();
        long bytes = GC.GetTotalAllocatedBytes();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        long end = action();
        return new Figures(Stopwatch.GetElapsedTime(start, end).TotalSeconds, GC.GetTotalAllocatedBytes() - bytes, Environment.CpuUsage.TotalTime - cpu);
    }

    /// <summary>As such a loop is usually written, with the settings of the other for what is fetched.</summary>
    private static long CountOnly(string brokers, long events)
    {
        KafkaSettings settings = new(new KafkaAddress(brokers, Topic), new Dictionary<string, string>());
        ConsumerConfig config = settings.ConsumerConfig(commits: false);
        config.ConsumeResultFields = "all";
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Topic, partition, Offset.Beginning)));
        for (long count = 0; count < events;)
        {
            count += consumer.Consume(100) is { IsPartitionEOF: false } ? 1 : 0;
        }

        long end = Stopwatch.GetTimestamp();
        consumer.Close();
        return end;
    }

    private static long CountAll(string brokers, long events)
    {
        using TempFolder folder = new();
        using CancellationTokenSource enough = new();
        CommandContext context = new(TextWriter.Null, () => Stream.Null, TimeProvider.System);
        EngineOptions options = new();
        KafkaSettings settings = new(new KafkaAddress(brokers, Topic), new Dictionary<string, string>());
        using StateStore store = StateStore.Open(folder.File("lake/_state"), options, _ => { }, default);
        using KafkaSource topic = KafkaSource.Open(settings, new KafkaOptions { Remembers = true }, context);
        RunOptions run = new([settings.Address.Name], folder.File("lake"), Json: false, null, null, JobTuning.Default) { State = store.Directory, Topic = settings };
        EndAfter source = new(topic, events, enough);
        RunParts parts = new(source, []) { Lake = LocalLake.Open(folder.File("lake")), Store = store };
        new RunSession(parts, run, options, context).Run(enough.Token);
        return source.EndedAt;
    }

    private readonly record struct Figures(double Seconds, long Bytes, TimeSpan Cpu);

    /// <summary>A source that has somebody stop the run once so many records are applied.</summary>
    private sealed class EndAfter(KafkaSource source, long events, CancellationTokenSource enough) : IRecordSource
    {
        private long _applied;

        public long EndedAt { get; private set; }

        public string Name => source.Name;

        public bool IsLive => source.IsLive;

        public string PositionKind => source.PositionKind;

        public int Partitions => source.Partitions;

        public long BytesRead => source.BytesRead;

        public double? Share => null;

        public RecordBlock NewBlock() => source.NewBlock();

        public void Attach(WindowEngine engine) => source.Attach(engine);

        public bool Read(RecordBlock block) => source.Read(block);

        public void Applied(RecordBlock block)
        {
            source.Applied(block);
            _applied += ((KafkaBlock)block).LastApplied.Values;
            if (_applied >= events)
            {
                EndedAt = Stopwatch.GetTimestamp();
                enough.Cancel();
            }
        }

        public TimeSpan? SilenceOf(int partition) => source.SilenceOf(partition);

        public ISourcePosition Capture() => source.Capture();

        public void Saved(ISourcePosition position) => source.Saved(position);

        public void Stop() => source.Stop();

        public void Dispose()
        {
        }
    }
}
