namespace Tidemark.Sinks.Lake;

/// <summary>The content of a file in the lake at one moment.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Tag">Identifies exactly this content, so that a write or a deletion can be conditional on it.</param>
internal sealed record LakeFile(ReadOnlyMemory<byte> Content, string Tag);

/// <summary>A file in a listing.</summary>
/// <param name="Path">The path relative to the root, separated by <c>/</c>.</param>
/// <param name="Length">The length in bytes.</param>
/// <param name="Modified">When it was last written, by the clock of the storage.</param>
internal readonly record struct LakeEntry(string Path, long Length, DateTimeOffset Modified);

/// <summary>
/// The files of a lake: a local directory (<see cref="LocalLake"/>) or Azure storage (<see cref="AdlsLake"/>, <see cref="BlobLake"/>). A
/// file appears completely or not at all, and every change is conditional on what it replaces. Paths are relative to the root, separated by
/// <c>/</c>.
/// </summary>
public abstract class LakeFiles
{
    internal LakeFiles(string root) => Root = root;

    /// <summary>The root, for messages.</summary>
    public string Root { get; }

    /// <summary>The full name of a file, for messages.</summary>
    public virtual string FullPath(string path) => $"{Root}/{path}";

    /// <summary>Reads a file; returns null when there is none.</summary>
    /// <exception cref="SinkException">The file exists and cannot be read.</exception>
    internal abstract Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates or replaces a file atomically.</summary>
    /// <param name="path">The path.</param>
    /// <param name="content">The complete content.</param>
    /// <param name="tag">The tag of the file to replace; null when there must be none.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>False when the existing file is another one: read it and decide again.</returns>
    /// <exception cref="SinkException">The file cannot be written; the existing one is unchanged.</exception>
    internal abstract Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken);

    /// <summary>Deletes a file, if it still has a given tag.</summary>
    /// <returns>Whether the file no longer exists.</returns>
    /// <exception cref="SinkException">The file cannot be deleted.</exception>
    internal abstract Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken);

    /// <summary>
    /// All files below a folder, in no particular order; empty when there is no such folder. Names that start with <c>_</c> are ignored.
    /// </summary>
    /// <exception cref="SinkException">The folder exists and cannot be read.</exception>
    internal abstract IAsyncEnumerable<LakeEntry> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>
    /// The names of the folders directly in a folder (<c>""</c>: the root), in ordinal order; empty when there is no such folder.
    /// </summary>
    /// <exception cref="SinkException">The folder exists and cannot be read.</exception>
    internal abstract Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken);
}
