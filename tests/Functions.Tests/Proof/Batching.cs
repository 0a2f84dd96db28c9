using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>Cuts records into batches as a trigger would, and delivers them until they are taken.</summary>
internal static class Batching
{
    /// <summary>Batches of random length; each mixes partitions and keeps the order within each.</summary>
    public static IEnumerable<LogRecord[]> Cut(Random random, IReadOnlyList<LogRecord> records)
    {
        for (int i = 0; i < records.Count;)
        {
            int length = Math.Min(records.Count - i, 1 + random.Next(40));
            yield return [.. records.Skip(i).Take(length)];
            i += length;
        }
    }

    /// <summary>Delivers all records, each batch again until it is taken.</summary>
    public static void Deliver(App app, IReadOnlyList<LogRecord> records)
    {
        foreach (LogRecord[] batch in Cut(app.World.Random, records))
        {
            for (int attempt = 0; ; attempt++)
            {
                (_, Exception? failure) = app.Invoke(app.Host.NewWorker("ingest"), batch);
                if (failure is null)
                {
                    break;
                }

                if (failure is not TimeoutException || attempt == 20)
                {
                    throw app.World.Failure($"attempt {attempt} of a batch failed: {failure.Message}", failure);
                }
            }
        }
    }
}
