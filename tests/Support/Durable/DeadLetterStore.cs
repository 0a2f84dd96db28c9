using Tidemark.Functions.Ingest;

namespace Tidemark.Support.Durable;

/// <summary>The dead-letter topic: every record, by its origin.</summary>
internal sealed class DeadLetterStore
{
    public Dictionary<(int Partition, long Offset), List<RejectedRecord>> Letters { get; } = [];

    public IDeadLetters Of(Worker worker) => new Writer(worker, this);

    private sealed class Writer(Worker worker, DeadLetterStore store) : IDeadLetters
    {
        public Task WriteAsync(IReadOnlyList<RejectedRecord> records, CancellationToken cancellationToken) =>
            worker.CallAsync($"writes {records.Count} dead letters", () =>
            {
                foreach (RejectedRecord record in records)
                {
                    if (!store.Letters.TryGetValue((record.Partition, record.Offset), out List<RejectedRecord>? letters))
                    {
                        store.Letters.Add((record.Partition, record.Offset), letters = []);
                    }

                    letters.Add(record with { Value = record.Value.ToArray() });
                }
            });
    }
}
