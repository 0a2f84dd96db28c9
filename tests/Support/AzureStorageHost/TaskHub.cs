using DurableTask.AzureStorage;
using DurableTask.Core.Entities;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>What a process needs to know of its task hub.</summary>
/// <param name="ConnectionString">The storage account.</param>
/// <param name="Name">The task hub: 3 to 45 letters and digits.</param>
internal sealed record TaskHubOptions(string ConnectionString, string Name)
{
    /// <summary>Who holds partitions of the hub: one that comes back under the same name has its own again at once.</summary>
    public string WorkerId { get; init; } = "worker";

    /// <summary>Told what goes wrong in the provider and in what runs on it.</summary>
    public ILoggerFactory Log { get; init; } = NullLoggerFactory.Instance;

    public int Partitions { get; init; } = 4;

    /// <summary>Longest wait between two reads of an empty queue; the one of host.json by default.</summary>
    public TimeSpan MaxPolling { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a message stays hidden whose reader died. The Functions host takes a minute or more; tests cannot wait that long. Renewed
    /// every 5 s, so that less than this makes messages of slow work appear twice.
    /// </summary>
    public TimeSpan Visibility { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a partition stays with a worker that died.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The settings that the Durable extension of the Functions host makes for an isolated worker, but for the times above.</summary>
    public AzureStorageOrchestrationServiceSettings ToSettings() => new()
    {
        StorageAccountClientProvider = new StorageAccountClientProvider(ConnectionString),
        TaskHubName = Name,
        WorkerId = WorkerId,
        PartitionCount = Partitions,
        MaxQueuePollingInterval = MaxPolling,
        ControlQueueVisibilityTimeout = Visibility,
        WorkItemQueueVisibilityTimeout = Visibility,
        LeaseInterval = Lease,
        LeaseRenewInterval = Lease / 5,
        LeaseAcquireInterval = Lease / 5,
        MaxConcurrentTaskActivityWorkItems = 32,
        MaxConcurrentTaskOrchestrationWorkItems = 32,
        MaxConcurrentTaskEntityWorkItems = 64,
        UseSeparateQueueForEntityWorkItems = true,
        ThrowExceptionOnInvalidDedupeStatus = true,
        AppName = "tidemark",
        LoggerFactory = Log,
    };
}

/// <summary>A task hub in Azure Storage as one process holds it: the service that its worker and its clients share.</summary>
internal sealed class TaskHub
{
    public TaskHub(TaskHubOptions options)
    {
        Log = options.Log;
        Service = new AzureStorageOrchestrationService(options.ToSettings());
        Entities = (IEntityOrchestrationService)Service;
        Client = new HubClient(this);
    }

    public AzureStorageOrchestrationService Service { get; }

    public ILoggerFactory Log { get; }

    public IEntityOrchestrationService Entities { get; }

    public DurableTaskClient Client { get; }

    /// <summary>Makes the queues and tables of the hub, unless they are there.</summary>
    public Task CreateAsync() => Service.CreateIfNotExistsAsync();
}
