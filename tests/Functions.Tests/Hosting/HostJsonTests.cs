using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>The two files that the Functions host reads: for durable state in Azure Storage, and in Durable Task Scheduler.</summary>
public sealed class HostJsonTests
{
    private const string Storage = "host.json";
    private const string Scheduler = "src/Functions/host.scheduler.json";

    public static TheoryData<string> Files => [Storage, Scheduler];

    [Theory]
    [MemberData(nameof(Files))]
    public void Kafka_OnlyOptionsOfTheExtension(string file)
    {
        // KafkaOptions of the host extension 4.3.
        string[] known =
        [
            "reconnectBackoffMs", "reconnectBackoffMaxMs", "statisticsIntervalMs",
            "sessionTimeoutMs", "maxPollIntervalMs", "queuedMinMessages", "queuedMaxMessagesKbytes",
            "maxPartitionFetchBytes", "fetchMaxBytes", "maxBatchSize", "autoCommitIntervalMs",
            "autoOffsetReset", "libkafkaDebug", "metadataMaxAgeMs", "socketKeepaliveEnable",
            "subscriberIntervalInSeconds", "executorChannelCapacity", "commitOnFailure",
            "maxRetries", "channelFullRetryIntervalInMs", "subscriberIdleBackoffMs",
        ];
        Assert.Empty(Names(Extension(file, "kafka")).Except(known));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Durable_OnlyOptionsOfTheExtension(string file)
    {
        string[] known = ["hubName", "maxConcurrentActivityFunctions", "maxConcurrentOrchestratorFunctions",
            "maxConcurrentEntityFunctions", "storageProvider", "tracing"];
        Assert.Empty(Names(Extension(file, "durableTask")).Except(known));
    }

    [Fact]
    public void StorageProvider_OnlyOptionsOfTheProvider()
    {
        // AzureStorageOptions of the host extension 3.18.
        string[] known =
        [
            "connectionName", "connectionStringName", "controlQueueBatchSize", "partitionCount",
            "controlQueueBufferThreshold", "controlQueueVisibilityTimeout", "workItemQueueVisibilityTimeout",
            "trackingStoreConnectionName", "trackingStoreNamePrefix", "fetchLargeMessagesAutomatically",
            "maxQueuePollingInterval", "useLegacyPartitionManagement", "useTablePartitionManagement",
            "allowReplayingTerminalInstances",
        ];
        Assert.Empty(Names(Provider).Except(known));
    }

    /// <summary>
    /// The provider lets no host start below a minute; above it windows stall for longer when an instance dies, as long as the messages
    /// that it held stay hidden.
    /// </summary>
    [Theory]
    [InlineData("controlQueueVisibilityTimeout")]
    [InlineData("workItemQueueVisibilityTimeout")]
    public void StorageProvider_MessagesOfADeadInstance_AreSeenAgainAfterAMinuteWhichIsTheLeast(string name) =>
        Assert.Equal(TimeSpan.FromMinutes(1), TimeSpan.Parse(Provider.GetProperty(name).GetString()!, CultureInfo.InvariantCulture));

    [Fact]
    public void StorageProvider_Partitions_AreFewAndHeldByTheTable()
    {
        Assert.InRange(Provider.GetProperty("partitionCount").GetInt32(), 1, 16);
        Assert.True(Provider.GetProperty("useTablePartitionManagement").GetBoolean());
    }

    [Fact]
    public void StorageProvider_PollsWithinTwoSeconds() => Assert.InRange(
        TimeSpan.Parse(Provider.GetProperty("maxQueuePollingInterval").GetString()!, CultureInfo.InvariantCulture),
        TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));

    [Theory]
    [MemberData(nameof(Files))]
    public void Kafka_TheLongestBatchEndsBeforeTheConsumerIsTakenForDead(string file)
    {
        TimeSpan most = TimeSpan.FromMilliseconds(Extension(file, "kafka").GetProperty("maxPollIntervalMs").GetInt32());
        Assert.True(new ProtocolTiming().IngestTimeout < most);
        Dictionary<string, string?> settings = RepositoryFiles.SampleSettings();
        settings["Timing:IngestTimeout"] = most.ToString();
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(
            () => SettingsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()));
        Assert.Contains("Timing__IngestTimeout", problem.Message, StringComparison.Ordinal);
    }

    /// <summary>A consumer that was not closed holds its partitions for so long. A broker of Kafka takes 6 to 1,800 s by default.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Kafka_RestartPause_IsTenSeconds(string file) =>
        Assert.Equal(10_000, Extension(file, "kafka").GetProperty("sessionTimeoutMs").GetInt32());

    [Theory]
    [MemberData(nameof(Files))]
    public void Tracing_Version_IsChosen(string file)
    {
        JsonElement tracing = Extension(file, "durableTask").GetProperty("tracing");
        Assert.True(tracing.GetProperty("distributedTracingEnabled").GetBoolean()); // without it the version counts as not chosen
        Assert.Contains(tracing.GetProperty("version").GetString(), (string[])["None", "V2"]);
        Assert.Equal("OpenTelemetry", RepositoryFiles.Json(file).GetProperty("telemetryMode").GetString());
    }

    [Theory]
    [InlineData("DurableTask.AzureStorage", LogLevel.Information, false)]
    [InlineData("DurableTask.Core", LogLevel.Information, false)]
    [InlineData("DurableTask.AzureManagedBackend", LogLevel.Information, false)]
    [InlineData("DurableTask.AzureStorage", LogLevel.Warning, true)]
    [InlineData("Host.Triggers.DurableTask", LogLevel.Information, false)]
    [InlineData("Azure.Core", LogLevel.Information, false)]
    [InlineData("Function.PartitionEntity", LogLevel.Information, false)]
    [InlineData("Function.ShardEntity", LogLevel.Error, true)]
    [InlineData("Function.CloseTimer", LogLevel.Information, false)]
    [InlineData("Function.LiveTimer", LogLevel.Warning, true)]
    [InlineData("Function.CloseTimer.User", LogLevel.Information, true)]
    [InlineData("Function.LiveTimer.User", LogLevel.Information, true)]
    [InlineData("Function.IngestFunction", LogLevel.Information, true)]
    [InlineData("Host.Startup", LogLevel.Information, true)]
    public void Logging_Category_IsHeardAsItShould(string category, LogLevel level, bool isHeard)
    {
        foreach (string file in (string[])[Storage, Scheduler])
        {
            IConfiguration host = new ConfigurationBuilder()
                .AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(RepositoryFiles.Text(file)))).Build();
            using ServiceProvider services = new ServiceCollection()
                .AddLogging(logging => logging.AddConfiguration(host.GetSection("logging")).AddProvider(new Ear())).BuildServiceProvider();
            Assert.Equal(isHeard, services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level));
        }
    }

    private static JsonElement Provider => Extension(Storage, "durableTask").GetProperty("storageProvider");

    private static JsonElement Extension(string file, string name) => RepositoryFiles.Json(file).GetProperty("extensions").GetProperty(name);

    private static IEnumerable<string> Names(JsonElement options) => options.EnumerateObject().Select(option => option.Name);

    /// <summary>Hears whatever the filters let through.</summary>
    private sealed class Ear : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new LineLogger<Ear>(new Lines());

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
