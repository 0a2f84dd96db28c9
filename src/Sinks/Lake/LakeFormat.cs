using Parquet;

namespace Tidemark.Sinks.Lake;

/// <summary>The rows of a file, and its tag.</summary>
internal sealed record LakeRows<TRow>(IReadOnlyList<TRow> Rows, string Tag);

/// <summary>Converts rows to Parquet and back, column by column.</summary>
internal static class LakeFormat
{
    /// <summary>Encodes rows. Row groups are small, so that a reader of one hour skips most of a day's file.</summary>
    public static async Task<ReadOnlyMemory<byte>> EncodeAsync<TRow>(
        LakeSchema<TRow> schema, IReadOnlyList<TRow> rows, int rowsPerGroup, CancellationToken cancellationToken)
        where TRow : class, ILakeRecord
    {
        schema = schema.Holding(rows) ?? schema;
        ParquetOptions options = new() { CompressionMethod = CompressionMethod.Snappy };
        using MemoryStream content = new();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(
            schema.Parquet, content, options, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            foreach (TRow[] some in rows.Chunk(rowsPerGroup))
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                foreach (LakeColumn<TRow> column in schema.Columns)
                {
                    await column.WriteAsync(group, some, cancellationToken).ConfigureAwait(false);
                }

                group.CompleteValidate();
            }
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    /// <summary>Reads the rows of a file; null when there is none.</summary>
    /// <param name="files">The lake's files.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="schema">The columns to read; others are ignored, unless <see cref="LakeSchema{TRow}.AddedIn"/> takes them.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">The file exists and cannot be read.</exception>
    public static async Task<LakeRows<TRow>?> ReadAsync<TRow>(
        LakeFiles files, string path, LakeSchema<TRow> schema, CancellationToken cancellationToken)
        where TRow : class, ILakeRecord
    {
        LakeFile? file = await files.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (file is null)
        {
            return null;
        }

        try
        {
            return new LakeRows<TRow>(await DecodeAsync(file.Content, schema, cancellationToken).ConfigureAwait(false), file.Tag);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            string reason = IoProblem.Is(error) ? IoProblem.Describe(error) : error.Message.TrimEnd('.');
            throw new SinkException(
                $"cannot read {files.FullPath(path)}, which should hold an earlier result of this window: {reason}. "
                + "Move the file away or choose another --lake directory.",
                error);
        }
    }

    private static async Task<IReadOnlyList<TRow>> DecodeAsync<TRow>(
        ReadOnlyMemory<byte> content, LakeSchema<TRow> schema, CancellationToken cancellationToken)
        where TRow : class, ILakeRecord
    {
        using MemoryStream stream = new(content.ToArray(), writable: false);
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        LakeColumn<TRow>[] columns = [.. schema.Columns, .. schema.AddedIn(reader.Schema)];
        List<TRow> all = [];
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            TRow[] rows = new TRow[checked((int)group.RowCount)];
            Array.Fill(rows, schema.Blank);
            foreach (LakeColumn<TRow> column in columns)
            {
                if (await column.ReadAsync(group, reader.Schema, rows, cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }

                Func<TRow, TRow> without = column.WithoutIt ?? throw new InvalidDataException($"expected a column {column.Name}, found none");
                for (int row = 0; row < rows.Length; row++)
                {
                    rows[row] = without(rows[row]);
                }
            }

            all.AddRange(rows);
        }

        return all.Count > 0 ? all : throw new InvalidDataException("expected a row, found none");
    }
}
