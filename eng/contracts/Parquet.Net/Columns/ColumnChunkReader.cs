using Parquet.Compression;
using Parquet.Encodings;
using Parquet.Meta;
using Parquet.Schema;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>Decodes the pages of one column chunk.</summary>
internal sealed class ColumnChunkReader<T>
{
    private readonly FileColumn _column;
    private readonly CompressionCodec _codec;
    private readonly ValueCodec<T> _values;
    private readonly ColumnData<T> _data;
    private T[]? _dictionary;
    private int _levelsRead;

    private ColumnChunkReader(FileColumn column, ColumnMetaData meta, ValueCodec<T> values)
    {
        _column = column;
        _codec = meta.Codec;
        _values = values;
        _data = new ColumnData<T>(meta.NumValues, column.MaxRepetitionLevel > 0, column.MaxDefinitionLevel > 0);
    }

    /// <param name="column">The column.</param>
    /// <param name="meta">What the footer says of the chunk; its number of values has been checked.</param>
    /// <param name="chunk">All bytes of the chunk.</param>
    /// <param name="values">How the column's values are read.</param>
    public static ColumnData<T> Read(FileColumn column, ColumnMetaData meta, ReadOnlyMemory<byte> chunk, ValueCodec<T> values)
    {
        var reader = new ColumnChunkReader<T>(column, meta, values);
        while (reader._levelsRead < reader._data.LevelCount)
        {
            PageHeader page = MetadataReader.ReadPageHeader(chunk.Span, out int headerLength);
            chunk = chunk[headerLength..];
            if (page.CompressedPageSize < 0 || page.CompressedPageSize > chunk.Length || page.UncompressedPageSize is < 0 or > ReadLimits.MaxPageBytes)
            {
                throw new ParquetException($"the file is corrupt: a page of {page.CompressedPageSize} bytes where {chunk.Length} are left");
            }

            reader.ReadPage(page, chunk[..page.CompressedPageSize]);
            chunk = chunk[page.CompressedPageSize..];
        }

        return reader._data;
    }

    private void ReadPage(PageHeader page, ReadOnlyMemory<byte> body)
    {
        switch (page.Type)
        {
            case PageType.DICTIONARY_PAGE when page.DictionaryPageHeader is { } header:
                ReadDictionary(header, Codecs.Decompress(_codec, body, page.UncompressedPageSize));
                break;
            case PageType.DATA_PAGE when page.DataPageHeader is { } header:
                ReadDataPage(header, Codecs.Decompress(_codec, body, page.UncompressedPageSize));
                break;
            case PageType.DATA_PAGE_V2 when page.DataPageHeaderV2 is { } header:
                ReadDataPageV2(header, body, page.UncompressedPageSize);
                break;
            case PageType.INDEX_PAGE:
                break;
            default:
                throw new NotSupportedException($"pages of type {page.Type} are not supported");
        }
    }

    private void ReadDictionary(DictionaryPageHeader header, byte[] body)
    {
        if (header.Encoding is not (Meta.Encoding.PLAIN or Meta.Encoding.PLAIN_DICTIONARY))
        {
            throw new NotSupportedException($"dictionaries with encoding {header.Encoding} are not supported");
        }

        CheckRoom(header.NumValues, body.Length);
        _dictionary = new T[header.NumValues];
        var reader = new ByteReader(body);
        _values.Read(ref reader, _dictionary);
    }

    private void ReadDataPage(DataPageHeader header, byte[] body)
    {
        var reader = new ByteReader(body);
        BeginPage(header.NumValues);
        if (_data.RepetitionLevels is { } repetition)
        {
            CheckLevelEncoding(header.RepetitionLevelEncoding);
            ReadLevels(reader.ReadBytes(reader.ReadInt32()), _column.MaxRepetitionLevel, repetition.AsSpan(_levelsRead, header.NumValues));
        }

        int valueCount = header.NumValues;
        if (_data.DefinitionLevels is { } definition)
        {
            CheckLevelEncoding(header.DefinitionLevelEncoding);
            Span<int> levels = definition.AsSpan(_levelsRead, header.NumValues);
            ReadLevels(reader.ReadBytes(reader.ReadInt32()), _column.MaxDefinitionLevel, levels);
            valueCount = levels.Count(_column.MaxDefinitionLevel);
        }

        ReadValues(header.Encoding, reader.Rest, valueCount);
        _levelsRead += header.NumValues;
    }

