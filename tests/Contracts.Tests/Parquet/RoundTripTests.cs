using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parquet;
using Parquet.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>What is written is read back, whatever it is.</summary>
public class RoundTripTests
{
    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    public async Task SerializeAsync_AllTypes_ReadsBackTheSame(CompressionMethod method)
    {
        MetricRow[] rows = [.. Enumerable.Range(0, 500).Select(i => MetricRows.Full(i))];
        await AssertRoundTripAsync(rows, new ParquetOptions { CompressionMethod = method });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task SerializeAsync_RowGroupSize_SplitsAndReadsBackTheSame(int size)
    {
        MetricRow[] rows = [.. Enumerable.Range(0, 100).Select(i => MetricRows.Full(i))];
        MemoryStream file = await AssertRoundTripAsync(rows, new ParquetOptions { RowGroupSize = size });
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        Assert.Equal((100 + size - 1) / size, reader.RowGroupCount);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public async Task SerializeAsync_NoRows_ReadsBackNone(int? size) => await AssertRoundTripAsync([], new ParquetOptions { RowGroupSize = size });

    [Fact]
    public async Task SerializeAsync_HundredThousandRows_ReadsBackTheSame()
    {
        MetricRow[] rows = [.. Enumerable.Range(0, 100_000).Select(i => MetricRows.Full(i))];
        await AssertRoundTripAsync(rows, new ParquetOptions { RowGroupSize = 30_000 });
    }

    [Fact]
    public async Task SerializeAsync_RowsThatCanBeReadOnlyOnce_ReadsBackTheSame()
    {
        var queue = new Queue<MetricRow>(Enumerable.Range(0, 10).Select(i => MetricRows.Full(i)));
        IEnumerable<MetricRow> Drain()
        {
            while (queue.TryDequeue(out MetricRow? row))
            {
                yield return row;
            }
        }

        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(Drain(), file);
        Assert.Equal(10, (await ParquetSerializer.DeserializeAsync<MetricRow>(file)).Data.Count);
    }

    [Fact]
    public async Task SerializeAsync_ToFile_ReplacesWhatWasThere()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, new byte[100_000]);
            await ParquetSerializer.SerializeAsync([MetricRows.Full(3)], path);
            DeserializationResult<MetricRow> result = await ParquetSerializer.DeserializeAsync<MetricRow>(path);
            MetricRows.AssertEqual(MetricRows.Full(3), Assert.Single(result.Data));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task SerializeAsync_StreamThatCannotSeek_WritesTheSameBytes()
    {
        using var seekable = new MemoryStream();
        using var forward = new MemoryStream();
        await ParquetSerializer.SerializeAsync([MetricRows.Full(1)], seekable);
        await using (var oneWay = new BrotliStream(forward, CompressionLevel.Fastest, leaveOpen: true))
        {
            await ParquetSerializer.SerializeAsync([MetricRows.Full(1)], oneWay);
        }

        forward.Position = 0;
        using var plain = new MemoryStream();
        await using (var unpacked = new BrotliStream(forward, CompressionMode.Decompress))
        {
            await unpacked.CopyToAsync(plain);
        }

        Assert.Equal(seekable.ToArray(), plain.ToArray());
    }

    [Theory]
    [InlineData("99999999999999.9999")]
    [InlineData("-99999999999999.9999")]
    [InlineData("0.0001")]
    [InlineData("-0.0001")]
    [InlineData("0")]
    public async Task SerializeAsync_DecimalAtItsLimit_ReadsBackTheSame(string text)
    {
        decimal value = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        await AssertRoundTripAsync([new MetricRow { Revenue = value, RevenueOrNull = value, Amounts = new() { ["a"] = value } }]);
    }

    [Fact]
    public async Task SerializeAsync_DecimalBeyondInt64_FailsNamingTheColumn()
    {
        using var file = new MemoryStream();
        ApplicationException error = await Assert.ThrowsAsync<ApplicationException>(
            () => ParquetSerializer.SerializeAsync([new MetricRow { Revenue = 1_000_000_000_000_000m }], file));
        Assert.Contains("'revenue'", error.Message, StringComparison.Ordinal);
        Assert.IsType<ParquetException>(error.InnerException);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59.999999Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("9998-12-31T23:59:59.999999Z")]
    public async Task SerializeAsync_TimeFarFromNow_ReadsBackTheSame(string text)
    {
        var time = DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AdjustToUniversal);
        await AssertRoundTripAsync([new MetricRow { WindowStart = time, Watermark = time }]);
    }

