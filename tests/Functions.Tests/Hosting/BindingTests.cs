using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Ingest;

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
            new HashSet<string>(["IngestFunction", "SaslIngestFunction", "CloseTimer", "ShardEntity",
                "PartitionEntity", "PaneEntity", "TopicEntity", "ClosePaneOrchestration", "PublishOrchestration"]),
            names.ToHashSet());
    }

    [Fact]
    public void Functions_EachHasOneTrigger() =>
        Assert.All(Functions, method => Assert.Single(
            method.GetParameters(), parameter => parameter.GetCustomAttribute<TriggerBindingAttribute>() is not null));

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
        MethodInfo[] ingest = [.. Functions.Where(method => method.GetParameters()
            .Any(parameter => parameter.GetCustomAttribute<KafkaTriggerAttribute>() is not null))];
        Assert.Equal(2, ingest.Length);
        Assert.All(ingest, method => Assert.Equal(-1, method.GetCustomAttribute<ExponentialBackoffRetryAttribute>()!.MaxRetryCount));
        System.Text.Json.JsonElement kafka = RepositoryFiles.HostJson().GetProperty("extensions").GetProperty("kafka");
        Assert.False(kafka.GetProperty("commitOnFailure").GetBoolean());
        Assert.Equal(-1, kafka.GetProperty("maxRetries").GetInt32());
    }

    [Theory]
    [InlineData("host.json")]
    [InlineData("src/Functions/host.scheduler.json")]
    public void HostJson_BatchSize_IsWhatTheCodeTakesInOneStepAndScalesBy(string file)
    {
        Assert.Contains($"\"maxBatchSize\": {IngestFunction.MaxBatchSize},", RepositoryFiles.Text(file), StringComparison.Ordinal);
        Assert.Equal(IngestFunction.MaxBatchSize, MockedApp.Options.MaxStepRecords);
        Assert.All(Triggers<KafkaTriggerAttribute>(), trigger => Assert.Equal(IngestFunction.MaxBatchSize, trigger.LagThreshold));
    }

    [Fact]
    public void HttpTriggers_Each_OnlyReadsAndWantsAKey()
    {
        HttpTriggerAttribute[] triggers = [.. Triggers<HttpTriggerAttribute>()];
        Assert.Superset(new HashSet<string?>(["status", "health", "v1/{*path}"]), triggers.Select(trigger => trigger.Route).ToHashSet());
        Assert.All(triggers, trigger =>
        {
            // The page's files hold no data; the page asks its reader for the key of the API.
            bool isPage = trigger.Route == "dashboard/{*file}";
            Assert.Equal(isPage ? AuthorizationLevel.Anonymous : AuthorizationLevel.Function, trigger.AuthLevel);
            Assert.Equal(["get"], trigger.Methods!);
        });
    }

    [Fact]
    public void KafkaTriggers_Retries_WaitLongerUpToAMinuteAndLessThanABatchMayTake()
    {
        ExponentialBackoffRetryAttribute[] retries = [.. Functions.Select(method => method.GetCustomAttribute<ExponentialBackoffRetryAttribute>())
            .OfType<ExponentialBackoffRetryAttribute>()];
        Assert.Equal(2, retries.Length);
        Assert.All(retries, retry => Assert.Equal(("00:00:01", "00:01:00"), (retry.MinimumInterval, retry.MaximumInterval)));
    }

    [Fact]
    public void KafkaTriggers_Login_IsNeverInTheCode()
    {
        KafkaTriggerAttribute[] triggers = [.. Triggers<KafkaTriggerAttribute>()];
        KafkaTriggerAttribute sasl = Assert.Single(triggers, trigger => trigger.Protocol == BrokerProtocol.SaslSsl);
        Assert.Equal("%KafkaUsername%", sasl.Username);
        Assert.Equal("%KafkaPassword%", sasl.Password);
        Assert.Equal(BrokerAuthenticationMode.Plain, sasl.AuthenticationMode);
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
    public void HostJson_FunctionsThatItSilences_AreFunctionsAndEveryEntityIsOneOfThem()
    {
        string[] silenced =
        [
            .. RepositoryFiles.HostJson().GetProperty("logging").GetProperty("logLevel").EnumerateObject().Select(level => level.Name)
                .Where(name => name.StartsWith("Function.", StringComparison.Ordinal)).Select(name => name.Split('.')[1]),
        ];
        Assert.Empty(silenced.Except(Functions.Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name)));
        Assert.Superset(
            App.GetTypes().Where(type => type.IsSubclassOf(typeof(BinaryEntity))).Select(type => type.Name).ToHashSet(), silenced.ToHashSet());
    }

    [Fact]
    public void Functions_ThatMayWait_TakeTheInvocationsToken()
    {
        MethodInfo[] others =
            [.. Functions.Where(method => method.ReturnType.IsAssignableTo(typeof(Task))
                && !method.GetParameters().Any(parameter => parameter.ParameterType == typeof(CancellationToken)))];
        Assert.All(others, method => Assert.Contains(method.GetParameters(), parameter =>
            parameter.GetCustomAttribute<EntityTriggerAttribute>() is not null
                || parameter.GetCustomAttribute<OrchestrationTriggerAttribute>() is not null));
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
        string[] ours = [.. App.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("Tidemark.", StringComparison.Ordinal))];
        Assert.Empty(ours.Except(["Tidemark.Core", "Tidemark.Protocol", "Tidemark.Sinks", "Tidemark.Dashboard"]));
    }

    private static IEnumerable<T> Triggers<T>()
        where T : Attribute => Functions.SelectMany(method => method.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<T>()).OfType<T>();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