    private void ReadDataPageV2(DataPageHeaderV2 header, ReadOnlyMemory<byte> body, int uncompressedSize)
    {
        // Version 2 leaves the levels outside the compression and without a length of their own.
        var reader = new ByteReader(body.Span);
        BeginPage(header.NumValues);
        ReadOnlySpan<byte> repetitionBytes = reader.ReadBytes(header.RepetitionLevelsByteLength);
        ReadOnlySpan<byte> definitionBytes = reader.ReadBytes(header.DefinitionLevelsByteLength);
        if (_data.RepetitionLevels is { } repetition)
        {
            ReadLevels(repetitionBytes, _column.MaxRepetitionLevel, repetition.AsSpan(_levelsRead, header.NumValues));
        }

        int valueCount = header.NumValues;
        if (_data.DefinitionLevels is { } definition)
        {
            Span<int> levels = definition.AsSpan(_levelsRead, header.NumValues);
            ReadLevels(definitionBytes, _column.MaxDefinitionLevel, levels);
            valueCount = levels.Count(_column.MaxDefinitionLevel);
        }

        ReadOnlyMemory<byte> values = body[reader.Position..];
        if (header.IsCompressed ?? true)
        {
            values = values.IsEmpty ? values : Codecs.Decompress(_codec, values, uncompressedSize - reader.Position);
        }

        ReadValues(header.Encoding, values.Span, valueCount);
        _levelsRead += header.NumValues;
    }

    private void BeginPage(int count)
    {
        if (count < 0 || count > _data.LevelCount - _levelsRead)
        {
            throw new ParquetException($"the file is corrupt: a page of {count} values where {_data.LevelCount - _levelsRead} are left");
        }
    }

    private static void CheckLevelEncoding(Meta.Encoding encoding)
    {
        if (encoding != Meta.Encoding.RLE)
        {
            throw new NotSupportedException($"levels with encoding {encoding} are not supported");
        }
    }

    private static void ReadLevels(ReadOnlySpan<byte> bytes, int max, Span<int> levels) =>
        Hybrid.Decode(bytes, Hybrid.BitWidth(max), max, levels);

    private void ReadValues(Meta.Encoding encoding, ReadOnlySpan<byte> bytes, int count)
    {
        if (count == 0)
        {
            return;
        }

        if (encoding is Meta.Encoding.PLAIN_DICTIONARY or Meta.Encoding.RLE_DICTIONARY)
        {
            ReadIndexes(bytes, count);
            return;
        }

        ReadOnlySpan<byte> plain = PageValues.ToPlain(encoding, bytes, count, _column.Element);
        CheckRoom(count, plain.Length);
        var reader = new ByteReader(plain);
        _values.Read(ref reader, _data.Append(count));
    }

    private void ReadIndexes(ReadOnlySpan<byte> bytes, int count)
    {
        if (_dictionary is not { Length: > 0 } dictionary)
        {
            throw new ParquetException("the file is corrupt: values of a dictionary that is not there");
        }

        var reader = new ByteReader(bytes);
        int bitWidth = reader.ReadByte();
        int[] indexes = new int[count];
        Hybrid.Decode(reader.Rest, bitWidth, dictionary.Length - 1, indexes);
        Span<T> values = _data.Append(count);
        for (int i = 0; i < count; i++)
        {
            values[i] = dictionary[indexes[i]];
        }
    }

    private void CheckRoom(int count, int bytes)
    {
        if (count < 0 || (long)count * _values.MinBits > bytes * 8L)
        {
            throw new ParquetException($"the file is corrupt: {count} values in {bytes} bytes");
        }
    }
}
