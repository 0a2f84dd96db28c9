using Tidemark.Cli.State;
using Tidemark.Core;

namespace Tidemark.Cli.Tests.State;

public sealed class FingerprintTests
{
    // Only how soon the clock closes windows may change from one start to the next.
    private static readonly HashSet<string> Free = ["IdleTimeout", "Limits"];

    [Fact]
    public void Of_EveryOption_IsThereUnderItsKey()
    {
        IEnumerable<string> keys = typeof(EngineOptions).GetProperties().Select(property => property.Name).Where(name => !Free.Contains(name)).Select(name => char.ToLowerInvariant(name[0]) + name[1..]);

        Assert.Equal(keys.Order(StringComparer.Ordinal), Fingerprint.Of(new EngineOptions()).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Differences_OtherOptions_NamesEachWithBothValues()
    {
        EngineOptions now = new()
        {
            Windows = [new() { Name = "d", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromHours(1), Offset = TimeSpan.FromHours(2) }], AllowedLateness = TimeSpan.FromMinutes(10),
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
}
