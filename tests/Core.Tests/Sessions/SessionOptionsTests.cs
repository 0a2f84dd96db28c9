using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;

namespace Tidemark.Core.Tests.Sessions;

public sealed class SessionOptionsTests
{
    [Fact]
    public void Validate_EveryMistake_IsNamedAtOnce()
    {
        SessionOptions options = new() { Gap = TimeSpan.Zero, MaxLength = TimeSpan.FromDays(31), MaxOpen = 0, MaxPages = 1001 };

        Assert.Equal(
            ["sessions.gap", "sessions.maxLength", "sessions.maxOpen", "sessions.maxPages"],
            new InputOptions { Sessions = options }.Validate().Select(mistake => mistake.Split(':')[0]));
    }

    /// <summary>Sinks would take what is final of the one for what is final of the other.</summary>
    [Fact]
    public void Validate_WindowsNamedAsSessions_AreRefusedBesideSessions()
    {
        EngineOptions options = new() { Windows = [new() { Name = "sessions", Size = TimeSpan.FromMinutes(1) }] };

        Assert.Empty(options.Validate());
        Assert.StartsWith(
            "windows: expected another name than 'sessions'",
            Assert.Single((options with { Input = new() { Sessions = new() } }).Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_LengthBelowTwoGaps_IsRefused()
    {
        Assert.Empty(new SessionOptions { Gap = TimeSpan.FromHours(1), MaxLength = TimeSpan.FromHours(2) }.Validate());
        SessionOptions shorter = new() { Gap = TimeSpan.FromHours(1), MaxLength = TimeSpan.FromMinutes(119) };
        Assert.Contains("expected 2h to 30d", Assert.Single(shorter.Validate()), StringComparison.Ordinal);
    }

    // RFC 4231, test case 1: the first 16 bytes of HMAC-SHA-256.
    [Fact]
    public void Of_KnownKeyAndData_IsTheHashOfTheStandard()
    {
        UserPseudonyms pseudonyms = new(new string('\v', 20));

        Assert.Equal("b0344c61d8db38535ca8afceaf0bf12b", pseudonyms.Of("Hi There"u8));
        Assert.DoesNotContain("\v", pseudonyms.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void UserPseudonyms_ShortKey_IsRefusedWithoutTellingIt()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new UserPseudonyms("secret"));

        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