    [Fact]
    public async Task SerializeAsync_TimeFinerThanAMicrosecond_IsCutOffTowardsThePast()
    {
        DateTime beforeEpoch = DateTime.UnixEpoch.AddTicks(-1);
        MetricRow row = await OneAsync(new MetricRow { WindowStart = beforeEpoch });
        Assert.Equal(DateTime.UnixEpoch.AddMicroseconds(-1), row.WindowStart);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ä€😀\u0000\uFFFD")]
    public async Task SerializeAsync_Text_ReadsBackTheSame(string text) =>
        await AssertRoundTripAsync([new MetricRow { Name = text, RequiredName = text, Pages = new() { [text] = 1 }, Labels = new() { [text] = text } }]);

    [Fact]
    public async Task SerializeAsync_NullInARequiredText_ReadsBackEmpty()
    {
        MetricRow row = await OneAsync(new MetricRow { RequiredName = null! });
        Assert.Equal("", row.RequiredName);
    }

    [Fact]
    public async Task SerializeAsync_NullAndEmptyMaps_StayApart()
    {
        MetricRow[] rows =
        [
            new() { Pages = null }, new() { Pages = [] }, new() { Pages = new() { ["a"] = 1, ["b"] = 2 } }, new() { Pages = [] }, new() { Pages = null },
        ];
        await AssertRoundTripAsync(rows);
    }

    [Fact]
    public void SerializeAsync_AnyValues_ReadsBackTheSame() => Prop.ForAll<Sample[], PositiveInt>((samples, size) =>
    {
        MetricRow[] rows = [.. samples.Select(ToRow)];
        AssertRoundTripAsync(rows, new ParquetOptions { RowGroupSize = size.Get }).GetAwaiter().GetResult();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task SerializeAsync_CustomMetadata_IsReadBack()
    {
        var metadata = new Dictionary<string, string> { ["revision"] = "7", ["empty"] = "", ["text"] = "ä😀" };
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync([MetricRows.Full(1)], file, customMetadata: metadata);
        Assert.Equal(metadata, (await ParquetSerializer.DeserializeAsync<MetricRow>(file)).CustomMetadata);
    }

    [Fact]
    public async Task DeserializeAsync_RowGroupIndex_ReadsThatGroupOnly()
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(Enumerable.Range(0, 9).Select(i => MetricRows.Full(i)), file, new ParquetOptions { RowGroupSize = 4 });
        DeserializationResult<MetricRow> result = await ParquetSerializer.DeserializeAsync<MetricRow>(file, rowGroupIndex: 1);
        Assert.Equal([4, 5, 6, 7], result.Data.Select(row => row.Total / 1_000_003));
    }

    [Fact]
    public async Task DeserializeAsync_ColumnMissing_LeavesTheInitialValue()
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync([new Small { Id = 5 }], file);
        Wider row = Assert.Single((await ParquetSerializer.DeserializeAsync<Wider>(file)).Data);
        Assert.Equal((5, "initial"), (row.Id, row.Other));
    }

    [Fact]
    public async Task DeserializeAsync_Null_LeavesTheInitialValue()
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync([new WithInitials { Text = null, Map = null, Number = null }], file);
        WithInitials row = Assert.Single((await ParquetSerializer.DeserializeAsync<WithInitials>(file)).Data);
        Assert.Equal(("initial", 1, 5), (row.Text, row.Map!.Count, row.Number));
    }

    [Fact]
    public async Task DeserializeAsync_NullabilityDiffers_FailsNamingTheField()
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync([new Small { Id = 5 }], file);
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => ParquetSerializer.DeserializeAsync<NullableId>(file));
        Assert.Contains("'Id'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SerializeAsync_UnsupportedMember_FailsNamingIt()
    {
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(
            () => ParquetSerializer.SerializeAsync([new WithList()], new MemoryStream()));
        Assert.Contains("Items", error.Message, StringComparison.Ordinal);
    }

    private static async Task<MetricRow> OneAsync(MetricRow row)
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync([row], file);
        return Assert.Single((await ParquetSerializer.DeserializeAsync<MetricRow>(file)).Data);
    }

    private static async Task<MemoryStream> AssertRoundTripAsync(MetricRow[] rows, ParquetOptions? options = null)
    {
        var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(rows, file, options);
        IList<MetricRow> actual = (await ParquetSerializer.DeserializeAsync<MetricRow>(file)).Data;
        Assert.Equal(rows.Length, actual.Count);
        for (int i = 0; i < rows.Length; i++)
        {
            MetricRows.AssertEqual(rows[i], actual[i]);
        }

        return file;
    }

    private static MetricRow ToRow(Sample s) => new()
    {
        WindowStart = DateTime.UnixEpoch.AddMicroseconds(s.Number % 100_000_000_000_000),
        Watermark = s.Flag == true ? DateTime.UnixEpoch.AddMicroseconds(-s.Number % 1_000_000_000) : null,
        Name = Valid(s.Text),
        RequiredName = Valid(s.Text) ?? "",
        Total = s.Number,
        TotalOrNull = s.Flag is null ? null : s.Number,
        Revision = (int)s.Number,
        RevisionOrNull = s.Flag is null ? null : (int)s.Number,
        Exact = s.Flag ?? false,
        ExactOrNull = s.Flag,
        Average = s.Real,
        AverageOrNull = s.Flag is null ? null : s.Real,
        Revenue = s.Number % 1_000_000_000_000_000_000 / 10_000m,
        RevenueOrNull = s.Flag is null ? null : s.Number % 1000 / 100m,
        Sketch = s.Bytes,
        Pages = s.Keys?.Select((key, i) => (Valid(key) ?? "", i)).DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => (long)p.i),
        Labels = s.Keys?.DistinctBy(Valid).ToDictionary(key => Valid(key) ?? "none", key => Valid(key)!),
    };

    /// <summary>A lone surrogate has no UTF-8; System.Text.Encoding replaces it, on both sides.</summary>
    private static string? Valid(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    internal sealed record Sample(string? Text, long Number, bool? Flag, double Real, byte[]? Bytes, string[]? Keys);

    internal sealed class Small
    {
        public int Id { get; set; }
    }

    internal sealed class Wider
    {
        public int Id { get; set; }

        public string? Other { get; set; } = "initial";
    }

    internal sealed class WithInitials
    {
        public string? Text { get; set; } = "initial";

        public Dictionary<string, long>? Map { get; set; } = new() { ["x"] = 1 };

        public long? Number { get; set; } = 5;
    }

    internal sealed class NullableId
    {
        public int? Id { get; set; }
    }

    internal sealed class WithList
    {
        [ParquetRequired]
        public List<int> Items { get; set; } = [];
    }
}
