using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Tidemark.Functions.Closing;
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
            new HashSet<string>(["IngestFunction", "SaslIngestFunction", "CloseTimer", "WindowEntity", "PartitionEntity", "PaneEntity", "CloseEntity", "ClosePaneOrchestration", "PublishOrchestration"]),
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
    public void HostJson_Durable_PollsWithinTwoSeconds()
    {
        System.Text.Json.JsonElement host = RepositoryFiles.HostJson();
        Assert.Equal("OpenTelemetry", host.GetProperty("telemetryMode").GetString());
        string interval = host.GetProperty("extensions").GetProperty("durableTask").GetProperty("storageProvider").GetProperty("maxQueuePollingInterval").GetString()!;
        Assert.InRange(TimeSpan.Parse(interval, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void HttpTriggers_None_IsAnonymous() =>
        Assert.All(Triggers<HttpTriggerAttribute>(), trigger => Assert.True(trigger.AuthLevel >= AuthorizationLevel.Function));

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
        Assert.Empty(ours.Except(["Tidemark.Aggregation", "Tidemark.Storage", "Tidemark.Dashboard"]));
    }

    private static IEnumerable<T> Triggers<T>()
        where T : Attribute => Functions.SelectMany(method => method.GetParameters()).Select(parameter => parameter.GetCustomAttribute<T>()).OfType<T>();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
