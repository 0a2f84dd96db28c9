namespace Tidemark.AzureStorage.Tests;

/// <summary>
/// Instances of the app as processes on a real task hub, which are killed (SIGKILL) in the middle of their work: the lake ends as if
/// nothing had happened.
/// </summary>
public sealed class KillTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    [Fact]
    public async Task Run_TwoInstancesOneKilled_TheOtherGoesOn()
    {
        using Topic topic = new(storage, seed: 3);
        using InstanceProcess first = await InstanceProcess.StartAsync(topic, index: 0, instances: 2);
        using InstanceProcess second = await InstanceProcess.StartAsync(topic, index: 1, instances: 2);
        await Topic.UntilAsync(() => topic.Committed > topic.Log.Count / 4, "a quarter committed");
        first.Kill();
        await topic.UntilFinalAsync();
        await topic.RequireAppliedAsync();
        await topic.RequireWindowsAsync();
    }

    [Fact]
    public async Task Run_KilledThreeTimesInTheMiddle_EndsAsIfNothingHadHappened()
    {
        using Topic topic = new(storage, seed: 4);
        Func<bool>[] moments =
        [
            () => topic.Committed > topic.Log.Count / 4, // in the middle of batches
            () => topic.Written > 0, // while windows are closed and batches still come
            () => topic.Written > 12, // in the middle of closing
        ];
        foreach (Func<bool> moment in moments)
        {
            using InstanceProcess instance = await InstanceProcess.StartAsync(topic);
            await Topic.UntilAsync(moment, "the moment to kill it");
            instance.Kill();
        }

        using InstanceProcess last = await InstanceProcess.StartAsync(topic);
        await topic.UntilFinalAsync();
        await topic.RequireAppliedAsync();
        await topic.RequireWindowsAsync();
    }
}
