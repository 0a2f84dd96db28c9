using Parquet.Columns;
using Parquet.Data;
using Parquet.Encodings;
using Parquet.Meta;
using Parquet.Schema;

namespace Parquet;

public class ParquetRowGroupReader : IDisposable
{
    private readonly ParquetReader _file;
    private readonly Dictionary<FieldPath, ColumnChunk> _chunks = [];

    internal ParquetRowGroupReader(ParquetReader file, RowGroup group)
    {
        _file = file;
        RowGroup = group;
        foreach (ColumnChunk chunk in group.Columns)
        {
            if (chunk.MetaData is { } meta)
            {
                _chunks[new FieldPath(meta.PathInSchema)] = chunk;
            }
        }
    }

    public RowGroup RowGroup { get; }

    public long RowCount => RowGroup.NumRows;

    public bool ColumnExists(DataField field) => GetMetadata(field) is not null;

    public ColumnChunk? GetMetadata(DataField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return _chunks.GetValueOrDefault(field.Path);
    }

    public Dictionary<string, string> GetCustomMetadata(DataField field) =>
        (GetMetadata(field)?.MetaData?.KeyValueMetadata ?? []).ToDictionary(pair => pair.Key, pair => pair.Value!);

    public DataColumnStatistics? GetStatistics(DataField field)
    {
        ColumnMetaData meta = Chunk(field.Path);
        FileColumn column = Column(field.Path);
        return meta.Statistics is { } s
            ? new DataColumnStatistics(s.NullCount, s.DistinctCount, DecodeBound(s.MinValue, column), DecodeBound(s.MaxValue, column))
            : null;
    }

