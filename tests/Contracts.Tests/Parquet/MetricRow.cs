using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>A row like those of the lake, with every type that the contract covers, required and nullable.</summary>
internal sealed class MetricRow
{
    [JsonPropertyName("window_start"), ParquetTimestamp(ParquetTimestampResolution.Microseconds, true, true)]
    public DateTime WindowStart { get; set; }

    [JsonPropertyName("watermark"), ParquetTimestamp(ParquetTimestampResolution.Microseconds, true, true)]
    public DateTime? Watermark { get; set; }

    [JsonPropertyName("name")]
    public string? Name { get; set; }

    [JsonPropertyName("required_name"), ParquetRequired]
    public string RequiredName { get; set; } = "";

    [JsonPropertyName("total")]
    public long Total { get; set; }

    [JsonPropertyName("total_or_null")]
    public long? TotalOrNull { get; set; }

    [JsonPropertyName("revision")]
    public int Revision { get; set; }

    [JsonPropertyName("revision_or_null")]
    public int? RevisionOrNull { get; set; }

    [JsonPropertyName("exact")]
    public bool Exact { get; set; }

    [JsonPropertyName("exact_or_null")]
    public bool? ExactOrNull { get; set; }

    [JsonPropertyName("average")]
    public double Average { get; set; }

    [JsonPropertyName("average_or_null")]
    public double? AverageOrNull { get; set; }

    [JsonPropertyName("revenue"), ParquetDecimal(18, 4)]
    public decimal Revenue { get; set; }

    [JsonPropertyName("revenue_or_null"), ParquetDecimal(18, 4)]
    public decimal? RevenueOrNull { get; set; }

    [JsonPropertyName("sketch")]
    public byte[]? Sketch { get; set; }

    [JsonPropertyName("pages")]
    public Dictionary<string, long>? Pages { get; set; }

    [JsonPropertyName("labels")]
    public Dictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("amounts")]
    public Dictionary<string, decimal>? Amounts { get; set; }

    [JsonIgnore]
    public string? NotStored { get; set; }

    [ParquetIgnore]
    public Uri? NotStoredEither { get; set; }
}

internal static class MetricRows
{
    public static MetricRow Full(long i) => new()
    {
        WindowStart = DateTime.UnixEpoch.AddMinutes(i),
        Watermark = DateTime.UnixEpoch.AddMinutes(i).AddMicroseconds(i % 1_000_000),
        Name = $"name {i % 17}",
        RequiredName = $"required {i}",
        Total = i * 1_000_003,
        TotalOrNull = i % 3 == 0 ? null : -i,
        Revision = (int)(i % 5),
        RevisionOrNull = i % 2 == 0 ? null : 7,
        Exact = i % 2 == 0,
        ExactOrNull = (i % 3) switch { 0 => null, 1 => true, _ => false },
        Average = i / 7.0,
        AverageOrNull = i % 4 == 0 ? null : -i / 3.0,
        Revenue = i / 4m,
        RevenueOrNull = i % 5 == 0 ? null : -i / 8m,
        Sketch = i % 3 == 0 ? null : [.. Enumerable.Range(0, (int)(i % 40)).Select(n => (byte)(n * i))],
        Pages = (i % 4) switch { 0 => null, 1 => [], _ => Enumerable.Range(0, (int)(i % 4)).ToDictionary(n => $"/p/{n}", n => n * i) },
        Labels = i % 2 == 0 ? null : new() { ["a"] = "b", ["none"] = null! },
        Amounts = i % 2 == 0 ? null : new() { ["x"] = i / 16m },
    };

    public static void AssertEqual(MetricRow expected, MetricRow actual)
    {
        Assert.Equal(expected.WindowStart, actual.WindowStart);
        Assert.Equal(DateTimeKind.Utc, actual.WindowStart.Kind);
        Assert.Equal(expected.Watermark, actual.Watermark);
        Assert.Equal(expected.Name, actual.Name);
        Assert.Equal(expected.RequiredName, actual.RequiredName);
        Assert.Equal(expected.Total, actual.Total);
        Assert.Equal(expected.TotalOrNull, actual.TotalOrNull);
        Assert.Equal(expected.Revision, actual.Revision);
        Assert.Equal(expected.RevisionOrNull, actual.RevisionOrNull);
        Assert.Equal(expected.Exact, actual.Exact);
        Assert.Equal(expected.ExactOrNull, actual.ExactOrNull);
        Assert.Equal(expected.Average, actual.Average);
        Assert.Equal(expected.AverageOrNull, actual.AverageOrNull);
        Assert.Equal(expected.Revenue, actual.Revenue);
        Assert.Equal(expected.RevenueOrNull, actual.RevenueOrNull);
        Assert.Equal(expected.Sketch, actual.Sketch);
        Assert.Equal(expected.Pages, actual.Pages);
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.Amounts, actual.Amounts);
    }
}
