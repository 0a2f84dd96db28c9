using Parquet.Meta;

namespace Parquet.Thrift;

/// <summary>Reads the structs of parquet.thrift, with the fields that this library needs; the others are passed over.</summary>
internal static partial class MetadataReader
{
    private delegate T ReadElement<T>(ref CompactReader r);

    public static FileMetaData ReadFile(ReadOnlySpan<byte> footer)
    {
        var r = new CompactReader(footer);
        var file = new FileMetaData();
        r.BeginStruct();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: file.Version = r.ReadInt32(); break;
                case 2: file.Schema = ReadStructs(ref r, ReadSchemaElement); break;
                case 3: file.NumRows = r.ReadInt64(); break;
                case 4: file.RowGroups = ReadStructs(ref r, ReadRowGroup); break;
                case 5: file.KeyValueMetadata = ReadStructs(ref r, ReadKeyValue); break;
                case 6: file.CreatedBy = r.ReadString(); break;
                case 8: throw new NotSupportedException("encrypted Parquet files are not supported");
                default: r.Skip(); break;
            }
        }

        return file.Schema.Count > 0 ? file : throw new ParquetException("the file is corrupt: it has no schema");
    }

    private static List<T> ReadStructs<T>(ref CompactReader r, ReadElement<T> read)
    {
        int count = r.BeginList(CompactType.Struct);
        var list = new List<T>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
        {
            r.BeginStruct();
            list.Add(read(ref r));
        }

        return list;
    }

    private static KeyValue ReadKeyValue(ref CompactReader r)
    {
        var pair = new KeyValue();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: pair.Key = r.ReadString(); break;
                case 2: pair.Value = r.ReadString(); break;
                default: r.Skip(); break;
            }
        }

        return pair;
    }

    private static RowGroup ReadRowGroup(ref CompactReader r)
    {
        var group = new RowGroup();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: group.Columns = ReadStructs(ref r, ReadColumnChunk); break;
                case 2: group.TotalByteSize = r.ReadInt64(); break;
                case 3: group.NumRows = r.ReadInt64(); break;
                case 5: group.FileOffset = r.ReadInt64(); break;
                case 6: group.TotalCompressedSize = r.ReadInt64(); break;
                case 7: group.Ordinal = r.ReadInt16(); break;
                default: r.Skip(); break;
            }
        }

        return group;
    }

    private static ColumnChunk ReadColumnChunk(ref CompactReader r)
    {
        var chunk = new ColumnChunk();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: chunk.FilePath = r.ReadString(); break;
                case 2: chunk.FileOffset = r.ReadInt64(); break;
                case 3:
                    r.BeginStructField();
                    chunk.MetaData = ReadColumnMetaData(ref r);
                    break;
                default: r.Skip(); break;
            }
        }

        return chunk;
    }

    private static ColumnMetaData ReadColumnMetaData(ref CompactReader r)
    {
        var column = new ColumnMetaData();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: column.Type = (Meta.Type)r.ReadInt32(); break;
                case 2: column.Encodings = ReadEncodings(ref r); break;
                case 3: column.PathInSchema = ReadStrings(ref r); break;
                case 4: column.Codec = (CompressionCodec)r.ReadInt32(); break;
                case 5: column.NumValues = r.ReadInt64(); break;
                case 6: column.TotalUncompressedSize = r.ReadInt64(); break;
                case 7: column.TotalCompressedSize = r.ReadInt64(); break;
                case 8: column.KeyValueMetadata = ReadStructs(ref r, ReadKeyValue); break;
                case 9: column.DataPageOffset = r.ReadInt64(); break;
                case 10: column.IndexPageOffset = r.ReadInt64(); break;
                case 11: column.DictionaryPageOffset = r.ReadInt64(); break;
                case 12:
                    r.BeginStructField();
                    column.Statistics = ReadStatistics(ref r);
                    break;
                default: r.Skip(); break;
            }
        }

        return column;
    }

    private static Statistics ReadStatistics(ref CompactReader r)
    {
        var statistics = new Statistics();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: statistics.Max = r.ReadBinary(); break;
                case 2: statistics.Min = r.ReadBinary(); break;
                case 3: statistics.NullCount = r.ReadInt64(); break;
                case 4: statistics.DistinctCount = r.ReadInt64(); break;
                case 5: statistics.MaxValue = r.ReadBinary(); break;
                case 6: statistics.MinValue = r.ReadBinary(); break;
                case 7: statistics.IsMaxValueExact = r.ReadBool(); break;
                case 8: statistics.IsMinValueExact = r.ReadBool(); break;
                default: r.Skip(); break;
            }
        }

        return statistics;
    }

    private static List<Meta.Encoding> ReadEncodings(ref CompactReader r)
    {
        var encodings = new List<Meta.Encoding>();
        for (int left = r.BeginList(CompactType.Int32); left > 0; left--)
        {
            encodings.Add((Meta.Encoding)r.ReadInt32Element());
        }

        return encodings;
    }

    private static List<string> ReadStrings(ref CompactReader r)
    {
        var strings = new List<string>();
        for (int left = r.BeginList(CompactType.Binary); left > 0; left--)
        {
            strings.Add(r.ReadStringElement());
        }

        return strings;
    }
}
