using Parquet.Columns;
using Parquet.Encodings;
using Parquet.Meta;
using Parquet.Schema;
using Parquet.Serialization.Mapping;

namespace Parquet.Serialization;

/// <summary>Objects to files and back.</summary>
public static class ParquetSerializer
{
    public static async Task<ParquetSchema> SerializeAsync<T>(
        IEnumerable<T> objectInstances,
        Stream destination,
        ParquetOptions? options = null,
        IReadOnlyDictionary<string, string>? customMetadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectInstances);
        ArgumentNullException.ThrowIfNull(destination);
        options ??= new ParquetOptions();
        if (options.RowGroupSize is < 1)
        {
            throw new InvalidOperationException($"row group size must be a positive number, but passed {options.RowGroupSize}");
        }

        RowMapping<T> mapping = RowMapping<T>.ForSerializing;
        var file = new FileWriter(destination, mapping.Schema, options, customMetadata);
        if (options.RowGroupSize is { } size)
        {
            foreach (T[] rows in objectInstances.Chunk(size))
            {
                await WriteRowGroupAsync(file, mapping, rows, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await WriteRowGroupAsync(file, mapping, objectInstances as IReadOnlyList<T> ?? [.. objectInstances], cancellationToken)
                .ConfigureAwait(false);
        }

        await file.FinishAsync(cancellationToken).ConfigureAwait(false);
        return mapping.Schema;
    }

    public static async Task<ParquetSchema> SerializeAsync<T>(
        IEnumerable<T> objectInstances,
        string filePath,
        ParquetOptions? options = null,
        IReadOnlyDictionary<string, string>? customMetadata = null,
        CancellationToken cancellationToken = default)
    {
        using FileStream file = File.Create(filePath);
        return await SerializeAsync(objectInstances, file, options, customMetadata, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<DeserializationResult<T>> DeserializeAsync<T>(
        Stream source,
        ParquetOptions? options = null,
        int? rowGroupIndex = null,
        CancellationToken cancellationToken = default)
        where T : class, new()
    {
        RowMapping<T> mapping = RowMapping<T>.ForDeserializing;
        await using ParquetReader reader = await ParquetReader.CreateAsync(source, options, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        var rows = new List<T>();
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            if (rowGroupIndex is null || rowGroupIndex == i)
            {
                await ReadRowGroupAsync(reader, reader.OpenRowGroupReader(i), mapping, rows, cancellationToken).ConfigureAwait(false);
            }
        }

        return new DeserializationResult<T>(reader.Schema, rows, reader.CustomMetadata);
    }

    public static async Task<DeserializationResult<T>> DeserializeAsync<T>(
        string filePath,
        ParquetOptions? options = null,
        int? rowGroupIndex = null,
        CancellationToken cancellationToken = default)
        where T : class, new()
    {
        using FileStream file = File.OpenRead(filePath);
        return await DeserializeAsync<T>(file, options, rowGroupIndex, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteRowGroupAsync<T>(
        FileWriter file,
        RowMapping<T> mapping,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken)
    {
        file.BeginRowGroup(rows.Count);
        foreach (ColumnBinding<T> binding in mapping.Bindings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                foreach (ShreddedColumn column in binding.Shred(rows))
                {
                    await file.WriteColumnAsync(column, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is not (OperationCanceledException or IOException))
            {
#pragma warning disable CA2201 // The real library throws this type, and callers may catch it.
                throw new ApplicationException($"failed to serialise data column '{binding.Field.Path}'", e);
#pragma warning restore CA2201
            }
        }

        file.EndRowGroup();
    }

    private static async Task ReadRowGroupAsync<T>(
        ParquetReader reader,
        ParquetRowGroupReader group,
        RowMapping<T> mapping,
        List<T> rows,
        CancellationToken cancellationToken)
        where T : class, new()
    {
        RowGroup meta = group.RowGroup;
        ReadLimits.CheckValues(meta.NumRows + rows.Count, reader.FileBytes, "the file");
        int first = rows.Count;
        foreach (ColumnBinding<T> binding in mapping.Bindings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Action<IReadOnlyList<T>, int>? assign = await binding.ReadAsync(reader, group, cancellationToken).ConfigureAwait(false);
            if (assign is null)
            {
                continue;
            }

            // The rows are made once a column has shown that there are so many.
            AddRows(rows, first + (int)meta.NumRows);
            assign(rows, first);
        }

        AddRows(rows, first + (int)meta.NumRows);
    }

    private static void AddRows<T>(List<T> rows, int count)
        where T : class, new()
    {
        rows.EnsureCapacity(count);
        while (rows.Count < count)
        {
            rows.Add(new T());
        }
    }
}
