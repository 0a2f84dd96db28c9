namespace Parquet.Meta;

public class FileMetaData
{
    public int Version { get; set; }

    public List<SchemaElement> Schema { get; set; } = [];

    public long NumRows { get; set; }

    public List<RowGroup> RowGroups { get; set; } = [];

    public List<KeyValue>? KeyValueMetadata { get; set; }

    public string? CreatedBy { get; set; }
}

public class KeyValue
{
    public string Key { get; set; } = "";

    public string? Value { get; set; }
}

public class SchemaElement
{
    public Type? Type { get; set; }

    public int? TypeLength { get; set; }

    public FieldRepetitionType? RepetitionType { get; set; }

    public string Name { get; set; } = "";

    public int? NumChildren { get; set; }

    public ConvertedType? ConvertedType { get; set; }

    public int? Scale { get; set; }

    public int? Precision { get; set; }

    public int? FieldId { get; set; }

    public LogicalType? LogicalType { get; set; }
}
