using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>The lake as DuckDB reads it: against the results on stdout, and against DuckDB's own count of the source.</summary>
public sealed partial class LakeQueryTests : IDisposable
{
    private static readonly GeneratorOptions Stream = GeneratedStream.Of(20_000) with
    {
        Start = TestRun.Now - TimeSpan.FromMinutes(30), EventsPerSecond = 20,
        LatePercent = 1, BadPercent = 0, DuplicatePercent = 1, DisorderMs = 12_000,
    };

    private readonly TestRun _run = new();

    public LakeQueryTests() => Assert.Equal(0, _run.Run(GeneratedStream.Bytes(Stream, 1 << 20)));

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Lake_EveryFamily_HasTheTypesAndTheValuesOfTheLastResults()
    {
        foreach (string window in new[] { "1min", "5min", "1hour" })
        {
            string query = $"SELECT * FROM read_parquet({Files(window)}, hive_partitioning = false) ORDER BY window_start";

            DuckDbResult table = await DuckDb.QueryAsync(query);

            Assert.Equal(ExpectedTypes, await DuckDb.TypesAsync(query));
            Assert.Equal(
                _run.Last.Where(result => (string)result["window"]! == window)
                    .OrderBy(result => (string)result["window_start"]!, StringComparer.Ordinal)
                    .Select(result => DescribeResult(result).ToJsonString()),
                table.Rows.Select(row => DescribeRow(row).ToJsonString()));
            Assert.All(table.Rows, row => Assert.StartsWith("48594C4C", ((string)row["users_sketch"]!).ToUpperInvariant(), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Lake_SumsOverMinutesAndHours_AreTheCountedEvents()
    {
        DuckDbResult sums = await DuckDb.QueryAsync($"""
            SELECT (SELECT sum(total_events)::BIGINT FROM read_parquet({Files("1min")})) AS minutes,
                   (SELECT sum(total_events)::BIGINT FROM read_parquet({Files("1hour")})) AS hours
            """);

        Match conservation = Conservation().Match(_run.Error);
        string counted = conservation.Groups["counted"].Value.Replace(",", "", StringComparison.Ordinal);
        Assert.Equal((counted, counted), (sums[0, "minutes"], sums[0, "hours"]));
    }

    [Fact]
    public async Task Lake_Minutes_EqualDuckDbsOwnCountOfTheAcceptedLines()
    {
        // Which lines were late is in the dead letters, by the number of the line.
        HashSet<long> late = [.. _run.Letters.Select(letter => (long)letter["offset"]!)];
        Assert.NotEmpty(late);
        string accepted = Path.Combine(_run.Folder, "accepted.ndjson");
        await File.WriteAllLinesAsync(
            accepted, (await File.ReadAllLinesAsync(Path.Combine(_run.Folder, "events.ndjson"))).Where((_, line) => !late.Contains(line)));

        DuckDbResult differences = await DuckDb.QueryAsync($$"""
            CREATE TABLE events AS SELECT time_bucket(INTERVAL 1 MINUTE, timestamp::TIMESTAMP) AS minute, *
                FROM read_json({{DuckDb.Quote(accepted)}}, format = 'newline_delimited',
                    columns = {timestamp: 'VARCHAR', event_type: 'VARCHAR', user_id: 'VARCHAR', page_url: 'VARCHAR',
                        metadata: 'STRUCT(amount VARCHAR)'});
            CREATE TABLE pages AS SELECT minute, page_url, count(*) AS views,
                row_number() OVER (PARTITION BY minute ORDER BY count(*) DESC, encode(page_url)) AS place
                FROM events WHERE event_type = 'page_view' AND page_url IS NOT NULL GROUP BY minute, page_url;
            CREATE TABLE counted AS SELECT minute, count(*) AS total, count(DISTINCT user_id) AS users,
                coalesce(sum(CASE WHEN regexp_full_match(metadata.amount, '[+-]?[0-9]+([.][0-9]{1,4})?')
                    THEN try_cast(metadata.amount AS DECIMAL(18,4)) END)
                    FILTER (event_type = 'purchase'), 0)::DECIMAL(18,4) AS revenue,
                (SELECT list(page_url || '=' || views ORDER BY place) FROM pages WHERE pages.minute = events.minute AND place <= 10) AS top
                FROM events GROUP BY minute;
            CREATE TABLE ours AS SELECT epoch_ms(epoch_ms(window_start)) AS minute, total_events AS total, unique_users AS users, revenue,
                list_transform(map_entries(top_pages), entry -> entry.key || '=' || entry.value) AS top
                FROM read_parquet({{Files("1min")}});
            SELECT (SELECT count(*) FROM ours) AS ours, (SELECT count(*) FROM (FROM ours EXCEPT FROM counted)) AS more,
                (SELECT count(*) FROM (FROM counted EXCEPT FROM ours)) AS fewer;
            """);

        Assert.Equal(("0", "0"), (differences[0, "more"], differences[0, "fewer"]));
        Assert.True(int.Parse(differences[0, "ours"], CultureInfo.InvariantCulture) > 15);
    }

    [Fact]
    public void Lake_Paths_AreTheHiveLayout()
    {
        Assert.Equal(
            _run.Last.Select(result =>
            {
                var start = DateTimeOffset.Parse((string)result["window_start"]!, CultureInfo.InvariantCulture);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"metrics_{result["window"]}/date={start:yyyy-MM-dd}/hour={start:HH}/{start.ToUnixTimeSeconds()}.parquet");
            }).Order(StringComparer.Ordinal),
            TempFolder.Contents(_run.Lake).Keys.Select(path => path.Replace('\\', '/'))
                .Where(path => !path.StartsWith("metrics_breakdown/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Summary_Query_Runs()
    {
        string query = QueryLine().Match(_run.Error).Groups["sql"].Value;

        DuckDbResult rows = await DuckDb.QueryAsync(await PastedCommand.SqlAsync(query));

        Assert.Equal(10, rows.Rows.Count);
        string last = _run.Last.Where(result => (string)result["window"]! == "1min").Max(result => (string)result["window_start"]!)!;
        Assert.StartsWith(last.TrimEnd('Z'), (string)rows.Rows[0]["window_start"]!, StringComparison.Ordinal);
    }

    // DuckDB takes a backslash in a pattern for a slash, so no query could find such a lake; a shell must leave it alone all the same.
    [Fact]
    public async Task Summary_Backslashes_ReachDuckDb()
    {
        const string sql = @"SELECT 'a\b\\c\$d\`\""\'";

        Assert.Equal(sql, await PastedCommand.SqlAsync(ShellText.DuckDb(sql)));
    }

    // What a shell, a terminal, SQL or a pattern of files might take for its own.
    [Theory]
    [InlineData("a b'c\"d$HOME`id`!!e")]
    [InlineData("new\nline\u001b[31mred\u202eback")]
    [InlineData("*?[x]; rm -rf x #é😀")]
    public async Task Summary_QueryOverAnyPath_IsOneHarmlessLineThatRuns(string name)
    {
        string lake = Path.Combine(_run.Folder, name, "lake");
        Directory.CreateDirectory(Path.GetDirectoryName(lake)!);
        Directory.Move(_run.Lake, lake);
        string sql = LakeQueries.RecentWindows(LocalLake.Open(lake), "1min");

        string line = ShellText.DuckDb(sql);

        Assert.DoesNotContain(line, character => char.IsControl(character) || character is '!' or '\u202e');
        Assert.Equal(10, (await DuckDb.QueryAsync(await PastedCommand.SqlAsync(line))).Rows.Count);
    }

    private static Dictionary<string, string> ExpectedTypes
    {
        get
        {
            Dictionary<string, string> types = [];
            Add("TIMESTAMP WITH TIME ZONE", "window_start", "window_end", "watermark");
            Add("VARCHAR", "window", "phase");
            Add(
                "BIGINT", "total_events", "unique_users", "page_views", "clicks", "purchases", "add_to_carts",
                "searches", "invalid_amounts", "top_pages_max_error", "device_breakdown_max_error",
                "country_breakdown_max_error", "event_types_max_error", "revision");
            Add("BOOLEAN", "unique_users_exact", "revenue_overflow");
            Add(
                "DECIMAL(18,4)", "revenue", "average_events_per_minute", "average_page_views_per_minute", "average_clicks_per_minute",
                "average_purchases_per_minute", "average_revenue_per_minute");
            Add("MAP(VARCHAR, BIGINT)", "top_pages", "device_breakdown", "country_breakdown", "event_types");
            Add("BLOB", "users_sketch");
            return types;

            void Add(string type, params string[] columns) => Array.ForEach(columns, column => types.Add(column, type));
        }
    }

    /// <summary>A result with one name per column of the lake, by name.</summary>
    private static JsonObject DescribeResult(JsonObject result)
    {
        Dictionary<string, JsonNode?> columns = result.ToDictionary(pair => pair.Key, pair => pair.Value?.DeepClone());
        columns.Remove("average_per_minute");
        foreach (string name in new[] { "events", "page_views", "clicks", "purchases", "revenue" })
        {
            columns.Add($"average_{name}_per_minute", result["average_per_minute"]?[name]?.DeepClone());
        }

        return Sorted(columns);
    }

    private static JsonObject DescribeRow(JsonObject row)
    {
        Dictionary<string, JsonNode?> columns = row.ToDictionary(pair => pair.Key, pair => pair.Value?.DeepClone());
        columns.Remove("users_sketch");
        return Sorted(columns);
    }

    private static JsonObject Sorted(Dictionary<string, JsonNode?> columns) =>
        new(columns.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Plain(pair.Key, pair.Value))));

    /// <summary>Times without a fraction of zeros, amounts without zeros at the end; all else as it is.</summary>
    private static JsonNode? Plain(string name, JsonNode? value) => value switch
    {
        null => null,
        _ when name.StartsWith("window_", StringComparison.Ordinal) || name == "watermark" =>
            DateTimeOffset.Parse((string)value!, CultureInfo.InvariantCulture).ToString("O", CultureInfo.InvariantCulture),
        _ when name == "revenue" || name.StartsWith("average_", StringComparison.Ordinal) =>
            decimal.Parse(value.ToJsonString(), CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.DeepClone(),
    };

    private string Files(string window) => DuckDb.Quote(Path.Combine(_run.Lake, $"metrics_{window}", "**", "*.parquet"));

    [GeneratedRegex("= (?<counted>[0-9,]+) counted")]
    private static partial Regex Conservation();

    [GeneratedRegex("^query +(?<sql>.*)$", RegexOptions.Multiline)]
    private static partial Regex QueryLine();
}
