using Parquet;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>The content of a file.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Held">The windows that it holds, those without rows too.</param>
/// <param name="Tag">The tag of the file.</param>
internal sealed record LakeRows<TRow>(IReadOnlyList<TRow> Rows, IReadOnlyList<LakeKey> Held, string Tag);

/// <summary>Converts rows to Parquet and back, column by column.</summary>
internal static class LakeFormat
{
    /// <summary>Encodes rows. Row groups are small, so that a reader of one hour skips most of a day's file.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="held">The windows that they belong to, those without rows too.</param>
    /// <param name="rowsPerGroup">The maximum number of rows in a row group.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    public static async Task<ReadOnlyMemory<byte>> EncodeAsync<TRow>(
        LakeSchema<TRow> schema, IReadOnlyList<TRow> rows, IReadOnlyList<LakeKey> held, int rowsPerGroup, CancellationToken cancellationToken)
        where TRow : class, ILakeRecord
    {
        schema = schema.Holding(rows) ?? schema;
        ParquetOptions options = new() { CompressionMethod = CompressionMethod.Snappy };
        using MemoryStream content = new();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(
            schema.Parquet ?? throw new ArgumentException("A schema without columns writes nothing.", nameof(schema)),
            content, options, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            if (schema.HasHeld)
            {
                writer.CustomMetadata = LakeHeld.Write(held);
            }

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
            (IReadOnlyList<TRow> rows, IReadOnlyList<LakeKey> held) =
                await DecodeAsync(file.Content, schema, cancellationToken).ConfigureAwait(false);
            return new LakeRows<TRow>(rows, held, file.Tag);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            string reason = IoProblem.Is(error) ? IoProblem.Describe(error) : error.Message.TrimEnd('.');
            throw new SinkException(
                $"cannot read {files.FullPath(path)}, which should hold earlier results: {reason}. "
                + "Move the file away or choose another --lake directory.",
                error);
        }
    }

    private static async Task<(IReadOnlyList<TRow> Rows, IReadOnlyList<LakeKey> Held)> DecodeAsync<TRow>(
        ReadOnlyMemory<byte> content, LakeSchema<TRow> schema, CancellationToken cancellationToken)
        where TRow : class, ILakeRecord
    {
        using MemoryStream stream = new(content.ToArray(), writable: false);
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        LakeColumn<TRow>[] columns = [.. schema.Columns, .. schema.AddedIn(reader.Schema)];
        List<TRow> all = [];
        for (int i = 0; columns.Length > 0 && i < reader.RowGroupCount; i++)
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

        if (schema.HasHeld)
        {
            IReadOnlyList<LakeKey> told = LakeHeld.Read(reader.CustomMetadata);
            HashSet<(Interval, long)> known = [.. told.Select(key => (key.Window, key.Revision))];
            return all.All(row => known.Contains((row.Window, row.Revision)))
                ? (all, told)
                : throw new InvalidDataException($"expected rows of the minutes and revisions in the metadata {LakeHeld.Name}, found others");
        }

        return all.Count > 0 ? (all, Held(all)) : throw new InvalidDataException("expected a row, found none");
    }

    /// <summary>The windows of rows; neighbours are mostly of the same.</summary>
    private static List<LakeKey> Held<TRow>(List<TRow> rows)
        where TRow : class, ILakeRecord
    {
        List<LakeKey> held = [];
        foreach (TRow row in rows)
        {
            if (held.Count == 0 || held[^1].Window != row.Window || held[^1].Revision != row.Revision)
            {
                held.Add(new LakeKey(row.Window, row.Revision));
            }
        }

        return held;
    }
}
