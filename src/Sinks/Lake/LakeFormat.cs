using Parquet;
using Parquet.Serialization;

namespace Tidemark.Sinks.Lake;

/// <summary>Rows of a file and what they were read from.</summary>
internal sealed record LakeRows<TRow>(IReadOnlyList<TRow> Rows, string Tag);

/// <summary>Rows as Parquet and back.</summary>
internal static class LakeFormat
{
    /// <summary>The file's bytes. Groups of rows are small enough that a reader of an hour skips most of a day.</summary>
    public static async Task<ReadOnlyMemory<byte>> EncodeAsync<TRow>(IReadOnlyList<TRow> rows, int rowsPerGroup, CancellationToken cancellationToken)
    {
        ParquetOptions options = new() { CompressionMethod = CompressionMethod.Snappy };
        if (rows.Count > rowsPerGroup)
        {
            options.RowGroupSize = rowsPerGroup;
        }

        using MemoryStream content = new();
        await ParquetSerializer.SerializeAsync(rows, content, options, cancellationToken: cancellationToken).ConfigureAwait(false);
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    /// <summary>The rows of a file; null when there is none.</summary>
    /// <exception cref="SinkException">The file is there and cannot be read.</exception>
    public static async Task<LakeRows<TRow>?> ReadAsync<TRow>(LakeFiles files, string path, CancellationToken cancellationToken)
        where TRow : class, new()
    {
        LakeFile? file = await files.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        return file is null ? null : new LakeRows<TRow>(await DecodeAsync<TRow>(files, path, file, cancellationToken).ConfigureAwait(false), file.Tag);
    }

    private static async Task<IReadOnlyList<TRow>> DecodeAsync<TRow>(LakeFiles files, string path, LakeFile file, CancellationToken cancellationToken)
        where TRow : class, new()
    {
        try
        {
            using MemoryStream stream = new(file.Content.ToArray(), writable: false);
            var rows = await ParquetSerializer.DeserializeAsync<TRow>(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
            return rows.Data.Count > 0 ? [.. rows.Data] : throw new InvalidDataException("expected a row, found none");
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
}
