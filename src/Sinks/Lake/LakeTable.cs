namespace Tidemark.Sinks.Lake;

/// <summary>A table of one window family: the location of its files and the comparison of its rows.</summary>
internal sealed class LakeTable<TRow>(
    LakeFiles files, string path, LakeSchema<TRow> schema, int maxRows, int rowsPerGroup, Func<TRow, TRow, bool> isSame)
    where TRow : class, ILakeRecord
{
    public LakeFiles Files => files;

    public string Path => path;

    /// <summary>The maximum number of rows of a compacted file.</summary>
    public int MaxRows => maxRows;

    public Task<LakeRows<TRow>?> ReadAsync(string file, CancellationToken cancellationToken) =>
        LakeFormat.ReadAsync(files, file, schema, cancellationToken);

    public async Task<bool> WriteAsync(string file, IReadOnlyList<TRow> rows, string? tag, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> content = await LakeFormat.EncodeAsync(schema, rows, rowsPerGroup, cancellationToken).ConfigureAwait(false);
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
