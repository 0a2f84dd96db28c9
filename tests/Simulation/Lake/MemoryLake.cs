using System.Runtime.CompilerServices;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation.Lake;

/// <summary>
/// The lake as seen by one process: each call takes time, may fail before or after its effect, and the process may die in it.
/// </summary>
internal sealed class MemoryLake(Worker worker, LakeModel model, SinkFaults faults) : LakeFiles("lake")
{
    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) =>
        CallAsync($"reads {path}", () => model.Files.TryGetValue(path, out StoredFile? file) ? new LakeFile(file.Content, file.Tag) : null);

    /// <remarks>
    /// Two calls, as in Azure: a temporary file, then a conditional rename. A process that dies in between leaves the file over.
    /// </remarks>
    internal override async Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken)
    {
        await CallAsync($"writes a temporary file for {path}", () => ++model.LeftOver).ConfigureAwait(false);
        if (worker.World.Chance(faults.SinkSlow))
        {
            await Task.Delay(worker.World.LongDelay() / 4, worker.Time, cancellationToken).ConfigureAwait(false);
        }

        return await CallAsync($"renames {path}", () =>
        {
            model.LeftOver--;
            return model.Put(path, content, tag, worker.World.Now);
        }).ConfigureAwait(false);
    }

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) =>
        CallAsync($"deletes {path}", () => model.Delete(path, tag));

    internal override async IAsyncEnumerable<LakeEntry> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        LakeEntry[] entries = await CallAsync($"lists {folder}", () => model.Files
            .Where(file => file.Key.StartsWith(folder + "/", StringComparison.Ordinal))
            .Select(file => new LakeEntry(file.Key, file.Value.Content.Length, file.Value.Modified)).ToArray()).ConfigureAwait(false);
        foreach (LakeEntry entry in entries)
        {
            yield return entry;
        }
    }

    internal override Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Sinks list no folders.");

    private Task<T> CallAsync<T>(string what, Func<T> effect)
    {
        bool fails = worker.World.Chance(faults.LakeFails);
        bool timesOut = !fails && worker.World.Chance(faults.LakeTimesOut);
        return worker.CallAsync(what, () =>
        {
            if (fails)
            {
                throw new SinkException("The lake does not answer.") { IsTransient = true };
            }

            T answer = effect();
            return timesOut ? throw new SinkException("The answer of the lake was lost.") { IsTransient = true } : answer;
        });
    }
}

/// <summary>The lake for checking: reads immediately, without a process.</summary>
internal sealed class StillLake(LakeModel model) : LakeFiles("lake")
{
    internal override Task<LakeFile?> ReadAsync(string path, CancellationToken cancellationToken) =>
        Task.FromResult(model.Files.TryGetValue(path, out StoredFile? file) ? new LakeFile(file.Content, file.Tag) : null);

    internal override Task<bool> WriteAsync(string path, ReadOnlyMemory<byte> content, string? tag, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    internal override Task<bool> DeleteAsync(string path, string tag, CancellationToken cancellationToken) => throw new NotSupportedException();

    internal override IAsyncEnumerable<LakeEntry> ListAsync(string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

    internal override Task<IReadOnlyList<string>> ListFoldersAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
