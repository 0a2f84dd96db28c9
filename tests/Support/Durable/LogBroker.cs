using Tidemark.Core.Parsing;
using Tidemark.Functions.Ingest;

namespace Tidemark.Support.Durable;

/// <summary>The broker as seen by one process: the same log that the trigger reads.</summary>
internal sealed class LogBroker(Worker worker, KafkaLog log) : IBroker
{
    public Task<IReadOnlyList<int>> PartitionsAsync(CancellationToken cancellationToken) =>
        CallAsync<IReadOnlyList<int>>("asks the broker for partitions", () => [.. Enumerable.Range(0, log.Partitions)]);

    public Task PingAsync(CancellationToken cancellationToken) => PartitionsAsync(cancellationToken);

    public Task<LogBounds> BoundsAsync(int partition, CancellationToken cancellationToken) =>
        CallAsync($"asks the broker for the bounds of p{partition}", () => new LogBounds(log.StartOf(partition), log.EndOf(partition)));

    public Task<LogRange> ReadAsync(int partition, long from, long to, int most, CancellationToken cancellationToken) =>
        CallAsync($"reads p{partition}[{from}..{to}] from the broker", () =>
        {
            // A read may return less than requested.
            int some = worker.World.Chance(0.2) ? 1 + worker.World.Random.Next(most) : most;
            IReadOnlyList<LogRecord> read = log.Read(partition, from, to, some);
            long covered = read.Count == some ? read[^1].Offset : Math.Min(to, log.EndOf(partition) - 1);
            return new LogRange(read.Select(record => new KafkaValue(record.Offset, record.TimestampMs, record.Value)).ToArray(), covered);
        });

    public Task<bool> HasRecordAsync(int partition, long from, CancellationToken cancellationToken) =>
        CallAsync($"asks the broker for records of p{partition} from {from}", () => log.HasRecordFrom(partition, from));

    private Task<T> CallAsync<T>(string what, Func<T> answer) => worker.CallAsync(
        what, () => log.IsDown ? throw new TimeoutException("The broker does not answer.") : answer());
}
