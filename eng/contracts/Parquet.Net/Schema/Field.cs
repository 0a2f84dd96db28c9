using Parquet.Meta;

namespace Parquet.Schema;

public abstract class Field
{
    protected Field(string name, SchemaType schemaType)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        SchemaType = schemaType;
        Path = new FieldPath(name);
    }

    public SchemaType SchemaType { get; }

    public string Name { get; }

    public FieldPath Path { get; internal set; }

    public virtual bool IsNullable { get; internal set; }

    public int MaxRepetitionLevel { get; protected set; }

    public int MaxDefinitionLevel { get; protected set; }

    public SchemaElement? SchemaElement { get; internal set; }

    internal string? ClrPropName { get; set; }

    internal int? Order { get; set; }

    internal virtual IReadOnlyList<Field> Children => [];

    /// <summary>The parts between the parent's path and the children's: a group's name, and that of its repeated part if it has one.</summary>
    internal virtual FieldPath OwnPath => new(Name);

    public override string ToString() => $"{Path} ({SchemaType}, RL: {MaxRepetitionLevel}, DL: {MaxDefinitionLevel})";

    public override bool Equals(object? obj) =>
        obj is Field other && SchemaType == other.SchemaType && Name == other.Name && Path.Equals(other.Path);

    public override int GetHashCode() => Path.GetHashCode();

    /// <summary>Tells the field and all below it where they are and how many levels lead there.</summary>
    internal void Attach(FieldPath? parent, int repetitionLevel, int definitionLevel)
    {
        Path = parent + OwnPath;
        MaxRepetitionLevel = repetitionLevel + OwnRepetitionLevels;
        MaxDefinitionLevel = definitionLevel + OwnDefinitionLevels;
        foreach (Field child in Children)
        {
            child.Attach(Path, MaxRepetitionLevel, MaxDefinitionLevel);
        }
    }

    private protected virtual int OwnRepetitionLevels => 0;

    private protected virtual int OwnDefinitionLevels => IsNullable ? 1 : 0;
}
