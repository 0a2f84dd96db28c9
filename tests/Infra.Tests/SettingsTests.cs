using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Infra.Tests.Bicep;
using Tidemark.Infra.Tests.Checks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Infra.Tests;

/// <summary>Goal: every setting that the code reads is set by the Bicep, with the code's own default, and nothing else is set.</summary>
public sealed partial class SettingsTests
{
    /// <summary>Read by the platform and by libraries, not by our code.</summary>
    private static readonly string[] Platform =
    [
        "AZURE_CLIENT_ID", // Azure.Identity: which identity the Redis login takes
        "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri",
        "AzureFunctionsJobHost__extensions__kafka__sessionTimeoutMs",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount", // host.json
        "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME", // the Functions host, on Elastic Premium
        "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID",
    ];

    private static Template App => InfraTests.Module("app");

    [CompilerFact]
    public void Bicep_Settings_AreThoseThatAreRead() =>
        Assert.Equal([.. Read().Order(StringComparer.Ordinal)], AppSettings.Names(App).Order(StringComparer.Ordinal));

    [CompilerFact]
    public void Bicep_Defaults_AreTheCodes()
    {
        string theirs = Describe(Bind(AppSettings.Texts(App, "tuning"), AppSettings.Windows(InfraTests.Main.Parameter("windows").Default!)));
        Assert.Equal(Describe(Bind()), theirs);
        Assert.NotEqual(theirs, Describe(Bind(new Dictionary<string, string?> { ["Engine__TopPages"] = "11" })));
    }

    [CompilerFact]
    public void Bicep_Settings_BindWithoutAMistake()
    {
        // The host and the functions' attributes read names, so what matters here is that no value is refused.
        Dictionary<string, string?> fixedOnes = AppSettings.Texts(App, "appSettings");
        FunctionsOptions options = Bind(
            fixedOnes,
            AppSettings.Texts(App, "tuning"),
            new() { ["Redis__KeyPrefix"] = InfraTests.Main.Parameter("redisKeyPrefix").Default!.Text });
        RedisOptions redis = RedisOf(options);
        Assert.True(redis is { Tls: true, UseEntra: true, User: null, Password: null });
        Assert.Equal("{tidemark}:", redis.KeyPrefix);
    }

