namespace Tidemark.Sinks.Lake;

/// <summary>The files of a table that are to become one.</summary>
/// <param name="Folder">Their folder.</param>
/// <param name="Target">The path of the one file; it may exist.</param>
/// <param name="Has">Whether a path in the folder is one of them, the target included.</param>
/// <param name="Again">Asks for the group to be compacted again, since something was written to it meanwhile.</param>
internal sealed record LakeGroup(string Folder, string Target, Predicate<string> Has, Action Again);

/// <summary>
/// Compacts files into one, and deletes those whose rows it has. Every step leaves a correct lake: the one file appears completely, and only
/// after a grace period are the others deleted.
/// </summary>
internal sealed class LakeFold<TRow>(LakeTable<TRow> table, LakeOptions options, TimeProvider time, CompactionReport report)
    where TRow : class, ILakeRecord
{
    public const int Attempts = 5;

    private readonly Queue<(DateTimeOffset Due, LakeGroup Group)> _deletions = new();
    private int _filesRead;

    /// <summary>Whether this pass may read more files.</summary>
    public bool HasBudget => _filesRead < options.MaxFilesPerPass;

    /// <summary>Begins a pass.</summary>
    /// <param name="isEnd">Whether it is the last one, which leaves nothing to a next pass.</param>
    public void Begin(bool isEnd) => _filesRead = isEnd ? int.MinValue : 0;

    /// <summary>Runs a step. A failed compaction leaves the rows where every reader finds them, so it does not stop publishing.</summary>
    public async Task TryAsync(Func<Task> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (SinkException problem)
        {
            report.LeaveAlone(problem.Message);
        }
    }

    /// <summary>Compacts a group of more than one file.</summary>
    /// <returns>The windows that the one file holds now; null when there was nothing to do, or too much.</returns>
    public async Task<IReadOnlyList<LakeKey>?> FoldAsync(LakeGroup group, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            List<LakeEntry> entries = await ListAsync(group.Folder, group.Has, cancellationToken).ConfigureAwait(false);
            bool hasFile = entries.Exists(entry => entry.Path == group.Target);
            if (entries.Count <= 1 || !IsSmallEnough(entries))
            {
                return null;
            }

            LakeMerge<TRow> merge = new(table);
            string? tag = null;
            if (hasFile)
            {
                if (await ReadAsync(group.Target, cancellationToken).ConfigureAwait(false) is not { } file)
                {
                    continue;
                }

                tag = file.Tag;
                merge.Add(file, group.Target);
            }

            // A file that has been deleted meanwhile is part of a newer compacted file, which ours will then not replace.
            if (await AddAsync(merge, entries.Where(entry => entry.Path != group.Target), cancellationToken).ConfigureAwait(false) is not { } isNew)
            {
                return null;
            }

            if (!isNew || await table.WriteHeldAsync(group.Target, merge.Rows(), merge.Held, tag, cancellationToken).ConfigureAwait(false))
            {
                report.Hours += isNew ? 1 : 0;
                _deletions.Enqueue((time.GetUtcNow() + options.Grace, group));
                return merge.Held;
            }
        }

        throw new SinkException($"{table.Files.FullPath(group.Target)} is being replaced by another process");
    }

    /// <summary>Deletes the files whose grace period is over, or all at the end.</summary>
    public async Task DeleteDueAsync(bool isEnd, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        while (HasBudget && _deletions.TryPeek(out (DateTimeOffset Due, LakeGroup Group) next) && (isEnd || next.Due <= now))
        {
            _deletions.Dequeue();
            await TryAsync(() => DeleteAsync(next.Group, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Adds files. Returns whether they contain anything new; null when there are too many rows, or a required file is missing.
    /// </summary>
    public async Task<bool?> AddAsync(
        LakeMerge<TRow> merge, IEnumerable<LakeEntry> entries, CancellationToken cancellationToken, bool mustBeThere = false)
    {
        bool isNew = false;
        foreach (LakeEntry entry in entries)
        {
            if (await ReadAsync(entry.Path, cancellationToken).ConfigureAwait(false) is { } file)
            {
                isNew |= merge.Add(file, entry.Path);
            }
            else if (mustBeThere)
            {
                return null;
            }

            if (merge.Count > table.MaxRows)
            {
                report.LeaveAlone($"{table.Files.FullPath(entry.Path)} and its neighbours hold more than {table.MaxRows:N0} rows");
                return null;
            }
        }

        return isNew;
    }

    /// <summary>Whether files are few enough bytes to become one.</summary>
    public bool IsSmallEnough(List<LakeEntry> entries)
    {
        if (entries.Sum(entry => entry.Length) <= options.MaxBytes)
        {
            return true;
        }

        report.LeaveAlone($"{table.Files.FullPath(entries[0].Path)} and its neighbours hold more than {options.MaxBytes:N0} bytes");
        return false;
    }

    public Task<LakeRows<TRow>?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        _filesRead++;
        return table.ReadAsync(path, cancellationToken);
    }

    /// <summary>The data files in a folder, by path, so that the result does not depend on the order of the file system.</summary>
    public async Task<List<LakeEntry>> ListAsync(string folder, Predicate<string> has, CancellationToken cancellationToken)
    {
        List<LakeEntry> entries = [];
        await foreach (LakeEntry entry in table.Files.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (has(entry.Path))
            {
                entries.Add(entry);
            }
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }

    /// <summary>Deletes the files whose windows are in the one file with the same or a higher revision, as both are now.</summary>
    private async Task DeleteAsync(LakeGroup group, CancellationToken cancellationToken)
    {
        _filesRead++;
        if (await table.ReadKeysAsync(group.Target, cancellationToken).ConfigureAwait(false) is not { } file)
        {
            return;
        }

        Dictionary<Core.Windows.Interval, long> revisions = [];
        foreach (LakeKey key in file.Held)
        {
            revisions[key.Window] = key.Revision;
        }

        foreach (LakeEntry entry in await ListAsync(group.Folder, group.Has, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Path == group.Target)
            {
                continue;
            }

            _filesRead++;
            LakeRows<LakeKey>? single = await table.ReadKeysAsync(entry.Path, cancellationToken).ConfigureAwait(false);
            if (single is null)
            {
                continue;
            }

            bool isHeld = single.Held.All(key => revisions.TryGetValue(key.Window, out long revision) && revision >= key.Revision);
            if (isHeld && await table.Files.DeleteAsync(entry.Path, single.Tag, cancellationToken).ConfigureAwait(false))
            {
                report.Deleted++;
            }
            else
            {
                // A correction was written meanwhile.
                group.Again();
            }
        }
    }
}
