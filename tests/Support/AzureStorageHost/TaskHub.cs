using DurableTask.AzureStorage;
using DurableTask.Core.Entities;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>The options of a task hub for one process.</summary>
/// <param name="ConnectionString">The storage account.</param>
/// <param name="Name">The task hub: 3 to 45 letters and digits.</param>
internal sealed record TaskHubOptions(string ConnectionString, string Name)
{
    /// <summary>The owner name of the hub's partitions: a process with the same name regains its partitions at once.</summary>
    public string WorkerId { get; init; } = "worker";

    /// <summary>Receives failures in the provider and in the code that runs on it.</summary>
    public ILoggerFactory Log { get; init; } = NullLoggerFactory.Instance;

    public int Partitions { get; init; } = 4;

    /// <summary>The longest wait between two reads of an empty queue; by default that of host.json.</summary>
    public TimeSpan MaxPolling { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a message stays hidden after its reader died. The Functions host uses a minute or more, too long for tests. It is renewed
    /// every 5 s, so with less than that messages of slow work appear twice.
    /// </summary>
    public TimeSpan Visibility { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a partition stays assigned to a worker that died.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The settings that the Durable extension of the Functions host uses for an isolated worker, except for the times above.
    /// </summary>
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

/// <summary>A task hub in Azure Storage within one process: the service that its worker and its clients share.</summary>
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

    /// <summary>Creates the queues and tables of the hub, if they are missing.</summary>
    public Task CreateAsync() => Service.CreateIfNotExistsAsync();
}