    /// <summary>The values that are not null, and the levels apart from them.</summary>
    public async ValueTask ReadRawAsync<T>(
        DataField field,
        Memory<T> values,
        Memory<int>? definitionLevels,
        Memory<int>? repetitionLevels,
        CancellationToken cancellationToken = default)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(field);
        if (values is Memory<ReadOnlyMemory<char>> text)
        {
            ColumnData<string> data = await ReadColumnAsync<string>(field, cancellationToken).ConfigureAwait(false);
            CopyTo(data, text, s => s.AsMemory());
            CopyLevels(field, data, definitionLevels, repetitionLevels);
        }
        else if (values is Memory<ReadOnlyMemory<byte>> bytes)
        {
            ColumnData<byte[]> data = await ReadColumnAsync<byte[]>(field, cancellationToken).ConfigureAwait(false);
            CopyTo(data, bytes, b => b.AsMemory());
            CopyLevels(field, data, definitionLevels, repetitionLevels);
        }
        else
        {
            ColumnData<T> data = await ReadColumnAsync<T>(field, cancellationToken).ConfigureAwait(false);
            CopyTo(data, values, v => v);
            CopyLevels(field, data, definitionLevels, repetitionLevels);
        }
    }

    public async ValueTask ReadAsync<T>(
        DataField field,
        Memory<T> values,
        Memory<int>? repetitionLevels = null,
        CancellationToken cancellationToken = default)
        where T : struct =>
        await ReadRawAsync(field, values, null, repetitionLevels, cancellationToken).ConfigureAwait(false);

    public async ValueTask ReadAsync<T>(
        DataField field,
        Memory<T?> values,
        Memory<int>? repetitionLevels = null,
        CancellationToken cancellationToken = default)
        where T : struct
    {
        ColumnData<T> data = await ReadColumnAsync<T>(field, cancellationToken).ConfigureAwait(false);
        CopyWithNulls(field, data, values, value => value);
        CopyLevels(repetitionLevels, data.RepetitionLevels, "repetition", field);
    }

    public async ValueTask ReadAsync(
        DataField field,
        Memory<string?> values,
        Memory<int>? repetitionLevels = null,
        CancellationToken cancellationToken = default)
    {
        ColumnData<string> data = await ReadColumnAsync<string>(field, cancellationToken).ConfigureAwait(false);
        CopyWithNulls(field, data, values, value => value);
        CopyLevels(repetitionLevels, data.RepetitionLevels, "repetition", field);
    }

    public async ValueTask ReadAsync(
        DataField field,
        Memory<byte[]?> values,
        Memory<int>? repetitionLevels = null,
        CancellationToken cancellationToken = default)
    {
        ColumnData<byte[]> data = await ReadColumnAsync<byte[]>(field, cancellationToken).ConfigureAwait(false);
        CopyWithNulls(field, data, values, value => value);
        CopyLevels(repetitionLevels, data.RepetitionLevels, "repetition", field);
    }

    /// <summary>Nothing to release; the real class has the method.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Reads a whole column chunk.</summary>
    /// <exception cref="ParquetException">The chunk is corrupt; the message names the column.</exception>
    internal async Task<ColumnData<T>> ReadColumnAsync<T>(DataField field, CancellationToken cancellationToken)
    {
        ColumnMetaData meta = Chunk(field.Path);
        FileColumn column = Column(field.Path);
        if (ValueCodec.Create(column.Element, field.ClrType) is not ValueCodec<T> codec)
        {
            throw new ArgumentException($"field '{field.Path}' ({field.ClrType}) cannot be read as {typeof(T)}", nameof(field));
        }

        ReadLimits.CheckValues(meta.NumValues, _file.FileBytes, $"column '{field.Path}'");
        long start = meta.DictionaryPageOffset is > 0 and { } first && first < meta.DataPageOffset ? first : meta.DataPageOffset;
        long length = meta.TotalCompressedSize;
        if (start < 0 || length < 0 || length > Array.MaxLength || start > _file.FileBytes - length)
        {
            throw new ParquetException($"the file is corrupt: column '{field.Path}' lies outside the file");
        }

        byte[] chunk = await _file.ReadAtAsync(start, (int)length, cancellationToken).ConfigureAwait(false);
        try
        {
            return ColumnChunkReader<T>.Read(column, meta, chunk, codec);
        }
        catch (ParquetException e)
        {
            throw new ParquetException($"column '{field.Path}': {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"column '{field.Path}': {e.Message}", e);
        }
    }

    private ColumnMetaData Chunk(FieldPath path) =>
        _chunks.GetValueOrDefault(path)?.MetaData ?? throw new ParquetException($"'{path}' does not exist in this file");

    private FileColumn Column(FieldPath path) =>
        _file.FileSchema.Find(path) ?? throw new ParquetException($"'{path}' does not exist in this file");

    private static object? DecodeBound(byte[]? bound, FileColumn column)
    {
        if (bound is null)
        {
            return null;
        }

        System.Type type = FieldTypes.ToField(column.Element).ClrType;
        return column.Element.Type switch
        {
            // As in the real library, times and decimals held as integers come as those integers.
            Meta.Type.INT32 => new NumberCodec<int>().ReadOne(bound),
            Meta.Type.INT64 => new NumberCodec<long>().ReadOne(bound),

            // Statistics hold the bytes of a text without its length.
            Meta.Type.BYTE_ARRAY when type == typeof(ReadOnlyMemory<char>) => System.Text.Encoding.UTF8.GetString(bound),
            Meta.Type.BYTE_ARRAY => bound,
            _ => ValueCodec.Create(column.Element, type).ReadOne(bound),
        };
    }

    private static void CopyTo<TSource, T>(ColumnData<TSource> data, Memory<T> values, Func<TSource, T> convert)
    {
        if (values.Length < data.LevelCount)
        {
            throw new ArgumentException($"the buffer holds {values.Length} values, the column {data.LevelCount}", nameof(values));
        }

        for (int i = 0; i < data.ValueCount; i++)
        {
            values.Span[i] = convert(data.Values[i]);
        }
    }

    private void CopyWithNulls<TSource, T>(DataField field, ColumnData<TSource> data, Memory<T> values, Func<TSource, T?> convert)
    {
        if (values.Length < data.LevelCount)
        {
            throw new ArgumentException($"the buffer holds {values.Length} values, the column {data.LevelCount}", nameof(values));
        }

        int present = Column(field.Path).MaxDefinitionLevel;
        int next = 0;
        for (int i = 0; i < data.LevelCount; i++)
        {
            bool isThere = data.DefinitionLevels is null || data.DefinitionLevels[i] == present;
            values.Span[i] = isThere ? convert(data.Values[next++])! : default!;
        }
    }

    private static void CopyLevels<T>(DataField field, ColumnData<T> data, Memory<int>? definition, Memory<int>? repetition)
    {
        CopyLevels(definition, data.DefinitionLevels, "definition", field);
        CopyLevels(repetition, data.RepetitionLevels, "repetition", field);
    }

    private static void CopyLevels(Memory<int>? buffer, int[]? levels, string kind, DataField field)
    {
        if (levels is null)
        {
            return;
        }

        if (buffer is not { } target || target.Length < levels.Length)
        {
            throw new ArgumentException($"field '{field.Path}' needs a buffer for {levels.Length} {kind} levels");
        }

        levels.CopyTo(target);
    }
}
