using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Tests.State;

public sealed class FingerprintTests
{
    // Only how soon the clock closes windows may change from one start to the next.
    private static readonly HashSet<string> Free = ["IdleTimeout", "Limits"];

    [Fact]
    public void Of_EveryOption_IsThereUnderItsKey()
    {
        IEnumerable<string> keys = typeof(EngineOptions).GetProperties().Select(property => property.Name)
            .Where(name => !Free.Contains(name)).Select(name => char.ToLowerInvariant(name[0]) + name[1..]);

        Assert.Equal(keys.Order(StringComparer.Ordinal), Fingerprint.Of(new EngineOptions()).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Differences_OtherOptions_NamesEachWithBothValues()
    {
        EngineOptions now = new()
        {
            Windows = [new() { Name = "d", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromHours(1), Offset = TimeSpan.FromHours(2) }],
            AllowedLateness = TimeSpan.FromMinutes(10),
        };

        Assert.Equal(
            [
                "allowedLateness: 5min in the state, 10min now",
                "windows: 1min 1min, 5min 5min by 1min, 1hour 1hour in the state, d 1day in steps of 1hour from 2hour now",
            ],
            Fingerprint.Differences(Fingerprint.Of(new EngineOptions()), now));
    }

    [Fact]
    public void Differences_KeysThatCameLaterOrAreUnknown_AreTakenForTheDefaultOrTold()
    {
        Dictionary<string, string> then = Fingerprint.Of(new EngineOptions()).ToDictionary();
        then.Remove("topPages");
        then["sessionGap"] = "30min";

        Assert.Equal(["sessionGap: 30min in the state, unknown now"], Fingerprint.Differences(then, new EngineOptions()));
        Assert.Contains("topPages: 10 in the state, 3 now", Fingerprint.Differences(then, new EngineOptions { TopPages = 3 }));
    }

    // None of these is a default: an option that is not read back would be seen.
    [Fact]
    public void Options_OfAnyFingerprint_HaveThatFingerprint()
    {
        EngineOptions options = new()
        {
            Windows =
            [
                new() { Name = "m", Size = TimeSpan.FromSeconds(90) },
                new() { Name = "by", Size = TimeSpan.FromHours(1), Slide = TimeSpan.FromMinutes(20), Offset = TimeSpan.FromSeconds(30) },
                new() { Name = "in_steps", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromHours(1), Offset = TimeSpan.FromHours(2) },
            ],
            MaxOutOfOrderness = TimeSpan.FromMilliseconds(1500),
            AllowedLateness = TimeSpan.FromMinutes(7),
            MaxFutureSkew = TimeSpan.FromMinutes(3),
            MaxJump = null,
            ExactUsersLimit = 5,
            TopPages = 4,
            TopPagesCapacity = 6,
            BreakdownCapacity = 8,
            EmitEmptyWindows = true,
            Input = new InputOptions
            {
                Schema = "segment",
                Fields = new Dictionary<string, FieldSource> { ["page_url"] = new() { Paths = [
                    "a.b", "c"], Constant = "none", Normalization = Normalization.Lower | Normalization.StripQuery } },
                EventTypes = new Dictionary<string, string> { ["$pageview"] = "page_view" },
                Breakdowns =
                [
                    new("a", new FieldSource { Paths = ["a"], Normalization = Normalization.HostOnly }), new("b", new FieldSource { Constant = "x" }),
                ],
                Counters = [new("c", "signup")],
                Sessions = new()
                {
                    Gap = TimeSpan.FromMinutes(20), MaxLength = TimeSpan.FromHours(5), MaxOpen = 7, MaxPages = 3, Pseudonymize = true,
                },
                TimestampUnit = TimestampUnit.Milliseconds,
                DefaultZone = "UTC",
            },
        };

        IReadOnlyDictionary<string, string> fingerprint = Fingerprint.Of(options);
        Assert.DoesNotContain(fingerprint, pair => Fingerprint.Of(new EngineOptions())[pair.Key] == pair.Value);
        Assert.Equal(fingerprint, Fingerprint.Of(FingerprintReader.Options(fingerprint)));
    }

    [Theory]
    [InlineData("windows", "1min")]
    [InlineData("windows", "1min soon")]
    [InlineData("topPages", "many")]
    [InlineData("topPages", "0")]
    [InlineData("sessionGap", "30min")]
    [InlineData("sessions", "on")]
    [InlineData("sessions", "gap 1, maxLength 1d, maxOpen 1, maxPages 1")]
    [InlineData("sessions", "gap 1min, maxLength 1d, maxOpen x, maxPages 1")]
    public void Options_OfWhatIsNone_IsRefused(string key, string value)
    {
        Dictionary<string, string> fingerprint = Fingerprint.Of(new EngineOptions()).ToDictionary();
        fingerprint[key] = value;

        Assert.StartsWith("the configuration of the state ",
            Assert.Throws<InvalidDataException>(() => FingerprintReader.Options(fingerprint)).Message, StringComparison.Ordinal);
    }
}
