using Parquet.Meta;

namespace Parquet.Thrift;

/// <summary>Writes the structs of parquet.thrift. Field numbers are the format's.</summary>
internal static class MetadataWriter
{
    public static void Write(CompactWriter w, FileMetaData file)
    {
        w.BeginStruct();
        w.Int32(1, file.Version);
        w.BeginList(2, CompactType.Struct, file.Schema.Count);
        foreach (SchemaElement element in file.Schema)
        {
            Write(w, element);
        }

        w.Int64(3, file.NumRows);
        w.BeginList(4, CompactType.Struct, file.RowGroups.Count);
        foreach (RowGroup group in file.RowGroups)
        {
            Write(w, group);
        }

        WriteKeyValues(w, 5, file.KeyValueMetadata);
        w.String(6, file.CreatedBy);
        WriteColumnOrders(w, file.Schema.Count(e => e.Type is not null));
        w.EndStruct();
    }

    public static void Write(CompactWriter w, PageHeader page)
    {
        w.BeginStruct();
        w.Int32(1, (int)page.Type);
        w.Int32(2, page.UncompressedPageSize);
        w.Int32(3, page.CompressedPageSize);
        if (page.DataPageHeader is { } data)
        {
            w.BeginStructField(5);
            w.Int32(1, data.NumValues);
            w.Int32(2, (int)data.Encoding);
            w.Int32(3, (int)data.DefinitionLevelEncoding);
            w.Int32(4, (int)data.RepetitionLevelEncoding);
            w.EndStruct();
        }

        w.EndStruct();
    }

    /// <summary>Readers may trust min_value and max_value only in columns whose order is declared.</summary>
    private static void WriteColumnOrders(CompactWriter w, int columns)
    {
        w.BeginList(7, CompactType.Struct, columns);
        for (int i = 0; i < columns; i++)
        {
            w.BeginStruct();
            w.EmptyStruct(1);
            w.EndStruct();
        }
    }

    private static void Write(CompactWriter w, SchemaElement element)
    {
        w.BeginStruct();
        w.Int32(1, (int?)element.Type);
        w.Int32(2, element.TypeLength);
        w.Int32(3, (int?)element.RepetitionType);
        w.String(4, element.Name);
        w.Int32(5, element.NumChildren);
        w.Int32(6, (int?)element.ConvertedType);
        w.Int32(7, element.Scale);
        w.Int32(8, element.Precision);
        w.Int32(9, element.FieldId);
        if (element.LogicalType is { } logical)
        {
            w.BeginStructField(10);
            Write(w, logical);
            w.EndStruct();
        }

        w.EndStruct();
    }

    /// <summary>The logical types that this library makes itself.</summary>
    private static void Write(CompactWriter w, LogicalType logical)
    {
        if (logical.STRING is not null)
        {
            w.EmptyStruct(1);
        }
        else if (logical.MAP is not null)
        {
            w.EmptyStruct(2);
        }
        else if (logical.DECIMAL is { } number)
        {
            w.BeginStructField(5);
            w.Int32(1, number.Scale);
            w.Int32(2, number.Precision);
            w.EndStruct();
        }
        else if (logical.TIMESTAMP is { } timestamp)
        {
            w.BeginStructField(8);
            w.Bool(1, timestamp.IsAdjustedToUTC);
            w.BeginStructField(2);
            w.EmptyStruct((short)(timestamp.Unit.MILLIS is not null ? 1 : timestamp.Unit.MICROS is not null ? 2 : 3));
            w.EndStruct();
            w.EndStruct();
        }
        else if (logical.INTEGER is { } integer)
        {
            w.BeginStructField(10);
            w.Int8(1, integer.BitWidth);
            w.Bool(2, integer.IsSigned);
            w.EndStruct();
        }
    }

    private static void Write(CompactWriter w, RowGroup group)
    {
        w.BeginStruct();
        w.BeginList(1, CompactType.Struct, group.Columns.Count);
        foreach (ColumnChunk chunk in group.Columns)
        {
            w.BeginStruct();
            w.Int64(2, chunk.FileOffset);
            w.BeginStructField(3);
            Write(w, chunk.MetaData!);
            w.EndStruct();
            w.EndStruct();
        }

        w.Int64(2, group.TotalByteSize);
        w.Int64(3, group.NumRows);
        w.Int64(5, group.FileOffset);
        w.Int64(6, group.TotalCompressedSize);
        if (group.Ordinal is { } ordinal)
        {
            w.Int16(7, ordinal);
        }

        w.EndStruct();
    }

    private static void Write(CompactWriter w, ColumnMetaData column)
    {
        w.Int32(1, (int)column.Type);
        w.BeginList(2, CompactType.Int32, column.Encodings.Count);
        foreach (Meta.Encoding encoding in column.Encodings)
        {
            w.Int32Element((int)encoding);
        }

        w.BeginList(3, CompactType.Binary, column.PathInSchema.Count);
        foreach (string part in column.PathInSchema)
        {
            w.StringElement(part);
        }

        w.Int32(4, (int)column.Codec);
        w.Int64(5, column.NumValues);
        w.Int64(6, column.TotalUncompressedSize);
        w.Int64(7, column.TotalCompressedSize);
        w.Int64(9, column.DataPageOffset);
        if (column.Statistics is { } statistics)
        {
            w.BeginStructField(12);
            w.Int64(3, statistics.NullCount);
            w.Binary(5, statistics.MaxValue);
            w.Binary(6, statistics.MinValue);
            w.EndStruct();
        }
    }

    private static void WriteKeyValues(CompactWriter w, short id, List<KeyValue>? pairs)
    {
        if (pairs is not { Count: > 0 })
        {
            return;
        }

        w.BeginList(id, CompactType.Struct, pairs.Count);
        foreach (KeyValue pair in pairs)
        {
            w.BeginStruct();
            w.String(1, pair.Key);
            w.String(2, pair.Value);
            w.EndStruct();
        }
    }
}
