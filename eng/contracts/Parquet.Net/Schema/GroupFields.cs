namespace Parquet.Schema;

public sealed class MapField : Field
{
    private readonly string _container;

    public MapField(string name, Field keyField, Field valueField)
        : this(name, keyField, valueField, "key_value", isNullable: true)
    {
        if (keyField is DataField { IsNullable: true })
        {
            throw new ArgumentException("map's key cannot be nullable", nameof(keyField));
        }
    }

    internal MapField(string name, Field keyField, Field valueField, string container, bool isNullable)
        : base(name, SchemaType.Map)
    {
        Key = keyField;
        Value = valueField;
        _container = container;
        IsNullable = isNullable;
        Attach(null, 0, 0);
    }

    public Field Key { get; }

    public Field Value { get; }

    internal override IReadOnlyList<Field> Children => [Key, Value];

    internal override FieldPath OwnPath => new([Name, _container]);

    public override bool Equals(object? obj) =>
        obj is MapField other && base.Equals(obj) && Key.Equals(other.Key) && Value.Equals(other.Value);

    public override int GetHashCode() => base.GetHashCode();

    private protected override int OwnRepetitionLevels => 1;

    /// <summary>One for the map being there, if it need not be, and one for an entry being there.</summary>
    private protected override int OwnDefinitionLevels => IsNullable ? 2 : 1;
}

/// <summary>Only read: the schema of other writers' files may have it; no class of ours does.</summary>
public sealed class ListField : Field
{
    public const string ElementName = "element";

    public const string DefaultContainerName = "list";

    private readonly string _container;

    public ListField(string name, Field item, string containerName = DefaultContainerName)
        : this(name, item, containerName, isNullable: true)
    {
    }

    internal ListField(string name, Field item, string containerName, bool isNullable)
        : base(name, SchemaType.List)
    {
        Item = item;
        _container = containerName;
        IsNullable = isNullable;
        Attach(null, 0, 0);
    }

    public Field Item { get; }

    internal override IReadOnlyList<Field> Children => [Item];

    internal override FieldPath OwnPath => new([Name, _container]);

    private protected override int OwnRepetitionLevels => 1;

    private protected override int OwnDefinitionLevels => IsNullable ? 2 : 1;
}

/// <summary>Only read: the schema of other writers' files may have it; no class of ours does.</summary>
public class StructField : Field
{
    public StructField(string name, params Field[] elements)
        : base(name, SchemaType.Struct)
    {
        Fields = elements;
        IsNullable = true;
        Attach(null, 0, 0);
    }

    public IReadOnlyList<Field> Fields { get; }

    internal override IReadOnlyList<Field> Children => Fields;
}
