namespace Parquet.Schema;

public class ParquetSchema : IEquatable<ParquetSchema>
{
    private readonly Field[] _fields;

    public ParquetSchema(IEnumerable<Field> fields)
    {
        _fields = [.. fields];
        foreach (Field field in _fields)
        {
            field.Attach(null, 0, 0);
        }
    }

    public ParquetSchema(params Field[] fields)
        : this((IEnumerable<Field>)fields)
    {
    }

    public IReadOnlyList<Field> Fields => _fields;

    public DataField[] DataFields => GetDataFields();

    public Field this[int i] => _fields[i];

    public DataField[] GetDataFields() => [.. Flatten().OfType<DataField>()];

    public DataField FindDataField(FieldPath path) =>
        GetDataFields().FirstOrDefault(f => f.Path.Equals(path)) ?? throw new ArgumentException($"data field '{path}' not found", nameof(path));

    public DataField FindDataField(string path) => FindDataField(new FieldPath(path));

    public IReadOnlyCollection<Field> Flatten()
    {
        var all = new List<Field>();
        Add(_fields, all);
        return all;
    }

    public bool Equals(ParquetSchema? other) => other is not null && GetDataFields().SequenceEqual(other.GetDataFields());

    public override bool Equals(object? obj) => Equals(obj as ParquetSchema);

    public override int GetHashCode() => GetDataFields().Aggregate(1, (hash, field) => HashCode.Combine(hash, field));

    public override string ToString() => string.Concat(_fields.Select(f => f + Environment.NewLine));

    private static void Add(IEnumerable<Field> fields, List<Field> all)
    {
        foreach (Field field in fields)
        {
            all.Add(field);
            Add(field.Children, all);
        }
    }
}
