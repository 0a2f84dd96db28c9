using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tidemark.Support.Fixtures;

namespace Tidemark.Benchmarks;

/// <summary>The metrics of minutes as DuckDB computes them: one pass over the file into memory, then the aggregates.</summary>
internal static class DuckDbBaseline
{
    /// <summary>
    /// The argument that makes this program the process that is measured: DuckDB and no more, with a start-up of its own as tidemark's.
    /// </summary>
    public const string Command = "duckdb";

    private const string Sql =
        """
        SET threads = {threads};
        CREATE TEMP TABLE e AS
          SELECT date_trunc('minute', timestamp) AS w, event_type, user_id, page_url, geo.country AS country, device.type AS device,
                 CASE WHEN regexp_full_match(metadata.amount, '[+-]?[0-9]+([.][0-9]{1,4})?')
                      THEN CAST(metadata.amount AS DECIMAL(18, 4)) END AS amount
          FROM read_json('{file}', format = 'newline_delimited', ignore_errors = true, columns = {
            timestamp: 'TIMESTAMP', event_type: 'VARCHAR', user_id: 'VARCHAR', page_url: 'VARCHAR',
            geo: 'STRUCT(country VARCHAR)', device: 'STRUCT(type VARCHAR)', metadata: 'STRUCT(amount VARCHAR)'});
        CREATE TEMP TABLE totals AS
          SELECT w, count(*) AS events, count(DISTINCT user_id) AS users, count(*) FILTER (event_type = 'page_view') AS page_views,
                 count(*) FILTER (event_type = 'click') AS clicks, count(*) FILTER (event_type = 'purchase') AS purchases,
                 coalesce(sum(amount) FILTER (event_type = 'purchase'), 0) AS revenue
          FROM e GROUP BY w;
        CREATE TEMP TABLE pages AS
          SELECT w, page_url, count(*) AS views FROM e WHERE event_type = 'page_view' GROUP BY w, page_url
          QUALIFY row_number() OVER (PARTITION BY w ORDER BY views DESC, page_url) <= 10;
        CREATE TEMP TABLE countries AS SELECT w, country, count(*) AS events FROM e GROUP BY ALL;
        CREATE TEMP TABLE devices AS SELECT w, device, count(*) AS events FROM e GROUP BY ALL;
        CREATE TEMP TABLE types AS SELECT w, event_type, count(*) AS events FROM e GROUP BY ALL;
        SELECT count(*) AS windows, sum(events) AS events, sum(users) AS users, sum(page_views) AS page_views, sum(clicks) AS clicks,
               sum(purchases) AS purchases, sum(revenue) AS revenue,
               (SELECT sum(views) FROM pages) AS top_page_views, (SELECT sum(events) FROM countries) AS country_events,
               (SELECT sum(events) FROM devices) AS device_events, (SELECT sum(events) FROM types) AS type_events
        FROM totals;
        """;

    public static Process Start(string file)
    {
        string sql = Sql
            .Replace("{file}", file, StringComparison.Ordinal)
            .Replace("{threads}", Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return Tidemark.StartProcess("dotnet", [typeof(DuckDbBaseline).Assembly.Location, Command, sql]);
    }

    /// <summary>What the process does: runs the SQL in DuckDB and prints the rows of its last statement as one JSON array.</summary>
    public static async Task<int> RunAsync(string sql)
    {
        DuckDbResult result = await DuckDb.QueryAsync(sql);
        Console.WriteLine(new JsonArray([.. result.Rows]).ToJsonString());
        return 0;
    }

    /// <summary>A comparison of speed means nothing unless both did the same.</summary>
    public static int RequireSameTotals(string tidemarkLines, string duckDbRows)
    {
        Dictionary<string, decimal> ours = new() { ["windows"] = 0 };
        foreach (string line in tidemarkLines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument result = JsonDocument.Parse(line);
            Add(ours, "windows", 1);
            Add(ours, "events", result.RootElement.GetProperty("total_events").GetDecimal());
            Add(ours, "users", result.RootElement.GetProperty("unique_users").GetDecimal());
            foreach (string name in new[] { "page_views", "clicks", "purchases", "revenue" })
            {
                Add(ours, name, result.RootElement.GetProperty(name).GetDecimal());
            }

            Add(ours, "top_page_views", Sum(result.RootElement.GetProperty("top_pages")));
            Add(ours, "country_events", Sum(result.RootElement.GetProperty("country_breakdown")));
            Add(ours, "device_events", Sum(result.RootElement.GetProperty("device_breakdown")));
            Add(ours, "type_events", Sum(result.RootElement.GetProperty("event_types")));
        }

        using JsonDocument theirs = JsonDocument.Parse(duckDbRows);
        int differences = 0;
        foreach (JsonProperty column in theirs.RootElement[0].EnumerateObject())
        {
            if (column.Value.GetDecimal() != ours[column.Name])
            {
                differences++;
                Console.WriteLine($"DIFFERENT {column.Name}: tidemark {ours[column.Name]}, DuckDB {column.Value.GetDecimal()}");
            }
        }

        Console.WriteLine(differences == 0 ? "\nBoth came to the same totals." : "\nThe two did not do the same: the figures above mean nothing.");
        return differences == 0 ? 0 : 1;
    }

    private static void Add(Dictionary<string, decimal> sums, string name, decimal value) => sums[name] = sums.GetValueOrDefault(name) + value;

    private static decimal Sum(JsonElement map) => map.EnumerateObject().Sum(entry => entry.Value.GetDecimal());
}
