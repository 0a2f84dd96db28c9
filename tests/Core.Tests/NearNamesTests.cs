namespace Tidemark.Core.Tests;

public sealed class NearNamesTests
{
    private static readonly string[] Options = ["--source", "--lake", "--dead-letters", "--state", "--schema", "--json"];

    [Theory]
    [InlineData("--sorce", "--source")]
    [InlineData("--soruce", "--source")]
    [InlineData("--Lake", "--lake")]
    [InlineData("--deadletters", "--dead-letters")]
    [InlineData("--dead", "--dead-letters")]
    [InlineData("--stat", "--state")]
    [InlineData("--colour", null)]
    [InlineData("--", null)]
    [InlineData("-x", null)]
    public void Find_ATypo_IsTheNameThatWasMeantOrNothing(string name, string? expected) => Assert.Equal(expected, NearNames.Find(name, Options));

    [Fact]
    public void Find_ANameOfAMegabyte_IsNearToNothing() => Assert.Null(NearNames.Find(new string('a', 1 << 20), Options));

    [Theory]
    [InlineData("run", "rnu", 1)]
    [InlineData("run", "run", 0)]
    [InlineData("", "run", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_TwoTexts_IsTheNumberOfChanges(string left, string right, int expected)
    {
        Assert.Equal(expected, NearNames.Distance(left, right));
        Assert.Equal(expected, NearNames.Distance(right, left));
    }
}
