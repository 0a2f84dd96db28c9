using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Sinks.Lake;

/// <summary>The three columns that say which window a row is of and how recent it is, read alone.</summary>
public sealed class LakeKey : ILakeRecord
{
    /// <summary>First moment inside.</summary>
    [JsonPropertyName("window_start"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowStart { get; set; }

    /// <summary>First moment after.</summary>
    [JsonPropertyName("window_end"), ParquetTimestamp(ParquetTimestampResolution.Milliseconds, true, true)]
    public DateTime WindowEnd { get; set; }

    /// <summary>Grows with every change of content.</summary>
    [JsonPropertyName("revision")]
    public long Revision { get; set; }
}
