using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Support.Durable;

namespace Tidemark.Benchmarks.Cost;

/// <summary>Nanoseconds and bytes allocated for an event, by where they go; of the local engine for the same events.</summary>
internal sealed record CpuFigures(int Batch, int Partitions, double IngestNs, double IngestBytes, double JsonNs, double EntityNs, double LocalNs)
{
    public double Ratio => IngestNs / LocalNs;
}

/// <summary>
/// The CPU that the real ingest takes from <see cref="KafkaRecord"/> to signals: grouping, parsing, classifying, partial results and their
/// encoding, decoding of the states that it reads. One thread, a client that answers at once, a clock whose timers are due at once.
/// </summary>
internal static class IngestCpu
{
    private const int Batches = 30;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1.5);

    public static CpuFigures Run(int batch, int partitions)
    {
        List<KafkaRecord[]> batches = Records(batch, partitions);
        double events = (double)batch * Batches;
        List<CpuFigures> rounds = [];
        for (long started = Stopwatch.GetTimestamp(); rounds.Count < 4 || Stopwatch.GetElapsedTime(started) < Shortest;)
        {
            (Spent ingest, Spent json, Spent entities) = Ingest(batches);
            long local = LocalNs(batches);
            rounds.Add(new CpuFigures(
                batch, partitions, ingest.Ns / events, ingest.Bytes / events, json.Ns / events, entities.Ns / events, local / events));
        }

        return new CpuFigures(
            batch, partitions, Least(round => round.IngestNs), Least(round => round.IngestBytes),
            Least(round => round.JsonNs), Least(round => round.EntityNs),
            Least(round => round.LocalNs));

        // The least of the rounds: what disturbs one, or has to be compiled, only adds.
        double Least(Func<CpuFigures, double> figure) => rounds.Min(figure);
    }

    /// <summary>
    /// Bytes that the ingest allocates for an event, the least of some rounds: code that the compiler has not made its best of yet
    /// allocates more.
    /// </summary>
    public static double BytesOf(int batch, int partitions)
    {
        List<KafkaRecord[]> batches = Records(batch, partitions);
        return Enumerable.Range(0, 4).Min(_ => Ingest(batches).Ingest.Bytes) / ((double)batch * Batches);
    }

    private static List<KafkaRecord[]> Records(int batch, int partitions)
    {
        ShopLoad load = new(partitions, batch, new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero));
        long[] next = new long[partitions];
        return [.. Enumerable.Range(0, Batches).Select(_ => Enumerable.Range(0, batch).Select(_ =>
        {
            (int partition, byte[] line, long arrivalMs) = load.Next();
            return App.ToKafka(new LogRecord(partition, next[partition]++, null, line, arrivalMs));
        }).ToArray())];
    }

    /// <summary>
    /// A first run for what the client and the entities spend, and for the client's answers; a second one, in which the client spends
    /// nothing, for the ingest.
    /// </summary>
    private static (Spent Ingest, Spent Json, Spent Entities) Ingest(List<KafkaRecord[]> batches)
    {
        FunctionsOptions options = new() { Brokers = "broker:9092", Topic = KafkaLog.Topic, DeadLetterTopic = "dlq" };
        AtOnce time = new();
        Outside outside = new();
        CursorOpener opener = new(outside, options, time);
        StoppedPartitions stopped = new(NullLogger<StoppedPartitions>.Instance);
        IngestLoop loop = new(outside, outside, opener, stopped, options, time, App.Shared, NullLogger<IngestLoop>.Instance);
        DirectEntities client = new(options.Engine);
        Ingest(batches, client, loop);
        DurableEntityClient again = client.Again();
        Spent begun = Spent.Now;
        Ingest(batches, again, loop);
        return (Spent.Now - begun, client.Json, client.Operations);
    }

    private static void Ingest(List<KafkaRecord[]> batches, DurableEntityClient client, IngestLoop loop)
    {
        foreach (KafkaRecord[] records in batches)
        {
            using DeliveredBatch delivered = DeliveredBatch.Of(records);
            Task batch = loop.RunAsync(client, delivered, default);
            if (!batch.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("A batch did not end at once.", batch.Exception);
            }
        }
    }

    /// <summary>The same events in the same batches through the parser and the engine of the local host; nothing is written.</summary>
    private static long LocalNs(List<KafkaRecord[]> batches)
    {
        EventParser parser = new();
        EventBatch parsed = new();
        WindowEngine engine = new(ShopLoad.Engine, 1, new Nowhere());
        long offset = 0;
        Spent spent = default;
        foreach (KafkaRecord[] records in batches)
        {
            // The local host reads blocks of lines: making them is not its cost.
            byte[] text = new byte[records.Sum(record => record.Value.Length + 1) + EventParser.Padding];
            int length = 0;
            foreach (KafkaRecord record in records)
            {
                record.Value.CopyTo(text, length);
                length += record.Value.Length;
                text[length++] = (byte)'\n';
            }

            Spent begun = Spent.Now;
            parser.ParseLines(text, length, long.MaxValue, parsed);
            engine.Apply(0, parsed, offset);
            spent += Spent.Now - begun;
            offset += records.Length;
        }

        return spent.Ns;
    }

    /// <summary>A broker that has only the delivered records, and dead letters that are discarded.</summary>
    private sealed class Outside : IBroker, IDeadLetters
    {
        public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task PingAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) => Task.FromResult(new LogBounds(0, long.MaxValue));

        public Task<LogRange> ReadAsync(int partition, long from, long last, int most, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Nowhere : IEngineOutput
    {
        public void Publish(Publication publication)
        {
            // Merging a window is the closing's cost, in both hosts.
        }

        public void MarkFinal(WindowDefinition family, long beforeMs)
        {
            // Not used.
        }

        public void DeadLetter(DeadLetter letter)
        {
            // Discarded.
        }
    }

    /// <summary>The clock, with timers that are due at once.</summary>
    private sealed class AtOnce : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            callback(state);
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
                // Nothing is held.
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
