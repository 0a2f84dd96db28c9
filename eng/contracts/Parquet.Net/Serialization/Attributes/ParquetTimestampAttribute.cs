using Parquet.Schema;

namespace Parquet.Serialization.Attributes;

public enum ParquetTimestampResolution
{
    Milliseconds = 0,
    Microseconds = 1,
}

[AttributeUsage(AttributeTargets.Property)]
public class ParquetTimestampAttribute : Attribute
{
    public ParquetTimestampAttribute(
        ParquetTimestampResolution resolution = ParquetTimestampResolution.Milliseconds,
        bool useLogicalTimestamp = false,
        bool isAdjustedToUTC = true)
    {
        Resolution = resolution;
        UseLogicalTimestamp = useLogicalTimestamp;
        IsAdjustedToUTC = isAdjustedToUTC;
    }

    public ParquetTimestampResolution Resolution { get; }

    public bool UseLogicalTimestamp { get; }

    public bool IsAdjustedToUTC { get; }

    internal DateTimeFormat Format =>
        UseLogicalTimestamp ? DateTimeFormat.Timestamp
        : Resolution == ParquetTimestampResolution.Milliseconds ? DateTimeFormat.DateAndTime
        : DateTimeFormat.DateAndTimeMicros;
}
