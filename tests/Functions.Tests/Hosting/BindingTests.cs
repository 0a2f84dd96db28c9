using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Configuration;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Entities;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>The attributes that the Functions host reads, against host.json and the sample of the settings.</summary>
public partial class BindingTests
{
    private static readonly Assembly App = typeof(IngestFunction).Assembly;

    private static IEnumerable<MethodInfo> Functions => App.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null);

    [Fact]
    public void Functions_Names_AreDifferent()
    {
        string[] names = [.. Functions.Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name)];
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Superset(
            new HashSet<string>(["IngestFunction", "SaslIngestFunction", "CloseTimer", "ShardEntity", "PartitionEntity", "PaneEntity", "TopicEntity", "ClosePaneOrchestration", "PublishOrchestration"]),
            names.ToHashSet());
    }

    [Fact]
    public void Functions_EachHasOneTrigger() =>
        Assert.All(Functions, method => Assert.Single(method.GetParameters(), parameter => parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null));

    [Fact]
    public void KafkaTriggers_EverySettingTheyName_IsInTheSample()
    {
        Dictionary<string, string?> sample = RepositoryFiles.SampleSettings();
        foreach (KafkaTriggerAttribute trigger in Triggers<KafkaTriggerAttribute>())
        {
            Assert.True(trigger.IsBatched);
            string all = string.Join(' ', trigger.BrokerList, trigger.Topic, trigger.ConsumerGroup, trigger.Username, trigger.Password);
            Assert.All(Setting().Matches(all), name => Assert.Contains(name.Groups[1].Value, sample));
        }

        Assert.NotEmpty(Setting().Matches(RepositoryFiles.HostJson().GetRawText()));
        Assert.All(Setting().Matches(RepositoryFiles.HostJson().GetRawText()), name => Assert.Contains(name.Groups[1].Value, sample));
        Assert.Equal("true", sample["AzureWebJobs.SaslIngestFunction.Disabled"]);
    }

    [Fact]
    public void KafkaTriggers_AnyFailure_IsRetriedForEver()
    {
        MethodInfo[] ingest = [.. Functions.Where(method => method.GetParameters().Any(parameter => parameter.GetCustomAttribute<KafkaTriggerAttribute>() is not null))];
        Assert.Equal(2, ingest.Length);
        Assert.All(ingest, method => Assert.Equal(-1, method.GetCustomAttribute<ExponentialBackoffRetryAttribute>()!.MaxRetryCount));
        System.Text.Json.JsonElement kafka = RepositoryFiles.HostJson().GetProperty("extensions").GetProperty("kafka");
        Assert.False(kafka.GetProperty("commitOnFailure").GetBoolean());
        Assert.Equal(-1, kafka.GetProperty("maxRetries").GetInt32());
    }

    [Fact]
    public void HostJson_Kafka_OnlyOptionsOfTheExtension()
    {
        // KafkaOptions of the host extension 4.3.
        string[] known =
        [
            "reconnectBackoffMs", "reconnectBackoffMaxMs", "statisticsIntervalMs", "sessionTimeoutMs", "maxPollIntervalMs", "queuedMinMessages", "queuedMaxMessagesKbytes",
            "maxPartitionFetchBytes", "fetchMaxBytes", "maxBatchSize", "autoCommitIntervalMs", "autoOffsetReset", "libkafkaDebug", "metadataMaxAgeMs", "socketKeepaliveEnable",
            "subscriberIntervalInSeconds", "executorChannelCapacity", "commitOnFailure", "maxRetries", "channelFullRetryIntervalInMs", "subscriberIdleBackoffMs",
        ];
        Assert.Empty(Extension("kafka").EnumerateObject().Select(option => option.Name).Except(known));
    }

    [Fact]
    public void HostJson_Durable_OnlyOptionsOfTheExtension()
    {
        string[] known = ["hubName", "maxConcurrentActivityFunctions", "maxConcurrentOrchestratorFunctions", "maxConcurrentEntityFunctions", "storageProvider"];
        Assert.Empty(Extension("durableTask").EnumerateObject().Select(option => option.Name).Except(known));
    }

    [Fact]
    public void HostJson_Kafka_TheLongestBatchEndsBeforeTheConsumerIsTakenForDead()
    {
        TimeSpan most = TimeSpan.FromMilliseconds(Extension("kafka").GetProperty("maxPollIntervalMs").GetInt32());
        Assert.True(new ProtocolTiming().IngestTimeout < most);
        Dictionary<string, string?> settings = RepositoryFiles.SampleSettings();
        settings["Timing:IngestTimeout"] = most.ToString();
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(
            () => SettingsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()));
        Assert.Contains("Timing__IngestTimeout", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HostJson_Durable_PollsWithinTwoSeconds()
    {
        System.Text.Json.JsonElement host = RepositoryFiles.HostJson();
        Assert.Equal("OpenTelemetry", host.GetProperty("telemetryMode").GetString());
        string interval = host.GetProperty("extensions").GetProperty("durableTask").GetProperty("storageProvider").GetProperty("maxQueuePollingInterval").GetString()!;
        Assert.InRange(TimeSpan.Parse(interval, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void HttpTriggers_Each_OnlyReadsAndWantsAKey()
    {
        HttpTriggerAttribute[] triggers = [.. Triggers<HttpTriggerAttribute>()];
        Assert.Superset(new HashSet<string?>(["status", "health"]), triggers.Select(trigger => trigger.Route).ToHashSet());
        Assert.All(triggers, trigger =>
        {
            Assert.Equal(AuthorizationLevel.Function, trigger.AuthLevel);
            Assert.Equal(["get"], trigger.Methods!);
        });
    }

    [Fact]
    public void KafkaTriggers_Retries_WaitLongerUpToAMinuteAndLessThanABatchMayTake()
    {
        ExponentialBackoffRetryAttribute[] retries = [.. Functions.Select(method => method.GetCustomAttribute<ExponentialBackoffRetryAttribute>()).OfType<ExponentialBackoffRetryAttribute>()];
        Assert.Equal(2, retries.Length);
        Assert.All(retries, retry => Assert.Equal(("00:00:01", "00:01:00"), (retry.MinimumInterval, retry.MaximumInterval)));
    }

    [Fact]
    public void KafkaTriggers_Login_IsNeverInTheCode()
    {
        KafkaTriggerAttribute[] triggers = [.. Triggers<KafkaTriggerAttribute>()];
        KafkaTriggerAttribute sasl = Assert.Single(triggers, trigger => trigger.Protocol == BrokerProtocol.SaslSsl);
        Assert.Equal(("%KafkaUsername%", "%KafkaPassword%", BrokerAuthenticationMode.Plain), (sasl.Username, sasl.Password, sasl.AuthenticationMode));
        Assert.All(triggers.Except([sasl]), trigger => Assert.Equal((null, null), (trigger.Username, trigger.Password)));
    }

    [Fact]
    public void Entities_EachHasTheFunctionThatRunsIt()
    {
        string[] entities = [.. App.GetTypes().Where(type => type.IsSubclassOf(typeof(BinaryEntity))).Select(type => type.Name).Order()];
        string[] functions =
        [
            .. Functions.Where(method => method.GetParameters().Any(parameter =>
                    parameter.ParameterType == typeof(TaskEntityDispatcher) && parameter.GetCustomAttribute<EntityTriggerAttribute>() is not null))
                .Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name).Order(),
        ];
        Assert.NotEmpty(entities);
        Assert.Equal(entities, functions);
    }

    [Fact]
    public void Functions_ThatMayWait_TakeTheInvocationsToken()
    {
        MethodInfo[] others = [.. Functions.Where(method => !method.GetParameters().Any(parameter => parameter.ParameterType == typeof(CancellationToken)))];
        Assert.All(others, method => Assert.Contains(method.GetParameters(), parameter =>
            parameter.GetCustomAttribute<EntityTriggerAttribute>() is not null || parameter.GetCustomAttribute<OrchestrationTriggerAttribute>() is not null));
    }

    [Fact]
    public void CloseTimer_EverySecond()
    {
        MethodInfo timer = typeof(Timers).GetMethod(nameof(Timers.CloseTimer))!;
        Assert.Equal("* * * * * *", timer.GetParameters()[0].GetCustomAttribute<TimerTriggerAttribute>()!.Schedule);
    }

    [Fact]
    public void Assembly_OfOurs_RefersOnlyToWhatLiesBelow()
    {
        string[] ours = [.. App.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Tidemark.", StringComparison.Ordinal))];
        Assert.Empty(ours.Except(["Tidemark.Core", "Tidemark.Protocol", "Tidemark.Sinks", "Tidemark.Dashboard"]));
    }

    private static System.Text.Json.JsonElement Extension(string name) => RepositoryFiles.HostJson().GetProperty("extensions").GetProperty(name);

    private static IEnumerable<T> Triggers<T>()
        where T : Attribute => Functions.SelectMany(method => method.GetParameters()).Select(parameter => parameter.GetCustomAttribute<T>()).OfType<T>();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
