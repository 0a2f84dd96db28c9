namespace Tidemark.Sinks.Lake;

/// <summary>A file of the lake as it was at one moment.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Tag">Stands for exactly this content: a write or a deletion can be made to depend on it.</param>
internal sealed record LakeFile(ReadOnlyMemory<byte> Content, string Tag);

/// <summary>A file in a listing.</summary>
/// <param name="Path">Its path below the root, with <c>/</c> between its parts.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was written last, by the clock of the storage.</param>
internal readonly record struct LakeEntry(string Path, long Length, DateTimeOffset Modified);

/// <summary>
/// The files of a lake: a local directory (<see cref="LocalLake"/>) or Azure Data Lake Storage (<see cref="AdlsLake"/>). A file appears whole
/// or not at all, and every change says what it expects to replace. Paths are below the root, with <c>/</c> between their parts.
/// </summary>
public abstract class LakeFiles
{
    internal LakeFiles(string root) => Root = root;

    /// <summary>The root, as a person would name it.</summary>
    public string Root { get; }

    /// <summary>The name of a file as a person would use it.</summary>
    public virtual string FullPath(string path) => $"{Root}/{path}";

    /// <summary>A file, or null when there is none.</summary>
    /// <exception cref="SinkException">It is there and cannot be read.</exception>
    internal abstract Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Puts a file in place at once.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="tag">The tag of the file that is to be replaced; null when there must be none.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>False when something else was there: read it and decide again.</returns>
    /// <exception cref="SinkException">It cannot be written; what was there still is.</exception>
    internal abstract Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken);

    /// <summary>Removes a file if it still is the one with this tag.</summary>
    /// <returns>Whether it is gone.</returns>
    /// <exception cref="SinkException">It cannot be removed.</exception>
    internal abstract Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken);

    /// <summary>Every file below a folder, in no order; none when there is no such folder. Names that start with <c>_</c> are passed over.</summary>
    /// <exception cref="SinkException">The folder is there and cannot be read.</exception>
    internal abstract IAsyncEnumerable<LakeEntry> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>The names of the folders directly in a folder (<c>""</c>: the root), in ordinal order; none when there is no such folder.</summary>
    /// <exception cref="SinkException">The folder is there and cannot be read.</exception>
    internal abstract Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken);
}
