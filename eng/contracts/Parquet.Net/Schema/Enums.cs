namespace Parquet.Schema;

public enum SchemaType
{
    Data = 0,
    Map = 1,
    Struct = 2,
    List = 3,
}

public enum DateTimeFormat
{
    Impala = 0,
    DateAndTime = 1,
    DateAndTimeMicros = 2,
    Date = 3,
    Timestamp = 4,
}

public enum DateTimeTimeUnit
{
    Millis = 0,
    Micros = 1,
    Nanos = 2,
}
