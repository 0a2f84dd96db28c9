using System.Text;

namespace Microsoft.Azure.Functions.Worker;

public class KafkaRecord
{
    public string Topic { get; set; }

    public int Partition { get; set; }

    public long Offset { get; set; }

    public byte[] Key { get; set; }

    public byte[] Value { get; set; }

    public KafkaTimestamp Timestamp { get; set; }

    public KafkaHeader[] Headers { get; set; }
}

public class KafkaHeader
{
    public string Key { get; set; }

    public byte[] Value { get; set; }

    public string GetValueAsString() => Value is null ? null : Encoding.UTF8.GetString(Value);
}

public class KafkaTimestamp
{
    public long UnixTimestampMs { get; set; }

    public KafkaTimestampType Type { get; set; }

    public DateTimeOffset DateTimeOffset => DateTimeOffset.FromUnixTimeMilliseconds(UnixTimestampMs);
}

public enum KafkaTimestampType
{
    NotAvailable = 0,
    CreateTime = 1,
    LogAppendTime = 2,
}
