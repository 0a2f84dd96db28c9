namespace Tidemark.Sinks.Lake;

/// <summary>A table: the location of its files and the comparison of its rows.</summary>
/// <param name="files">The lake's files.</param>
/// <param name="path">The folder of the table.</param>
/// <param name="schema">The columns.</param>
/// <param name="keys">The columns that tell which windows a file holds.</param>
/// <param name="maxRows">The maximum number of rows of a compacted file.</param>
/// <param name="rowsPerGroup">The maximum number of rows in a row group.</param>
/// <param name="isSame">Whether two rows have the same content.</param>
internal sealed class LakeTable<TRow>(
    LakeFiles files, string path, LakeSchema<TRow> schema, LakeSchema<LakeKey> keys, int maxRows, int rowsPerGroup, Func<TRow, TRow, bool> isSame)
    where TRow : class, ILakeRecord
{
    public LakeFiles Files => files;

    public string Path => path;

    /// <summary>The maximum number of rows of a compacted file.</summary>
    public int MaxRows => maxRows;

    public Task<LakeRows<TRow>?> ReadAsync(string file, CancellationToken cancellationToken) =>
        LakeFormat.ReadAsync(files, file, schema, cancellationToken);

    /// <summary>Reads which windows a file holds; null when there is none.</summary>
    public Task<LakeRows<LakeKey>?> ReadKeysAsync(string file, CancellationToken cancellationToken) =>
        LakeFormat.ReadAsync(files, file, keys, cancellationToken);

    public Task<bool> WriteAsync(string file, IReadOnlyList<TRow> rows, string? tag, CancellationToken cancellationToken) =>
        WriteHeldAsync(file, rows, [], tag, cancellationToken);

    /// <summary>Writes a file that may hold windows without rows.</summary>
    public async Task<bool> WriteHeldAsync(
        string file, IReadOnlyList<TRow> rows, IReadOnlyList<LakeKey> held, string? tag, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content = await LakeFormat.EncodeAsync(schema, rows, held, rowsPerGroup, cancellationToken).ConfigureAwait(false);
        return await files.WriteAsync(file, content, tag, cancellationToken).ConfigureAwait(false);
    }

    public bool AreSame(IReadOnlyList<TRow> a, IReadOnlyList<TRow> b)
    {
        for (int i = 0; i < a.Count && i < b.Count; i++)
        {
            if (!isSame(a[i], b[i]))
            {
                return false;
            }
        }

        return a.Count == b.Count;
    }
}
