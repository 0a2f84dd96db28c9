using Parquet;
using Parquet.Serialization;
using Parquet.Serialization.Attributes;
using Tidemark.Support.Fixtures;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>DuckDB reads what the contract writes, and the contract reads what DuckDB writes.</summary>
public sealed class DuckDbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parquet-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task SerializeAsync_AllTypes_HaveTheirTypesInDuckDb()
    {
        DuckDbResult result = await QueryAsync([MetricRows.Full(7)], "select * from $file");
        var expected = new Dictionary<string, string>
        {
            ["window_start"] = "TIMESTAMP WITH TIME ZONE", ["watermark"] = "TIMESTAMP WITH TIME ZONE",
            ["name"] = "VARCHAR", ["required_name"] = "VARCHAR",
            ["total"] = "BIGINT", ["total_or_null"] = "BIGINT", ["revision"] = "INTEGER", ["revision_or_null"] = "INTEGER",
            ["exact"] = "BOOLEAN", ["exact_or_null"] = "BOOLEAN", ["average"] = "DOUBLE", ["average_or_null"] = "DOUBLE",
            ["revenue"] = "DECIMAL(18,4)", ["revenue_or_null"] = "DECIMAL(18,4)", ["sketch"] = "BLOB",
            ["pages"] = "MAP(VARCHAR, BIGINT)", ["labels"] = "MAP(VARCHAR, VARCHAR)", ["amounts"] = "MAP(VARCHAR, DECIMAL(38,18))",
        };
        Assert.Equal(expected, result.Types);
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    public async Task SerializeAsync_ValuesAtTheirLimits_AreTheSameInDuckDb(CompressionMethod method)
    {
        MetricRow[] rows =
        [
            new()
            {
                WindowStart = new DateTime(9998, 12, 31, 23, 59, 59, DateTimeKind.Utc),
                Watermark = DateTime.UnixEpoch.AddMicroseconds(-1),
                Name = "ä😀", Total = long.MaxValue, TotalOrNull = long.MinValue, Exact = true, Average = 0.1,
                Revenue = 99_999_999_999_999.9999m, RevenueOrNull = -99_999_999_999_999.9999m, Sketch = [0, 255],
                Pages = new() { ["ü"] = 1, [""] = -1 }, Labels = new() { ["k"] = null! }, Amounts = new() { ["a"] = 0.000000000000000001m },
            },
            new() { Pages = [] },
        ];
        DuckDbResult result = await QueryAsync(rows, "select * from $file", new ParquetOptions { CompressionMethod = method });
        Assert.Equal("\"9998-12-31T23:59:59.000000Z\"", result[0, "window_start"]);
        Assert.Equal("\"1969-12-31T23:59:59.999999Z\"", result[0, "watermark"]);
        Assert.Equal("ä😀", result.Rows[0]["name"]!.GetValue<string>());
        Assert.Equal("9223372036854775807", result[0, "total"]);
        Assert.Equal("-9223372036854775808", result[0, "total_or_null"]);
        Assert.Equal("99999999999999.9999", result[0, "revenue"]);
        Assert.Equal("-99999999999999.9999", result[0, "revenue_or_null"]);
        Assert.Equal("\"00ff\"", result[0, "sketch"]);
        Assert.Equal("-1", result.Rows[0]["pages"]![""]!.ToJsonString());
        Assert.Equal("{\"k\":null}", result[0, "labels"]);
        Assert.Equal("{\"a\":0.000000000000000001}", result[0, "amounts"]);
        Assert.Equal("{}", result[1, "pages"]);
        Assert.Equal(("null", "null", "null"), (result[1, "name"], result[1, "labels"], result[1, "watermark"]));
    }

    [Fact]
    public async Task SerializeAsync_ManyRowGroups_SumTheSameInDuckDb()
    {
        MetricRow[] rows = [.. Enumerable.Range(0, 20_000).Select(i => MetricRows.Full(i))];
        DuckDbResult result = await QueryAsync(
            rows,
            "select count(*) n, sum(total)::hugeint total, sum(revenue) revenue, count(name) n_names, sum(cardinality(pages))::bigint pages from $file",
            new ParquetOptions { RowGroupSize = 3000 });
        Assert.Equal("20000", result[0, "n"]);
        Assert.Equal(rows.Sum(r => (decimal)r.Total).ToString(System.Globalization.CultureInfo.InvariantCulture), result[0, "total"]);
        Assert.Equal(rows.Sum(r => r.Revenue), decimal.Parse(result[0, "revenue"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("20000", result[0, "n_names"]);
        Assert.Equal(rows.Sum(r => r.Pages?.Count ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture), result[0, "pages"]);
    }

    /// <summary>An engine skips row groups by their bounds: with wrong ones it would miss rows, so each filter must find its row.</summary>
    [Theory]
    [InlineData("window_start = timestamptz '1970-01-02 00:00:00+00'")]
    [InlineData("window_start between timestamptz '1970-01-01 23:59:30+00' and timestamptz '1970-01-02 00:00:30+00'")]
    [InlineData("required_name = 'required 1440'")]
    [InlineData("total = 1440004320")]
    [InlineData("revenue = 360.0")]
    [InlineData("average > 205.71 and average < 205.72")]
    public async Task SerializeAsync_Statistics_LetDuckDbFindTheRow(string filter)
    {
        MetricRow[] rows = [.. Enumerable.Range(0, 2000).Select(i => MetricRows.Full(i))];
        DuckDbResult result = await QueryAsync(rows, $"select total from $file where {filter}", new ParquetOptions { RowGroupSize = 100 });
        Assert.Single(result.Rows);
        Assert.Equal("1440004320", result[0, "total"]);
    }

    [Fact]
    public async Task SerializeAsync_Statistics_AreInTheColumnMetadata()
    {
        MetricRow[] rows = [new() { Total = -5, Name = "b" }, new() { Total = 9, Name = null }, new() { Total = 0, Name = "ab" }];
        DuckDbResult result = await QueryAsync(
            rows,
            "select path_in_schema p, stats_min_value lo, stats_max_value hi, stats_null_count n from parquet_metadata($path) where p in ('total', 'name') order by p");
        Assert.Equal(("\"ab\"", "\"b\"", "1"), (result[0, "lo"], result[0, "hi"], result[0, "n"]));
        Assert.Equal(("\"-5\"", "\"9\"", "0"), (result[1, "lo"], result[1, "hi"], result[1, "n"]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public async Task SerializeAsync_NoRows_IsAnEmptyTableInDuckDb(int? size)
    {
        DuckDbResult result = await QueryAsync([], "select * from $file", new ParquetOptions { RowGroupSize = size });
        Assert.Empty(result.Rows);
        Assert.Equal("BIGINT", result.Types["total"]);
    }

    [Fact]
    public async Task SerializeAsync_CustomMetadata_IsReadByDuckDb()
    {
        string path = PathOf("metadata");
        await ParquetSerializer.SerializeAsync([new MetricRow()], path, customMetadata: new Dictionary<string, string> { ["revision"] = "42" });
        DuckDbResult result = await DuckDb.QueryAsync($"select key, value from parquet_kv_metadata({DuckDb.Quote(path)})");
        Assert.Equal(("\"" + Convert.ToHexStringLower("revision"u8) + "\"", "\"3432\""), (result[0, "key"], result[0, "value"]));
    }

    [Theory]
    [InlineData("parquet_version v1, compression uncompressed")]
    [InlineData("parquet_version v1, compression snappy")]
    [InlineData("parquet_version v1, compression gzip")]
    [InlineData("parquet_version v1, compression brotli")]
    [InlineData("parquet_version v2, compression snappy")]
    [InlineData("parquet_version v2, compression uncompressed")]
    [InlineData("parquet_version v2, compression snappy, dictionary_size_limit 1")]
    public async Task DeserializeAsync_FileByDuckDb_HasTheSameValues(string format)
    {
        string path = PathOf("duckdb");
        await DuckDb.QueryAsync($$"""
            set threads = 1;
            copy (select
                case when i % 5 = 0 then null else 'text ' || (i % 7) end as few,
                'all different ' || i as many,
                i as number, (i * 7 % 1000)::integer as small,
                case when i % 3 = 0 then null else i % 2 = 0 end as flag,
                i / 8.0::double as real,
                (i / 4)::decimal(18,4) as amount,
                make_timestamptz(i * 1000003) as time,
                encode('b' || i) as bytes,
                case when i % 4 = 0 then null when i % 4 = 1 then map() else map { 'k' || (i % 3): i } end as pairs,
                [i, i] as ignored_list, {'a': i} as ignored_struct, uuid() as ignored_id, date '2020-01-01' as ignored
              from (select range as i from range(3000)))
            to {{DuckDb.Quote(path)}} (format parquet, {{format}}, row_group_size 2048)
            """);
        IList<DuckDbRow> rows = (await ParquetSerializer.DeserializeAsync<DuckDbRow>(path)).Data;
        Assert.Equal(3000, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            AssertRow(i, rows[i]);
        }
    }

    [Fact]
    public async Task DeserializeAsync_UnsupportedCompression_FailsNamingColumnAndCodec()
    {
        string path = PathOf("zstd");
        await DuckDb.QueryAsync($"copy (select 1::bigint as number) to {DuckDb.Quote(path)} (format parquet, compression zstd)");
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(() => ParquetSerializer.DeserializeAsync<DuckDbRow>(path));
        Assert.Contains("'number'", error.Message, StringComparison.Ordinal);
        Assert.Contains("ZSTD", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRow(int i, DuckDbRow row)
    {
        Assert.Equal(i % 5 == 0 ? null : $"text {i % 7}", row.few);
        Assert.Equal($"all different {i}", row.many);
        Assert.Equal((i, i * 7 % 1000), (row.number, row.small));
        Assert.Equal(i % 3 == 0 ? null : i % 2 == 0, row.flag);
        Assert.Equal(i / 8.0, row.real);
        Assert.Equal(i / 4m, row.amount);
        Assert.Equal(DateTime.UnixEpoch.AddMicroseconds(i * 1000003L), row.time);
        Assert.Equal("b" + i, System.Text.Encoding.UTF8.GetString(row.bytes!));
        Assert.Equal((i % 4) switch { 0 => null, 1 => [], _ => new Dictionary<string, long?> { ["k" + (i % 3)] = i } }, row.pairs);
    }

    private async Task<DuckDbResult> QueryAsync(MetricRow[] rows, string sql, ParquetOptions? options = null)
    {
        string path = PathOf("file");
        await ParquetSerializer.SerializeAsync(rows, path, options);
        return await DuckDb.QueryAsync(sql
            .Replace("$file", $"read_parquet({DuckDb.Quote(path)})", StringComparison.Ordinal)
            .Replace("$path", DuckDb.Quote(path), StringComparison.Ordinal));
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name + ".parquet");

    /// <summary>DuckDB writes every column as one that may be null.</summary>
#pragma warning disable IDE1006, SA1300 // Names of columns.
    private sealed class DuckDbRow
    {
        public string? few { get; set; }

        public string? many { get; set; }

        public long? number { get; set; }

        public int? small { get; set; }

        public bool? flag { get; set; }

        public double? real { get; set; }

        [ParquetDecimal(18, 4)]
        public decimal? amount { get; set; }

        [ParquetTimestamp(ParquetTimestampResolution.Microseconds, true, true)]
        public DateTime? time { get; set; }

        public byte[]? bytes { get; set; }

        public Dictionary<string, long?>? pairs { get; set; }
    }
#pragma warning restore IDE1006, SA1300
}
