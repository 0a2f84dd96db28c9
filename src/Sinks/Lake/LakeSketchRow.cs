using System.Text.Json.Serialization;
using Parquet.Serialization.Attributes;

namespace Tidemark.Sinks.Lake;

/// <summary>The columns of a window's users, read alone.</summary>
public sealed class LakeSketchRow : ILakeRecord
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

    /// <summary>Distinct users.</summary>
    [JsonPropertyName("unique_users")]
    public long UniqueUsers { get; set; }

    /// <summary>Whether the distinct users are exact.</summary>
    [JsonPropertyName("unique_users_exact")]
    public bool UniqueUsersExact { get; set; }

    /// <summary>The users' HyperLogLog in Redis's dense form.</summary>
    [JsonPropertyName("users_sketch")]
    public byte[]? UsersSketch { get; set; }
}
