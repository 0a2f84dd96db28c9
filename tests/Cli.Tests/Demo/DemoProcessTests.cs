using System.Globalization;
using System.Text.RegularExpressions;
using Tidemark.Cli.Demo;
using Tidemark.Cli.Tests.Run;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Demo;

public sealed partial class DemoProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Demo_TwoSeconds_EndsByItselfWithALakeWhoseNumbersFit()
    {
        using TidemarkProcess demo = await TidemarkProcess.RunAsync(_folder.Path, "demo", "--duration", "2s", "--rate", "9000");

        Assert.Equal(0, await demo.ExitAsync());
        Assert.StartsWith(
            "A web shop's last 75 minutes in 2s: about 9,000 events per second. Ctrl-C ends it.\n", demo.Error, StringComparison.Ordinal);
        Assert.Contains("\n1min ", demo.Output, StringComparison.Ordinal);
        Assert.Contains("\n1hour ", demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n5min ", demo.Output, StringComparison.Ordinal);
        Match counts = Records().Match(demo.Error);
        long[] numbers = [.. counts.Groups.Values.Skip(1)
            .Select(group => long.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Assert.Equal(18_000, numbers[0]);
        Assert.Equal(numbers[0], numbers[1] + numbers[2] + numbers[3]);

        string folder = Assert.Single(Directory.GetDirectories(_folder.File("tidemark-demo")));
        Assert.Equal(numbers[2] + numbers[3], File.ReadLines(Path.Combine(folder, "dead-letters.ndjson")).LongCount());
        foreach (string table in new[] { "metrics_1min", "metrics_1hour" })
        {
            DuckDbResult sum = await DuckDb.QueryAsync(
                "SELECT sum(total_events)::BIGINT AS events FROM "
                    + $"read_parquet({DuckDb.Quote(Path.Combine(folder, "lake", table, "**", "*.parquet"))})");
            Assert.Equal(numbers[1].ToString(CultureInfo.InvariantCulture), sum[0, "events"]);
        }

        DuckDbResult printed = await DuckDb.QueryAsync(await PastedCommand.SqlAsync(Query().Match(demo.Error).Groups[1].Value));
        Assert.Equal(10, printed.Rows.Count);
    }

    [Fact]
    public async Task Demo_SmallRate_SaysTheRateThatComes()
    {
        using TidemarkProcess demo = await TidemarkProcess.RunAsync(_folder.Path, "demo", "--duration", "1s", "--rate", "1");

        Assert.Equal(0, await demo.ExitAsync());
        Assert.Contains("about 4,500 events per second", demo.Error, StringComparison.Ordinal);
        Assert.Contains("4,500 read = ", demo.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Demo_Signal_EndsIt(string signal)
    {
        using TidemarkProcess demo = TidemarkProcess.Start(_folder.Path, "demo", "--rate", "9000");
        await demo.UntilAsync(() => demo.Error.Contains("Ctrl-C ends it.", StringComparison.Ordinal));

        await demo.SignalAsync(signal);

        Assert.Equal(130, await demo.ExitAsync(TimeSpan.FromSeconds(3)));
        Assert.Contains("tidemark: interrupted: ", demo.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_SameSecond_IsAnother()
    {
        string[] letters = [.. Enumerable.Range(0, 3).Select(_ => DemoFolder.Make(_folder.File("demos"), TestRun.Now).DeadLetters)];

        Assert.Equal(
            ["2026-11-22T090000Z", "2026-11-22T090000Z-2", "2026-11-22T090000Z-3"],
            letters.Select(path => Path.GetFileName(Path.GetDirectoryName(path))));
        Assert.All(letters, path => Assert.True(Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, "lake"))));
    }

    [Fact]
    public async Task Demo_FolderThatCannotBeMade_SaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("tidemark-demo"), "in the way");
        using TidemarkProcess demo = await TidemarkProcess.RunAsync(_folder.Path, "demo", "--duration", "1s");

        Assert.Equal(1, await demo.ExitAsync());
        Assert.Matches(@"\Atidemark: cannot write to the lake directory [^\n]*/tidemark-demo is a file\n\z", demo.Error);
    }

    [GeneratedRegex("([0-9,]+) read = ([0-9,]+) counted \\+ ([0-9,]+) late \\+ ([0-9,]+) rejected")]
    private static partial Regex Records();

    [GeneratedRegex("^query +(.*)$", RegexOptions.Multiline)]
    private static partial Regex Query();
}
