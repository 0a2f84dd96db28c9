using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Tidemark.Contracts.Tests.Parquet;

/// <summary>Reading a file in parts: its footer, its statistics, single columns.</summary>
public class ReaderTests
{
    [Fact]
    public async Task CreateAsync_File_ReadsTheFooterOnly()
    {
        byte[] bytes = await FileAsync(10_000, new Dictionary<string, string> { ["revision"] = "17" });
        await using var counting = new CountingStream(bytes);
        await using ParquetReader reader = await ParquetReader.CreateAsync(counting);
        Assert.Equal("17", reader.CustomMetadata["revision"]);
        Assert.Equal(4, reader.RowGroupCount);
        Assert.Equal(10_000, reader.Metadata!.NumRows);
        Assert.InRange(counting.BytesRead, 1, bytes.Length / 10);
    }

    [Fact]
    public async Task CreateAsync_Path_ClosesTheFile()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllBytesAsync(path, await FileAsync(1, null));
        await (await ParquetReader.CreateAsync(path)).DisposeAsync();
        await File.WriteAllTextAsync(path, "not Parquet at all");
        await Assert.ThrowsAsync<IOException>(() => ParquetReader.CreateAsync(path));
        File.Delete(path);
    }

    [Fact]
    public async Task ReadAsync_Columns_GivesValuesAndNulls()
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(new MemoryStream(await FileAsync(100, null)));
        ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        long[] totals = new long[100];
        long?[] maybe = new long?[100];
        string?[] names = new string?[100];
        byte[]?[] sketches = new byte[]?[100];
        await group.ReadAsync(reader.Schema.FindDataField("total"), totals.AsMemory());
        await group.ReadAsync(reader.Schema.FindDataField("total_or_null"), maybe.AsMemory());
        await group.ReadAsync(reader.Schema.FindDataField("name"), names.AsMemory());
        await group.ReadAsync(reader.Schema.FindDataField("sketch"), sketches.AsMemory());
        for (int i = 0; i < 100; i++)
        {
            MetricRow row = MetricRows.Full(i);
            Assert.Equal((row.Total, row.TotalOrNull, row.Name), (totals[i], maybe[i], names[i]));
            Assert.Equal(row.Sketch, sketches[i]);
        }
    }

    [Fact]
    public async Task GetStatistics_Column_GivesItsBounds()
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(new MemoryStream(await FileAsync(100, null)));
        ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        Assert.Equal(99 * 1_000_003L, group.GetStatistics(reader.Schema.FindDataField("total"))!.MaxValue);
        Assert.Equal(34, group.GetStatistics(reader.Schema.FindDataField("total_or_null"))!.NullCount);
        Assert.Equal(99 * 60_000_000L, group.GetStatistics(reader.Schema.FindDataField("window_start"))!.MaxValue);
        Assert.Equal("name 9", group.GetStatistics(reader.Schema.FindDataField("name"))!.MaxValue);
        Assert.Equal(24_7500L, group.GetStatistics(reader.Schema.FindDataField("revenue"))!.MaxValue);
    }

    [Fact]
    public async Task Schema_OfAFile_EqualsThatOfTheClass()
    {
        ParquetSchema written = await ParquetSerializer.SerializeAsync([new MetricRow()], new MemoryStream());
        await using ParquetReader reader = await ParquetReader.CreateAsync(new MemoryStream(await FileAsync(1, null)));
        Assert.Equal(written, reader.Schema);
        var amount = Assert.IsType<DecimalDataField>(reader.Schema.FindDataField("revenue"));
        Assert.Equal((18, 4, false), (amount.Precision, amount.Scale, amount.IsNullable));
        var time = Assert.IsType<DateTimeDataField>(reader.Schema.FindDataField("watermark"));
        Assert.Equal((DateTimeTimeUnit.Micros, true, true), (time.Unit, time.IsAdjustedToUTC, time.IsNullable));
        var map = Assert.IsType<MapField>(reader.Schema.Fields.Single(f => f.Name == "pages"));
        Assert.Equal("pages/key_value/value", map.Value.Path.ToString());
        Assert.True(reader.Schema.FindDataField("name").IsNullable);
        Assert.False(reader.Schema.FindDataField("required_name").IsNullable);
    }

    private static async Task<byte[]> FileAsync(int rows, Dictionary<string, string>? metadata)
    {
        using var file = new MemoryStream();
        var options = new ParquetOptions { RowGroupSize = 2500 };
        await ParquetSerializer.SerializeAsync(Enumerable.Range(0, rows).Select(i => MetricRows.Full(i)), file, options, metadata);
        return file.ToArray();
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            BytesRead += buffer.Length;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
