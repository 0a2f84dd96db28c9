using Parquet;
using Parquet.Serialization;
using Tidemark.Aggregation.Closing;
using Tidemark.Aggregation.Windows;

namespace Tidemark.Storage.Lake;

/// <summary>
/// Writes each result to its own Parquet file, forward-only: a file holds the highest revision that was ever written. What is already
/// there under the same revision is left alone if it is the same content, and is an error if it is not: then the lake holds
/// the results of other events or other options.
/// </summary>
public sealed class LakeSink : IResultSink
{
    private static readonly ParquetOptions FileOptions = new() { CompressionMethod = CompressionMethod.Snappy };

    private readonly LocalLake _files;
    private readonly HashSet<string> _cumulative;

    // Files that hold a higher revision than we have written so far: we must come to the same one in the end.
    private readonly Dictionary<string, long> _ahead = [];

    /// <summary>A sink into a lake.</summary>
    /// <param name="files">The lake's files.</param>
    /// <param name="windows">The window families that will be written.</param>
    public LakeSink(LocalLake files, IEnumerable<WindowDefinition> windows)
    {
        _files = files;
        _cumulative = [.. windows.Where(window => window.Step is not null).Select(window => window.Name)];
    }

    /// <summary>Files written.</summary>
    public long Written { get; private set; }

    /// <summary>Results that were already there.</summary>
    public long Unchanged { get; private set; }

    /// <summary>A few of the files that hold a higher revision than was ever written here, by name; empty once a replay has caught up.</summary>
    public IReadOnlyCollection<string> Ahead => _ahead.Keys;

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        foreach (WindowResult result in results)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WriteOneAsync(result, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WriteOneAsync(WindowResult result, CancellationToken cancellationToken)
    {
        string path = LakeLayout.PathOf(result, _cumulative.Contains(result.Window));
        LakeRow row = LakeRow.From(result);
        if (await _files.ReadRowAsync(path, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            if (existing.Revision > row.Revision)
            {
                _ahead[path] = existing.Revision;
                return;
            }

            _ahead.Remove(path);
            if (existing.Revision == row.Revision)
            {
                RequireSame(path, existing, row);
                Unchanged++;
                return;
            }
        }

        using MemoryStream content = new();
        await ParquetSerializer.SerializeAsync([row], content, FileOptions, cancellationToken: cancellationToken).ConfigureAwait(false);
        _files.Replace(path, content.GetBuffer().AsSpan(0, (int)content.Length));
        Written++;
    }

    private void RequireSame(string path, LakeRow existing, LakeRow row)
    {
        if (!existing.HasSameContent(row))
        {
            throw new SinkException(
                $"{_files.FullPath(path)} holds another result for the same window and revision {row.Revision} "
                + $"({existing.TotalEvents} events there, {row.TotalEvents} here): it was written from other events or under other options. "
                + "Choose an empty --lake directory, or delete this one.");
        }
    }
}
