namespace Tidemark.Cli.Tests;

public class CountsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("500", 500)]
    [InlineData("10k", 10_000)]
    [InlineData("10K", 10_000)]
    [InlineData("2M", 2_000_000)]
    [InlineData("1.5M", 1_500_000)]
    [InlineData("10G", 10_000_000_000)]
    [InlineData(" 7 ", 7)]
    [InlineData("-3", -3)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryParse_NumberWithSuffix_GivesTheCount(string text, long expected)
    {
        Assert.True(Counts.TryParse(text, out long count, out _));
        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("1.5")]
    [InlineData("1.0005k")]
    [InlineData("2m")]
    [InlineData("1e6")]
    [InlineData("9999999999999999999999G")]
    [InlineData("99999999999999999999999999999999999")]
    public void TryParse_AnythingElse_SaysWhatWasExpected(string? text)
    {
        Assert.False(Counts.TryParse(text, out _, out string? mistake));
        Assert.Equal($"expected a whole number, perhaps with k, M or G, such as 500, 10k or 2M, got '{text}'", mistake);
    }
}
