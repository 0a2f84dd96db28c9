using System.IO.Compression;

namespace Parquet;

/// <summary>The options that mean something here; the real class has more.</summary>
public class ParquetOptions
{
    public const int DefaultPrecision = 38;

    public const int DefaultScale = 18;

    public const int DefaultRowGroupSize = 1_000_000;

    public CompressionMethod CompressionMethod { get; set; } = CompressionMethod.Snappy;

    public CompressionLevel CompressionLevel { get; set; } = CompressionLevel.SmallestSize;

    /// <summary>Rows per row group; null puts all rows into one, as the real library does.</summary>
    public int? RowGroupSize { get; set; }
}