    [CompilerFact]
    public void Bicep_OverridesOfHostJson_NameOptionsThatItHas()
    {
        using JsonDocument host = JsonDocument.Parse(Repository.Text("host.json"));
        string[] overrides = [.. AppSettings.Names(App).Where(name => name.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal))];
        Assert.Equal(2, overrides.Length);
        IEnumerable<JsonElement> given =
            overrides.Select(name => name.Split("__").Skip(1).Aggregate(host.RootElement, (at, part) => at.GetProperty(part)));
        Assert.All(given, value => Assert.Equal(JsonValueKind.Number, value.ValueKind));
    }

    [CompilerFact]
    public void Bicep_TaskHubPartitions_DefaultIsHostJsons()
    {
        string given = InfraTests.Main.Parameter("taskHubPartitions").Default!.Text;
        Assert.Equal(StorageProvider(Repository.Text("host.json")).GetProperty("partitionCount").GetRawText(), given);
    }

    [CompilerFact]
    public void ParameterFiles_SettingOverrides_AreSettings()
    {
        IReadOnlySet<string> names = AppSettings.Names(App);
        foreach (string file in Directory.GetFiles(Repository.Infra, "*.parameters.json"))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            if (document.RootElement.GetProperty("parameters").TryGetProperty("settingOverrides", out JsonElement overrides))
            {
                Assert.All(overrides.GetProperty("value").EnumerateObject(), setting => Assert.Contains(setting.Name, names));
            }
        }
    }

    [Fact]
    public void Sample_Settings_AreThoseThatAreRead()
    {
        HashSet<string> known = [.. Read(), "AzureWebJobsStorage"];
        using JsonDocument sample = JsonDocument.Parse(Repository.Text("local.settings.sample.json"));
        Assert.All(sample.RootElement.GetProperty("Values").EnumerateObject(), setting => Assert.Contains(setting.Name, known));
    }

    [Fact]
    public void Docs_EverySettingOfOurs_IsThere()
    {
        string docs = Repository.Text("docs", "FUNCTIONS.md");
        foreach (string name in Read().Except(Platform))
        {
            // After its first of a group a setting is written without it: `__TopPages`.
            string last = name[Math.Max(0, name.LastIndexOf("__", StringComparison.Ordinal))..];
            Assert.True(docs.Contains($"`{name}`", StringComparison.Ordinal) || docs.Contains($"`{last}`", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public void HostJson_OfTheScheduler_DiffersInTheStorageProviderAlone()
    {
        string ours = Regex.Replace(Repository.Text("host.json"), "(?s)\"storageProvider\": \\{.*?\\}", "");
        string scheduler = Repository.Text("src", "Functions", "host.scheduler.json");
        Assert.Equal(ours.Trim(), Regex.Replace(scheduler, "(?s)\"storageProvider\": \\{.*?\\}", "").Trim());
        Assert.Equal(["type", "connectionStringName"], StorageProvider(scheduler).EnumerateObject().Select(property => property.Name));
        Assert.Equal("azureManaged", StorageProvider(scheduler).GetProperty("type").GetString());
        Assert.Equal("AzureWebJobsStorage", StorageProvider(Repository.Text("host.json")).GetProperty("connectionStringName").GetString());
    }

    [Theory]
    [InlineData("AzureStorage", "host.json")]
    [InlineData("Scheduler", "host.scheduler.json")]
    public void Build_DurableBackend_TakesItsHostJson(string backend, string file)
    {
        (int code, string output, string error) = Repository.Run(
            "dotnet", "msbuild", "src/Functions/Functions.csproj", "-getItem:None", $"-p:DurableBackend={backend}");
        Assert.True(code == 0, output + error);
        using JsonDocument items = JsonDocument.Parse(output);
        JsonElement host = Assert.Single(
            items.RootElement.GetProperty("Items").GetProperty("None").EnumerateArray(),
            item => item.TryGetProperty("Link", out JsonElement link) && link.GetString() == "host.json");
        Assert.Equal(file, Path.GetFileName(host.GetProperty("Identity").GetString()));
        Assert.Equal("Always", host.GetProperty("CopyToOutputDirectory").GetString());
    }

    /// <summary>Every setting that something reads: the options, telemetry, the triggers' attributes and host.json.</summary>
    private static HashSet<string> Read()
    {
        Settings settings = new(Configuration(
            new Dictionary<string, string?> { ["Redis__Endpoint"] = "h:1", ["Windows__0__Name"] = "w", ["Windows__0__Size"] = "00:01:00" }));
        SettingsBinder.Read(settings);
        TelemetryOptions.Read(settings);
        MethodInfo[] triggered = [.. typeof(IngestFunction).GetMethods()
            .Where(method => method.GetParameters().Any(parameter => parameter.GetCustomAttribute<KafkaTriggerAttribute>() is not null))];
        string hosts = Repository.Text("host.json") + Repository.Text("src", "Functions", "host.scheduler.json");
        return
        [
            .. settings.Names.Where(name => !name.StartsWith("Windows__1", StringComparison.Ordinal)),
            .. triggered.Select(method => $"AzureWebJobs.{method.GetCustomAttribute<FunctionAttribute>()!.Name}.Disabled"),
            .. triggered.Select(method => method.GetParameters()[0].GetCustomAttribute<KafkaTriggerAttribute>()!)
                .Select(trigger => $"{trigger.BrokerList} {trigger.Topic} {trigger.ConsumerGroup} {trigger.Username} {trigger.Password}")
                .SelectMany(texts => Named().Matches(texts)).Select(match => match.Groups[1].Value),
            .. Named().Matches(hosts).Select(match => match.Groups[1].Value),
            StorageProvider(Repository.Text("src", "Functions", "host.scheduler.json")).GetProperty("connectionStringName").GetString()!,
            .. Platform,
        ];
    }

    private static JsonElement StorageProvider(string hostJson)
    {
        using JsonDocument document = JsonDocument.Parse(hostJson);
        return document.RootElement.GetProperty("extensions").GetProperty("durableTask").GetProperty("storageProvider").Clone();
    }

    private static FunctionsOptions Bind(params Dictionary<string, string?>[] settings)
    {
        Dictionary<string, string?> all = new()
        {
            ["KafkaBrokers"] = "b:1", ["KafkaTopic"] = "t", ["AzureWebJobs.SaslIngestFunction.Disabled"] = "true",
            ["Redis__Endpoint"] = "h:1", ["Redis__Tls"] = "true", ["Redis__UseEntra"] = "true",
        };
        foreach ((string name, string? value) in settings.SelectMany(some => some))
        {
            all[name] = value;
        }

        return SettingsBinder.Bind(Configuration(all));
    }

    private static IConfiguration Configuration(Dictionary<string, string?> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value))
        .Build();

    private static string Describe(FunctionsOptions options) =>
        JsonSerializer.Serialize(new
        {
            options.Engine, options.Timing, options.MaxStepRecords,
            options.MaxConcurrentPanes, options.MaxConcurrentWindows, Redis = RedisOf(options),
        });

    private static RedisOptions RedisOf(FunctionsOptions options) => Assert.Single(options.Sinks.OfType<RedisPlan>()).Options;

    [GeneratedRegex("%([A-Za-z_]+)%")]
    private static partial Regex Named();
}
