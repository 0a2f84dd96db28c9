using Microsoft.Extensions.Configuration;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Hosting;
using Tidemark.Sinks.Lake;

namespace Tidemark.Functions.Tests.Hosting;

public class SettingsTests
{
    [Fact]
    public void Bind_Sample_Works()
    {
        FunctionsOptions options = SettingsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(RepositoryFiles.SampleSettings()).Build());
        Assert.Equal("clickstream_events", options.Topic);
        Assert.Equal("clickstream_events_dlq", options.DeadLetterTopic);
        Assert.Equal("http://127.0.0.1:10000/devstoreaccount1/lake/tidemark", Assert.Single(options.Sinks.OfType<LakePlan>()).Root);
        Assert.Equal(16_384, options.Engine.ExactUsersLimit);
    }

    [Fact]
    public void Bind_ManyMistakes_NamesEverySetting()
    {
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(() => Bind(
            ("KafkaTopic", "t"), ("KafkaGeneration", "No!"), ("KafkaProtocol", "SaslSsl"),
            ("Engine:AllowedLateness", "5"), ("Engine:ExactUsersLimit", "1000000"), ("Engine:EmitEmptyWindows", "yes"),
            ("Windows:0:Name", "x"), ("Windows:0:Size", "00:01:00"), ("Windows:0:Slide", "00:02:00"),
            ("Timing:IngestTimeout", "01:00:00"), ("Redis:Endpoint", "nowhere"),
            ("Lake:Root", "abfss://account.dfs.core.windows.net/path?sig=c2VjcmV0")));
        string[] settings =
            ["KafkaBrokers", "KafkaGeneration", "KafkaUsername", "Engine__AllowedLateness", "Engine__ExactUsersLimit",
                "Engine__EmitEmptyWindows", "Windows__0__Slide", "Timing__IngestTimeout", "Redis__Endpoint", "Lake__Root"];
        Assert.All(settings, setting => Assert.Contains($"\n  {setting}", problem.Message.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        Assert.DoesNotContain("c2VjcmV0", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://account.blob.core.windows.net/lake", "AccountName=another;AccountKey=c2VjcmV0;DefaultEndpointsProtocol=https",
        "Lake__ConnectionString: "
        + "cannot log in to the lake https://account.blob.core.windows.net/lake: expected the connection string of that account")]
    [InlineData("https://account.blob.core.windows.net/lake", "c2VjcmV0", "Lake__ConnectionString: "
        + "cannot log in to the lake https://account.blob.core.windows.net/lake: the connection string is not in the form")]
    [InlineData("http://account.blob.core.windows.net/lake/c2VjcmV0", null, "Lake__Root: cannot use the root of the lake: expected abfss://")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account;AccountKey=c2VjcmV0",
        null, "Lake__Root: cannot use the root of the lake: expected abfss://")]
    [InlineData("lake", "AccountName=account;AccountKey=c2VjcmV0", "Lake__ConnectionString: expected Lake__Root beside it to be abfss://")]
    [InlineData(null, "AccountName=account;AccountKey=c2VjcmV0", "Lake__ConnectionString: expected Lake__Root beside it to be abfss://")]
    public void Bind_LakeThatCannotBe_IsRefusedWithoutRepeatingIt(string? root, string? connectionString, string mistake)
    {
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(() => Bind(
            ("KafkaBrokers", "b:1"), ("KafkaTopic", "t"), ("Lake:Root", root ?? ""), ("Lake:ConnectionString", connectionString ?? "")));

        Assert.Contains($"\n  {mistake}", problem.Message.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_Windows_ReplaceTheDefaults()
    {
        FunctionsOptions options = Bind(
            ("KafkaBrokers", "b:1"), ("KafkaTopic", "t"), ("Engine:EmitEmptyWindows", "true"),
            ("Windows:0:Name", "day"), ("Windows:0:Size", "1.00:00:00"), ("Windows:0:Step", "00:10:00"));
        Assert.Equal(TimeSpan.FromMinutes(10), Assert.Single(options.Engine.Windows).Step);
        Assert.True(options.Engine.EmitEmptyWindows);
    }

    [Fact]
    public void Names_LongestTopicAndTimes_FitTheScheduler()
    {
        Functions.Entities.TopicNames names = new(new string('t', 249), "abcdefghijk");
        Core.Windows.Interval window = new(0, 253_370_764_799_999);
        Assert.All(
            [names.Topic.ToString(), names.Partition(1023).ToString(),
                names.Shard(-62_135_596_800_000, 1023).ToString(), names.Pane(-62_135_596_800_000).ToString(),
                names.ClosePane(-62_135_596_800_000, long.MaxValue), names.Publish(new string('w', 32), window, long.MaxValue),
                names.PublishEmpty(new string('w', 32), -62_135_596_800_000)],
            name => Assert.True(name.Length <= 100, name));
        Assert.Equal(-62_135_596_800_000, names.PaneOf(names.Shard(-62_135_596_800_000, 7)));
        Assert.Null(new Functions.Entities.TopicNames("other", "1").PaneOf(names.Shard(5, 7)));
    }

    [Fact]
    public void Bind_BothTriggersOn_SaysWhichToSwitchOffAndHow()
    {
        string problem = ProblemOf(("KafkaProtocol", "Plaintext"));
        Assert.Contains("\n  AzureWebJobs.SaslIngestFunction.Disabled: expected true", problem, StringComparison.Ordinal);
        Assert.Contains("\n  AzureWebJobs.IngestFunction.Disabled: expected true",
            ProblemOf(("KafkaProtocol", "SaslSsl"), ("KafkaUsername", "u"), ("KafkaPassword", "p")), StringComparison.Ordinal);
        Assert.DoesNotContain("AzureWebJobs__", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_SwitchIsSpeltWithDoubleUnderscores_SaysThatTheHostDoesNotReadIt() => Assert.Contains(
        "AzureWebJobs__SaslIngestFunction__Disabled is set, which the Functions host does not read: write dots",
        ProblemOf(("AzureWebJobs:SaslIngestFunction:Disabled", "true")),
        StringComparison.Ordinal);

    [Fact]
    public void Bind_BothTriggersOff_SaysWhichToSwitchOn() => Assert.Contains(
        "\n  AzureWebJobs.IngestFunction.Disabled: expected false or none",
        ProblemOf(("AzureWebJobs.IngestFunction.Disabled", "1"), ("AzureWebJobs.SaslIngestFunction.Disabled", "True")),
        StringComparison.Ordinal);

    [Fact]
    public void Bind_TriggerOfTheOtherProtocol_SaysWhatTheTriggerSpeaks()
    {
        string problem = ProblemOf(("KafkaProtocol", "Plaintext"), ("AzureWebJobs.IngestFunction.Disabled", "true"));
        Assert.Contains("\n  KafkaProtocol: expected SaslSsl, which is what SaslIngestFunction speaks, "
            + "the trigger that is on; got Plaintext", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AzureWebJobs.SaslIngestFunction.Disabled", "true")]
    [InlineData("AzureWebJobs.SaslIngestFunction.Disabled", "1")]
    [InlineData("AzureWebJobs_SaslIngestFunction_Disabled", "TRUE")]
    public void Bind_OneTriggerOn_Works(string name, string value) =>
        Assert.Equal("Plaintext", BindOnly([.. Required, ("AzureWebJobs.IngestFunction.Disabled", "false"), (name, value)]).Protocol);

    [Fact]
    public void Bind_SwitchesAndOtherMistakes_AreToldTogether()
    {
        string problem = ProblemOf(("KafkaGeneration", "No!"), ("Engine:TopPages", "many"));
        Assert.All(["AzureWebJobs.SaslIngestFunction.Disabled", "KafkaGeneration", "Engine__TopPages"], name => Assert.Contains(
            $"\n  {name}: ", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lake")]
    [InlineData(".")]
    [InlineData("../{app}/lake/deeper")]
    public void Bind_LakeInTheAppsOwnFolder_IsRefused(string root)
    {
        string path = Path.Combine(AppContext.BaseDirectory, root.Replace(
            "{app}", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), StringComparison.Ordinal));
        string problem = ProblemOf(("Lake:Root", path), ("AzureWebJobs.SaslIngestFunction.Disabled", "true"));
        Assert.Contains("\n  Lake__Root: expected a folder outside the app's own", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_LakeInTheScriptRoot_IsRefused()
    {
        string scripts = Path.Combine(Path.GetTempPath(), "scripts");
        (string, string)[] inside = [("AzureWebJobsScriptRoot", scripts), ("Lake:Root", Path.Combine(scripts, "lake")), (
            "AzureWebJobs.SaslIngestFunction.Disabled", "true")];
        Assert.Contains($"Lake__Root: expected a folder outside the app's own, {scripts}", ProblemOf(inside), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scripts-lake")]
    [InlineData("..scripts")]
    public void Bind_LakeBesideTheScriptRoot_IsTaken(string name)
    {
        string root = Path.Combine(Path.GetTempPath(), name);
        Assert.Equal(root, Bind([.. Required, ("AzureWebJobsScriptRoot", Path.Combine(Path.GetTempPath(), "scripts")),
            ("Lake:Root", root)]).Sinks.OfType<LakePlan>().Single().Root);
    }

    [Fact]
    public void Bind_Input_IsHowEventsAreRead()
    {
        FunctionsOptions options = Bind([.. Required, ("Input", """{"schema":"segment","fields":{"geo.country":"country"},"timestampUnit":"ms"}""")]);
        Assert.Equal("segment", options.Engine.Input.Schema);
        Assert.True(options.Engine.Limits.Added.HasCurrency);
        Assert.Equal(["country"], options.Engine.Input.Fields["geo.country"].Paths);
        Assert.Equal(TimestampUnit.Milliseconds, options.Engine.Input.TimestampUnit);
    }

    [Fact]
    public void Bind_AddedMetrics_AreCountedAndShareTheCapacity()
    {
        string breakdowns = string.Join(',', Enumerable.Range(0, 8).Select(i => $"{{\"name\":\"b{i}\",\"field\":\"f{i}\"}}"));
        FunctionsOptions options = Bind(
            [.. Required, ("Input", $"{{\"breakdowns\":[{breakdowns}],\"counters\":[{{\"name\":\"signups\",\"when\":\"sign_up\"}}]}}")]);
        Assert.Equal(8, options.Engine.Limits.Added.Breakdowns.Count);
        Assert.Equal(["signups"], options.Engine.Limits.Added.Counters);
        Assert.Equal(128, options.Engine.Limits.AddedBreakdown);
    }

    [Theory]
    [InlineData("{", "Input: expected a JSON object such as ")]
    [InlineData("""{"schema":"segmnt"}""", "Input: schema: expected one of cloudevents, ga4, ")]
    [InlineData("""{"fields":{"user":"id"},"defaultZone":"Mars"}""", "Input: fields.user: expected one of timestamp, event_type, ")]
    [InlineData("""{"defaultZone":"Mars"}""", "Input: defaultZone: expected a time zone such as ")]
    [InlineData("""{"breakdowns":[{"name":"clicks","field":"x"}]}""", "Input: breakdowns[0].name: expected a name that results do not have already")]
    [InlineData("""{"counters":[{"name":"a"}]}""", "Input: counters[0].when: expected an event type such as sign_up, got nothing")]
    public void Bind_InputWithMistake_IsTold(string input, string expected) =>
        Assert.Contains(expected, ProblemOf(("Input", input)), StringComparison.Ordinal);

    [Fact]
    public void Bind_Sessions_AreRefusedSinceTheAppHasNone() =>
        Assert.Contains("Sessions: expected no such settings", ProblemOf(("Sessions:Gap", "30min")), StringComparison.Ordinal);

    private static (string Name, string Value)[] Required => [("KafkaBrokers", "b:1"), ("KafkaTopic", "t")];

    private static string ProblemOf(params (string Name, string Value)[] settings) =>
        Assert.Throws<InvalidOperationException>(() => BindOnly([.. Required, .. settings])).Message.ReplaceLineEndings("\n");

    private static FunctionsOptions Bind(params (string Name, string Value)[] settings) =>
        BindOnly([("AzureWebJobs.SaslIngestFunction.Disabled", "true"), .. settings]);

    private static FunctionsOptions BindOnly((string Name, string Value)[] settings) => SettingsBinder.Bind(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build());
}
