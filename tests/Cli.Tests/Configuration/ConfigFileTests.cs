using Tidemark.Cli.Configuration;
using Tidemark.Core;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Configuration;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string FilePath => _folder.File("tidemark.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_NoFile_GivesTheDefaults()
    {
        Assert.Empty(ConfigFile.Read(null, out EngineOptions options, out _));

        Assert.Equal(["1min", "5min", "1hour"], options.Windows.Select(window => window.Name));
        Assert.Equal(TimeSpan.FromSeconds(10), options.MaxOutOfOrderness);
    }

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        EngineOptions options = Valid("""
            {
              // Comments and a comma too many are allowed.
              "windows": [
                { "name": "30s", "size": "30s" },
                { "name": "sliding", "size": "2min", "slide": "1min" },
                { "name": "today", "size": "1d", "step": "1h", "offset": "6h" },
              ],
              "maxOutOfOrderness": "0s", "allowedLateness": "90s", "idleTimeout": "2min", "maxFutureSkew": "1h",
              "exactUsersLimit": 1000, "topPages": 3, "topPagesCapacity": 50, "breakdownCapacity": 60, "emitEmptyWindows": true,
            }
            """);

        Assert.Equal(
            [("30s", 30, null, null, 0), ("sliding", 120, 60, null, 0), ("today", 86_400, null, 3600, 21_600)],
            options.Windows.Select(window => (
                window.Name, window.Size.TotalSeconds, window.Slide?.TotalSeconds, window.Step?.TotalSeconds, window.Offset.TotalSeconds)));
        Assert.Equal(
            (0, 90, 120, 3600),
            (options.MaxOutOfOrderness.TotalSeconds, options.AllowedLateness.TotalSeconds,
                options.IdleTimeout.TotalSeconds, options.MaxFutureSkew.TotalSeconds));
        Assert.Equal((1000, 3, 50, 60), (options.ExactUsersLimit, options.TopPages, options.TopPagesCapacity, options.BreakdownCapacity));
        Assert.True(options.EmitEmptyWindows);
    }

    [Fact]
    public void Read_AddedMetrics_AreTaken()
    {
        EngineOptions options = Valid("""
            {
              "breakdowns": [ { "name": "referrer_host", "field": "referrer", "normalize": ["hostOnly", "lower"] } ],
              "counters": [ { "name": "signups", "when": "sign_up" } ],
              "fields": { "currency": "metadata.currency" },
            }
            """);

        Assert.Equal("referrer_host", Assert.Single(options.Input.Breakdowns).Name);
        Assert.Equal(new("signups", "sign_up"), Assert.Single(options.Input.Counters));
        Assert.True(options.Input.HasCurrency);
    }

    [Fact]
    public void Read_MistakesInAddedMetrics_AreEachToldOnceWithTheirNumber()
    {
        IReadOnlyList<string> mistakes = Mistakes("""
            {
              "breakdowns": [ { "field": "x" }, 7, { "name": "No", "field": "x" }, { "name": "clicks", "field": [] } ],
              "counters": [ { "name": "a" }, { "name": "a", "when": "click" } ]
            }
            """);

        Assert.Equal(
            [
                "breakdowns[0].name: expected a name such as browser, got nothing", "breakdowns[1]: expected an object, got 7",
                "counters[0].when: expected an event type such as sign_up, got nothing",
                "breakdowns[3].field: expected a path or a constant, got nothing",
                "breakdowns[2].name: expected 1 to 40 of a-z, 0-9 and _, beginning with a letter, got 'No'",
                "breakdowns[3].name: expected a name that results do not have already, got 'clicks'",
                "counters[1].name: expected a name that no other added breakdown or counter has, got 'a'",
            ],
            mistakes);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("  { }\n// the end\n")]
    public void Read_EmptyObject_GivesTheDefaults(string text) => Assert.Equal(3, Valid(text).Windows.Count);

    [Fact]
    public void Read_ManyMistakes_AreAllToldWithKeyExpectedAndActual()
    {
        IReadOnlyList<string> mistakes = Mistakes("""
            {
              "windows": [
                { "name": "Minute!", "size": "1min" },
                { "size": "5 parsecs", "slide": 60 },
                7,
                { "name": "ten", "size": "10min", "slide": "11min", "colour": "red" }
              ],
              "maxOutOfOrderness": "40d", "idleTimeout": null, "maxFutureSkew": 5, "topPages": 1.5, "breakdownCapacity": 0, "emitEmptyWindows": "yes",
              "allowedLatenes": "5min"
            }
            """);

        Assert.Equal(
            [
                "allowedLatenes: unknown; did you mean 'allowedLateness'? It is one of windows, maxOutOfOrderness, ",
                "windows[2]: expected an object, got 7",
                "windows[1].name: expected a name such as 1min, got nothing", "windows[1].size: expected a whole number and a unit",
                "windows[1].slide: expected a duration such as 10s, got 60",
                "windows[3].colour: unknown; expected one of name, size, slide, step, offset",
                "idleTimeout: expected a duration such as 10s, got null", "maxFutureSkew: expected a duration such as 10s, got 5",
                "topPages: expected a whole number, got 1.5", "emitEmptyWindows: expected true or false, got \"yes\"",
                "maxOutOfOrderness: expected 0s to 30d, got 40d", "breakdownCapacity: expected 1 to 1000000, got 0",
                "windows[0].name: expected 1 to 32 of a-z, 0-9 and _, got 'Minute!'",
                "windows[3].slide: expected 1ms to the size (10min), got 11min",
            ],
            mistakes,
            (expected, actual) => actual.StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]", "the file: expected an object, got []")]
    [InlineData("{\"windows\":{}}", "windows: expected a list of objects, got {}")]
    [InlineData("{\"windows\":[]}", "windows: expected 1 to 32, got 0")]
    [InlineData("{\"topPages\":20,\"topPagesCapacity\":10}", "topPages: expected at most topPagesCapacity (10), got 20")]
    [InlineData("{\"topPages\":99999999999}", "topPages: expected a whole number, got 99999999999")]
    [InlineData("", "expected JSON, got something else in line 1 at byte 1: ")]
    [InlineData("{\n  \"topPages\": ,\n}", "expected JSON, got something else in line 2 at byte 15: ")]
    public void Read_OneMistake_IsTheOnlyOne(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Mistakes(text)), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "{\"topPages\\ud800\":1}", "expected a text, got half of a character (\\ud800 to \\udfff without its other half) in line 1 at byte 2")]
    [InlineData("{\n \"windows\":[{\"name\":\"\\udc00\",\"size\":\"1min\"}]}",
        "expected a text, got half of a character (\\ud800 to \\udfff without its other half) in line 2 at byte 21")]
    [InlineData("{\"idleTimeout\":\"\\ud83d\\ud83d\"}",
        "expected a text, got half of a character (\\ud800 to \\udfff without its other half) in line 1 at byte 16")]
    public void Read_HalfOfACharacter_IsAMistake(string text, string expected) => Assert.Equal([expected], Mistakes(text));

    [Fact]
    public void Read_BytesThatAreNoUtf8_AreAMistake()
    {
        File.WriteAllBytes(FilePath, [.. "{\n  \"é\": \""u8, 0xFF, .. "\"}"u8]);

        Assert.Equal([$"{FilePath}: expected UTF-8, got other bytes in line 2 at byte 10"], ConfigFile.Read(FilePath, out _, out _));
    }

    [Fact]
    public void Read_TwoWindowsOfOneName_IsAMistake() =>
        Assert.Equal(
            "windows: expected different names, got 'a' more than once",
            Assert.Single(Mistakes("""{"windows":[{"name":"a","size":"1min"},{"name":"a","size":"2min"}]}""")));

    [Fact]
    public void Read_MissingFile_SaysSo() => AssertCannotRead(FilePath, "No such file or directory");

    [Fact]
    public void Read_Folder_SaysSo() => AssertCannotRead(_folder.Path, "Is a directory");

    [Fact]
    public void Read_FileThatCannotBeRead_SaysSo() => AssertCannotRead("/proc/self/mem", "Input/output error");

    private static void AssertCannotRead(string path, string reason) =>
        Assert.Equal([$"cannot read the configuration {path}: {reason}"], ConfigFile.Read(path, out _, out _));

    private EngineOptions Valid(string text)
    {
        File.WriteAllText(FilePath, text);
        Assert.Empty(ConfigFile.Read(FilePath, out EngineOptions options, out _));
        return options;
    }

    /// <summary>The mistakes without the file's name, which each starts with.</summary>
    private List<string> Mistakes(string text)
    {
        File.WriteAllText(FilePath, text);
        IReadOnlyList<string> mistakes = ConfigFile.Read(FilePath, out _, out _);
        Assert.All(mistakes, mistake => Assert.StartsWith(FilePath + ": ", mistake, StringComparison.Ordinal));
        Assert.All(mistakes, mistake => Assert.DoesNotContain('\n', mistake));
        return [.. mistakes.Select(mistake => mistake[(FilePath.Length + 2)..])];
    }
}
