using Microsoft.Azure.Functions.Worker;
using Tidemark.Support.AzureStorageHost;

namespace Tidemark.AzureStorage.Tests;

/// <summary>
/// The app's own entities, orchestrations, activities, ingest and timers on a real task hub: the lake ends with what the engine says, and
/// every offset has had one outcome, also when batches come twice.
/// </summary>
public sealed class InstanceTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    [Fact]
    public async Task Run_BatchesIn_WindowsAreTheEngines()
    {
        using Topic topic = new(storage, seed: 1);
        await using StoredApp app = Make(topic);
        await app.StartAsync();
        await using Triggers triggers = new(app, topic.Folder, index: 0, instances: 1, maxBatch: 500);
        triggers.Start();
        await topic.UntilFinalAsync();
        await topic.RequireAppliedAsync();
        await topic.RequireWindowsAsync();
        Assert.Empty(triggers.Failures);
    }

    [Fact]
    public async Task Run_EveryBatchTwiceAtOnceAndAgainLater_CountsEachOffsetOnce()
    {
        using Topic topic = new(storage, seed: 2, records: 600);
        await using StoredApp app = Make(topic);
        await app.StartAsync();
        KafkaRecord[][] batches = [.. Records(topic.Log).Chunk(250)];
        foreach (KafkaRecord[] batch in batches)
        {
            await Task.WhenAll(app.IngestAsync(batch, default), app.IngestAsync(batch, default));
        }

        await app.IngestAsync(batches[0], default);
        await using Triggers triggers = new(app, topic.Folder, index: 0, instances: 1, maxBatch: 500);
        triggers.Start(); // it has committed nothing: all of it comes a fourth time
        await topic.UntilFinalAsync();
        await topic.RequireAppliedAsync();
        await topic.RequireWindowsAsync();
    }

    private static StoredApp Make(Topic topic) => new(
        new TaskHub(new TaskHubOptions(topic.ConnectionString, topic.HubName)), "test", topic.Folder, topic.Log, AppInstance.Options());

    /// <summary>All records, partitions mixed as a trigger mixes them.</summary>
    private static IEnumerable<KafkaRecord> Records(RecordedLog log)
    {
        for (int offset = 0; offset < log.Partitions.Max(partition => partition.Count); offset++)
        {
            for (int partition = 0; partition < log.Partitions.Count; partition++)
            {
                if (offset < log.Partitions[partition].Count)
                {
                    yield return Triggers.ToKafka(log, partition, offset);
                }
            }
        }
    }
}
