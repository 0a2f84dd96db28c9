using Microsoft.Extensions.Configuration;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Tests.Hosting;

public class SettingsTests
{
    [Fact]
    public void Bind_Sample_Works()
    {
        FunctionsOptions options = SettingsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(RepositoryFiles.SampleSettings()).Build());
        Assert.Equal(("clickstream_events", "clickstream_events_dlq", "lake"), (options.Topic, options.DeadLetterTopic, options.LakeRoot));
        Assert.Equal(16_384, options.Engine.ExactUsersLimit);
    }

    [Fact]
    public void Bind_ManyMistakes_NamesEverySetting()
    {
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(() => Bind(
            ("KafkaTopic", "t"), ("KafkaGeneration", "No!"), ("KafkaProtocol", "SaslSsl"), ("Engine:AllowedLateness", "5"), ("Engine:ExactUsersLimit", "1000000"), ("Engine:EmitEmptyWindows", "yes"),
            ("Windows:0:Name", "x"), ("Windows:0:Size", "00:01:00"), ("Windows:0:Slide", "00:02:00"), ("Timing:IngestTimeout", "01:00:00"), ("Redis:Endpoint", "nowhere"),
            ("Lake:Root", "abfss://account.dfs.core.windows.net/path?sig=c2VjcmV0")));
        string[] settings =
            ["KafkaBrokers", "KafkaGeneration", "KafkaUsername", "Engine__AllowedLateness", "Engine__ExactUsersLimit", "Engine__EmitEmptyWindows", "Windows__0__Slide", "Timing__IngestTimeout", "Redis__Endpoint", "Lake__Root"];
        Assert.All(settings, setting => Assert.Contains($"\n  {setting}", problem.Message.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        Assert.DoesNotContain("c2VjcmV0", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_Windows_ReplaceTheDefaults()
    {
        FunctionsOptions options = Bind(
            ("KafkaBrokers", "b:1"), ("KafkaTopic", "t"), ("Engine:EmitEmptyWindows", "true"), ("Windows:0:Name", "day"), ("Windows:0:Size", "1.00:00:00"), ("Windows:0:Step", "00:10:00"));
        Assert.Equal(TimeSpan.FromMinutes(10), Assert.Single(options.Engine.Windows).Step);
        Assert.True(options.Engine.EmitEmptyWindows);
    }

    [Fact]
    public void Names_LongestTopicAndTimes_FitTheScheduler()
    {
        Functions.Entities.TopicNames names = new(new string('t', 249), "abcdefghijk");
        Core.Windows.Interval window = new(0, 253_370_764_799_999);
        Assert.All(
            [names.Topic.ToString(), names.Partition(1023).ToString(), names.Shard(-62_135_596_800_000, 1023).ToString(), names.Pane(-62_135_596_800_000).ToString(),
                names.ClosePane(-62_135_596_800_000, long.MaxValue), names.Publish(new string('w', 32), window, long.MaxValue), names.PublishEmpty(new string('w', 32), -62_135_596_800_000)],
            name => Assert.True(name.Length <= 100, name));
        Assert.Equal(-62_135_596_800_000, names.PaneOf(names.Shard(-62_135_596_800_000, 7)));
        Assert.Null(new Functions.Entities.TopicNames("other", "1").PaneOf(names.Shard(5, 7)));
    }

    private static FunctionsOptions Bind(params (string Name, string Value)[] settings) => SettingsBinder.Bind(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build());
}
