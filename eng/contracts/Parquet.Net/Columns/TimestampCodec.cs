using System.Buffers.Binary;
using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>Times since 1970 as INT64 in milli-, micro- or nanoseconds. Finer parts are cut off towards the past.</summary>
internal sealed class TimestampCodec : ValueCodec<DateTime>
{
    private const int NanosecondsPerTick = 100;
    private readonly long _ticksPerUnit;
    private readonly long _unitsPerTick;
    private readonly DateTimeKind _kind;

    private TimestampCodec(long ticksPerUnit, long unitsPerTick, DateTimeKind kind) =>
        (_ticksPerUnit, _unitsPerTick, _kind) = (ticksPerUnit, unitsPerTick, kind);

    public override int MinBits => 64;

    public static TimestampCodec? Create(SchemaElement column)
    {
        if (column.Type != Meta.Type.INT64)
        {
            return null;
        }

        // A time that is not adjusted to UTC is somebody's local time: the real library says so by the kind.
        DateTimeKind kind = column.LogicalType?.TIMESTAMP is { IsAdjustedToUTC: false } ? DateTimeKind.Local : DateTimeKind.Utc;
        TimeUnit? unit = column.LogicalType?.TIMESTAMP?.Unit;
        if (unit?.NANOS is not null)
        {
            return new TimestampCodec(1, NanosecondsPerTick, kind);
        }

        if (unit?.MICROS is not null || (unit is null && column.ConvertedType == ConvertedType.TIMESTAMP_MICROS))
        {
            return new TimestampCodec(TimeSpan.TicksPerMicrosecond, 1, kind);
        }

        return unit?.MILLIS is not null || (unit is null && column.ConvertedType == ConvertedType.TIMESTAMP_MILLIS)
            ? new TimestampCodec(TimeSpan.TicksPerMillisecond, 1, kind)
            : null;
    }

    public override (byte[] Min, byte[] Max)? Write(ReadOnlySpan<DateTime> values, ByteBuffer output)
    {
        long min = long.MaxValue;
        long max = long.MinValue;
        foreach (DateTime value in values)
        {
            long units = ToUnits(value);
            output.WriteInt64(units);
            min = Math.Min(min, units);
            max = Math.Max(max, units);
        }

        return values.IsEmpty ? null : (BitConverter.GetBytes(min), BitConverter.GetBytes(max));
    }

    public override void Read(ref ByteReader input, Span<DateTime> values)
    {
        foreach (ref DateTime value in values)
        {
            value = FromUnits(BinaryPrimitives.ReadInt64LittleEndian(input.ReadBytes(sizeof(long))));
        }
    }

    private long ToUnits(DateTime value)
    {
        // A time of no stated kind is taken as UTC.
        DateTime utc = value.Kind == DateTimeKind.Unspecified ? value : value.ToUniversalTime();

        // Whole units since year 1 first: cutting off there goes towards the past also before 1970.
        return checked(((utc.Ticks / _ticksPerUnit) - (DateTime.UnixEpoch.Ticks / _ticksPerUnit)) * _unitsPerTick);
    }

    private DateTime FromUnits(long units)
    {
        Int128 ticks = ((Int128)units * _ticksPerUnit / _unitsPerTick) + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks, _kind)
            : throw new ParquetException($"the timestamp {units} does not fit System.DateTime");
    }
}
