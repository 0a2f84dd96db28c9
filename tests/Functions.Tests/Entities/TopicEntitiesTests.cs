using Microsoft.DurableTask.Client.Entities;
using Moq;
using Tidemark.Core;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;

namespace Tidemark.Functions.Tests.Entities;

/// <summary>How states are read from a store whose reads fail now and then.</summary>
public sealed class TopicEntitiesTests
{
    private static readonly TopicNames Names = new("clicks", "1");

    private readonly Mock<DurableEntityClient> _client = new("test");

    [Fact]
    public async Task ReadPartitionAsync_FirstReadFails_ReadsAgain()
    {
        SetupReads(failures: 1);
        Assert.Equal(PartitionState.Decode(null).Next, (await NewEntities().ReadPartitionAsync(0, default)).Next);
        VerifyReads(2);
    }

    [Fact]
    public async Task ReadPartitionAsync_SecondReadFailsToo_Throws()
    {
        SetupReads(failures: 2);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await NewEntities().ReadPartitionAsync(0, default));
        VerifyReads(2);
    }

    [Fact]
    public async Task ReadPartitionAsync_Cancelled_DoesNotReadAgain()
    {
        _client.Setup(client => client.GetEntityAsync<byte[]>(Names.Partition(0), true, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new OperationCanceledException());
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await NewEntities().ReadPartitionAsync(0, default));
        VerifyReads(1);
    }

    private TopicEntities NewEntities() => new(_client.Object, Names, new EngineOptions());

    private void SetupReads(int failures) =>
        _client.Setup(client => client.GetEntityAsync<byte[]>(Names.Partition(0), true, It.IsAny<CancellationToken>())).Returns(() =>
            failures-- > 0 ? throw new InvalidOperationException("The specified blob does not exist.")
                : Task.FromResult<EntityMetadata<byte[]>?>(null));

    private void VerifyReads(int times) =>
        _client.Verify(client => client.GetEntityAsync<byte[]>(Names.Partition(0), true, It.IsAny<CancellationToken>()), Times.Exactly(times));
}
