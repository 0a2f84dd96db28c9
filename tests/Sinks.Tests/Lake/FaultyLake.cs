using System.Runtime.CompilerServices;
using Tidemark.Sinks.Lake;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>The process ends here. No <see cref="SinkException"/>, which compaction would survive.</summary>
internal sealed class CrashException : Exception;

/// <summary>A lake whose process can be made to end before or after any of its operations; everything after that fails too.</summary>
internal sealed class FaultyLake(LakeFiles inner) : LakeFiles(inner.Root)
{
    private int _left = int.MaxValue;
    private bool _isAfter;
    private bool _isDead;

    /// <summary>Operations so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Paths written or deleted, in order.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>Called before each operation with its name and path.</summary>
    public Action<string, string>? Before { get; init; }

    public override string FullPath(string path) => inner.FullPath(path);

    /// <summary>Ends the process at an operation, counted from now.</summary>
    /// <param name="operation">Which, from 0.</param>
    /// <param name="after">Whether the operation is done first.</param>
    public void CrashAt(int operation, bool after) => (_left, _isAfter) = (operation, after);

    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) =>
        RunAsync("read", path, () => inner.ReadAsync(path, cancellationToken));

    internal override Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken) =>
        RunAsync("write", path, () => inner.WriteAsync(path, content, tag, cancellationToken));

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) =>
        RunAsync("delete", path, () => inner.DeleteAsync(path, tag, cancellationToken));

    internal override Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken) =>
        RunAsync("list", folder, () => inner.ListFoldersAsync(folder, cancellationToken));

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<LakeEntry> entries =
            await RunAsync("list", folder, async () => await inner.ListAsync(folder, cancellationToken).ToListAsync(cancellationToken));
        foreach (LakeEntry entry in entries)
        {
            yield return entry;
        }
    }

    private async Task<T> RunAsync<T>(string name, string path, Func<Task<T>> operation)
    {
        bool isLast;
        lock (Changes)
        {
            isLast = _left-- == 0;
            if (_isDead || (isLast && !_isAfter))
            {
                _isDead = true;
                throw new CrashException();
            }

            Operations++;
        }

        Before?.Invoke(name, path);
        T answer = await operation();
        lock (Changes)
        {
            if (name is "write" or "delete")
            {
                Changes.Add($"{name} {path}");
            }

            if (isLast)
            {
                _isDead = true;
                throw new CrashException();
            }
        }

        return answer;
    }
}
