using Parquet.Meta;

namespace Parquet.Schema;

/// <summary>A column of a file: its element, and how deep it lies.</summary>
internal sealed record FileColumn(FieldPath Path, SchemaElement Element, int MaxRepetitionLevel, int MaxDefinitionLevel);

/// <summary>The tree that a file's flat list of schema elements stands for.</summary>
internal sealed class FileSchema
{
    private const int MaxDepth = 64;
    private readonly List<SchemaElement> _elements;
    private readonly Dictionary<FieldPath, FileColumn> _columns = [];
    private int _next = 1;

    public FileSchema(List<SchemaElement> elements)
    {
        _elements = elements;
        var fields = new List<Field>();
        int count = elements[0].NumChildren ?? 0;
        for (int i = 0; i < count; i++)
        {
            fields.Add(Read(null, 0, 0, 1));
        }

        Model = new ParquetSchema(fields);
    }

    public ParquetSchema Model { get; }

    public FileColumn? Find(FieldPath path) => _columns.GetValueOrDefault(path);

    private Field Read(FieldPath? parent, int repetitionLevel, int definitionLevel, int depth)
    {
        if (_next >= _elements.Count || depth > MaxDepth)
        {
            throw new ParquetException("the file is corrupt: its schema has fewer elements than it says, or is nested too deeply");
        }

        SchemaElement element = _elements[_next++];
        FieldPath path = parent + new FieldPath([element.Name]);
        repetitionLevel += element.RepetitionType == FieldRepetitionType.REPEATED ? 1 : 0;
        definitionLevel += element.RepetitionType is null or FieldRepetitionType.REQUIRED ? 0 : 1;
        if (element.Type is not null)
        {
            _columns[path] = new FileColumn(path, element, repetitionLevel, definitionLevel);
            return FieldTypes.ToField(element);
        }

        var children = new List<Field>();
        for (int left = element.NumChildren ?? 0; left > 0; left--)
        {
            children.Add(Read(path, repetitionLevel, definitionLevel, depth + 1));
        }

        return ToGroup(element, children);
    }

    private static Field ToGroup(SchemaElement element, List<Field> children)
    {
        bool isNullable = element.RepetitionType != FieldRepetitionType.REQUIRED;
        bool isMap = element.LogicalType?.MAP is not null || element.ConvertedType is ConvertedType.MAP or ConvertedType.MAP_KEY_VALUE;
        bool isList = element.LogicalType?.LIST is not null || element.ConvertedType == ConvertedType.LIST;
        Field? only = children.Count == 1 ? children[0] : null;
        Field group = only switch
        {
            StructField { Fields: [Field key, Field value] } entries when isMap =>
                new MapField(element.Name, key, value, entries.Name, isNullable),
            StructField { Fields: [Field item] } items when isList => new ListField(element.Name, item, items.Name, isNullable),
            _ => new StructField(element.Name, [.. children]) { IsNullable = isNullable },
        };
        group.SchemaElement = element;
        return group;
    }
}
