namespace Tidemark.Cli.DeadLetters;

/// <summary>What a record looks like that is no JSON.</summary>
internal enum RecordForm
{
    /// <summary>Nothing that is known.</summary>
    Unknown,

    /// <summary>Framed for a schema registry: a zero byte, the schema's id in four bytes, then Avro, Protobuf or JSON.</summary>
    SchemaRegistry,

    /// <summary>Avro: a file of records, or a single one with the fingerprint of its schema.</summary>
    Avro,

    /// <summary>Protobuf.</summary>
    Protobuf,
}

/// <summary>Recognises records by their first bytes. Only those are looked at that could not be parsed.</summary>
internal static class RecordForms
{
    private const int MaxFieldNumber = 4096;

    /// <summary>How many there are.</summary>
    public static int Count => Enum.GetValues<RecordForm>().Length;

    /// <summary>The name in dead letters and summaries.</summary>
    public static string Name(this RecordForm form) => form switch
    {
        RecordForm.SchemaRegistry => "schema_registry",
        RecordForm.Avro => "avro",
        RecordForm.Protobuf => "protobuf",
        _ => "unknown",
    };

    /// <summary>What a person wants to know about it.</summary>
    public static string Explain(this RecordForm form) => form switch
    {
        RecordForm.SchemaRegistry => "framed for a schema registry (a zero byte, the schema's id, then Avro, Protobuf or JSON)",
        RecordForm.Avro => "Avro",
        RecordForm.Protobuf => "what looks like Protobuf",
        _ => "nothing that is known",
    };

    /// <summary>What a record is that was found to be no JSON.</summary>
    public static RecordForm Of(ReadOnlySpan<byte> record) => record switch
    {
        [0, _, _, _, _, ..] => RecordForm.SchemaRegistry,
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] or [0xC3, 0x01, _, _, _, _, _, _, _, _, ..] => RecordForm.Avro,
        _ => IsProtobuf(record) ? RecordForm.Protobuf : RecordForm.Unknown,
    };

    /// <summary>
    /// Whether a whole record reads as fields of Protobuf, one after the other, and is no text: a broken line may well look like a field.
    /// </summary>
    private static bool IsProtobuf(ReadOnlySpan<byte> record)
    {
        if (record.IndexOfAnyInRange((byte)0, (byte)8) < 0 && record.IndexOfAnyInRange((byte)14, (byte)31) < 0)
        {
            return false;
        }

        while (record.Length > 0)
        {
            if (!TryReadNumber(ref record, out ulong tag) || tag >> 3 is 0 or > MaxFieldNumber || !TrySkip(ref record, (int)(tag & 7)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> record, int wireType)
    {
        ulong bytes = 0;
        switch (wireType)
        {
            case 0:
                return TryReadNumber(ref record, out _);
            case 1:
                bytes = 8;
                break;
            case 2 when TryReadNumber(ref record, out ulong length):
                bytes = length;
                break;
            case 5:
                bytes = 4;
                break;
            default:
                return false;
        }

        if (bytes > (ulong)record.Length)
        {
            return false;
        }

        record = record[(int)bytes..];
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> record, out ulong number)
    {
        number = 0;
        for (int i = 0; i < record.Length && i < 10; i++)
        {
            number |= (ulong)(record[i] & 0x7F) << (7 * i);
            if (record[i] < 0x80)
            {
                record = record[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
