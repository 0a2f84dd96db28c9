using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Compacts the files of an hour into one file, and those of a day into one, once every window that starts in it is final. Every step
/// leaves a correct lake: the hour's file appears completely, and only after a grace period the files whose rows it contains are deleted. A
/// step that was not reached or not finished is found again from the files, also after a restart.
/// </summary>
internal sealed class LakeCompactor<TRow>
    where TRow : class, ILakeRecord
{
    private const int Attempts = 5;

    /// <summary>When more hours than this become final at once, listing the table is cheaper than examining each of them.</summary>
    private const int MaxHoursAtOnce = 48;

    private readonly LakeTable<TRow> _table;
    private readonly WindowDefinition _family;
    private readonly LakeOptions _options;
    private readonly TimeProvider _time;
    private readonly HourCache<TRow> _cache;
    private readonly CompactionReport _report;
    private readonly bool _hasHours;
    private readonly SortedSet<long> _hours = [];
    private readonly SortedSet<long> _days = [];
    private readonly Queue<(DateTimeOffset Due, long Hour)> _deletions = new();
    private bool _hasLooked;
    private long _nextHour; // the first hour that is not final yet
    private int _filesRead;

    public LakeCompactor(
        LakeTable<TRow> table, WindowDefinition family, LakeOptions options, TimeProvider time, HourCache<TRow> cache, CompactionReport report)
    {
        _table = table;
        _family = family;
        _options = options;
        _time = time;
        _cache = cache;
        _report = report;

        // Starts that are at least an hour apart leave one file per folder.
        _hasHours = family.Kind.SharesStarts || family.Kind.PeriodMs < LakeLayout.HourMs;
    }

    /// <summary>Records that a single-window file was written. Thread-safe, except while <see cref="RunAsync"/> runs.</summary>
    public void Touch(long startMs)
    {
        lock (_days)
        {
            if (_hasHours)
            {
                _hours.Add(LakeLayout.HourOf(startMs));
            }

            _days.Add(LakeLayout.DayOf(startMs));
        }
    }

    /// <summary>Compacts what is final.</summary>
    /// <param name="finalBeforeMs">Windows of the family that end at or before this time are final, epoch milliseconds.</param>
    /// <param name="isEnd">Whether this is the last pass, which waits neither for the grace period nor for a next pass.</param>
    /// <param name="cancellationToken">Cancels between two steps.</param>
    public async Task RunAsync(long finalBeforeMs, bool isEnd, CancellationToken cancellationToken)
    {
        if (!_hasLooked || (_options.OthersWrite && !TryAddHours(finalBeforeMs)))
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
            _hasLooked = true;
            _nextHour = FirstHourAfter(finalBeforeMs);
        }

        _filesRead = isEnd ? int.MinValue : 0;
        while (NextFinal(_hours, LakeLayout.HourMs, finalBeforeMs) is { } hour)
        {
            _hours.Remove(hour);
            await TryAsync(() => CompactHourAsync(hour, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        while (NextFinal(_days, LakeLayout.DayMs, finalBeforeMs) is { } day)
        {
            _days.Remove(day);
            await TryAsync(() => WriteDayAsync(day, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        DateTimeOffset now = _time.GetUtcNow();
        while (HasBudget && _deletions.TryPeek(out (DateTimeOffset Due, long Hour) next) && (isEnd || next.Due <= now))
        {
            _deletions.Dequeue();
            await TryAsync(() => DeleteSinglesAsync(next.Hour, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private bool HasBudget => _filesRead < _options.MaxFilesPerPass;

    /// <summary>The first hour or day all of whose windows are final.</summary>
    private long? NextFinal(SortedSet<long> starts, long lengthMs, long finalBeforeMs)
    {
        if (!HasBudget || starts.Count == 0)
        {
            return null;
        }

        return IsFinal(starts.Min, lengthMs, finalBeforeMs) ? starts.Min : null;
    }

    private bool IsFinal(long startMs, long lengthMs, long finalBeforeMs)
    {
        long last = startMs + lengthMs - 1;
        return _family.LastEndContaining(new Interval(last, last + 1)) <= finalBeforeMs;
    }

    private long FirstHourAfter(long finalBeforeMs)
    {
        long hour = LakeLayout.HourOf(finalBeforeMs);
        while (!IsFinal(hour - LakeLayout.HourMs, LakeLayout.HourMs, finalBeforeMs))
        {
            hour -= LakeLayout.HourMs;
        }

        return hour;
    }

    /// <summary>Adds the hours that have become final since the last pass, whichever process wrote them.</summary>
    /// <returns>False when they are too many to examine one by one.</returns>
    private bool TryAddHours(long finalBeforeMs)
    {
        for (int added = 0; IsFinal(_nextHour, LakeLayout.HourMs, finalBeforeMs); added++)
        {
            if (added == MaxHoursAtOnce)
            {
                return false;
            }

            Touch(_nextHour);
            _nextHour += LakeLayout.HourMs;
        }

        return true;
    }

    /// <summary>Runs a step. A failed compaction leaves the rows where every reader finds them, so it does not stop publishing.</summary>
    private async Task TryAsync(Func<Task> step, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (SinkException problem)
        {
            _report.LeaveAlone(problem.Message);
        }
    }

    /// <summary>Finds the work that an earlier or another process has left.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Dictionary<long, (int Singles, bool HasFile)> hours = [];
        Dictionary<long, DateTimeOffset> days = [];
        await foreach (LakeEntry entry in _table.Files.ListAsync(_table.Path, cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.HourOfFile(entry.Path) is not { } hour)
            {
                continue;
            }

            bool isHourFile = LakeLayout.IsHourFile(entry.Path);
            (int singles, bool hasFile) = hours.GetValueOrDefault(hour);
            hours[hour] = (singles + (isHourFile ? 0 : 1), hasFile || isHourFile);
            long day = LakeLayout.DayOf(hour);
            days[day] = days.TryGetValue(day, out DateTimeOffset modified) && modified > entry.Modified ? modified : entry.Modified;
        }

        await foreach (LakeEntry entry in _table.Files.ListAsync(LakeLayout.Daily(_table.Path), cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.DayOfFolder(entry.Path.Split('/')[^2]) is { } day
                && days.TryGetValue(day, out DateTimeOffset modified) && modified <= entry.Modified)
            {
                days.Remove(day);
            }
        }

        _days.UnionWith(days.Keys);
        if (_hasHours)
        {
            _hours.UnionWith(hours.Where(hour => hour.Value.Singles > (hour.Value.HasFile ? 0 : 1)).Select(hour => hour.Key));
        }
    }

    private async Task CompactHourAsync(long hour, CancellationToken cancellationToken)
    {
        string path = LakeLayout.HourFile(_table.Path, hour);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            List<LakeEntry> entries = await ListAsync(LakeLayout.HourFolder(_table.Path, hour), cancellationToken).ConfigureAwait(false);
            bool hasFile = entries.Exists(entry => entry.Path == path);
            if (entries.Count <= 1 || !IsSmallEnough(entries))
            {
                return;
            }

            LakeMerge<TRow> merge = new(_table);
            string? tag = null;
            if (hasFile)
            {
                if (await ReadAsync(path, cancellationToken).ConfigureAwait(false) is not { } file)
                {
                    continue;
                }

                tag = file.Tag;
                merge.Add(file.Rows, path);
            }

            // A file that has been deleted meanwhile is part of a newer hour file, which ours will then not replace.
            if (await AddAsync(merge, entries.Where(entry => entry.Path != path), cancellationToken).ConfigureAwait(false) is not { } isNew)
            {
                return;
            }

            if (!isNew || await _table.WriteAsync(path, merge.Rows(), tag, cancellationToken).ConfigureAwait(false))
            {
                _report.Hours += isNew ? 1 : 0;
                _cache.Forget(hour);
                _deletions.Enqueue((_time.GetUtcNow() + _options.Grace, hour));
                return;
            }
        }

        throw new SinkException($"{_table.Files.FullPath(path)} is being replaced by another process");
    }

    private async Task WriteDayAsync(long day, CancellationToken cancellationToken)
    {
        string path = LakeLayout.DailyFile(_table.Path, day);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            List<LakeEntry> entries = await ListAsync(LakeLayout.DayFolder(_table.Path, day), cancellationToken).ConfigureAwait(false);
            if (!IsSmallEnough(entries))
            {
                return;
            }

            // The content of the day's file is kept, even if someone has removed the hour folders.
            LakeMerge<TRow> merge = new(_table);
            LakeRows<TRow>? file = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
            merge.Add(file?.Rows ?? [], path);
            bool? isNew = await AddAsync(merge, entries, cancellationToken, mustBeThere: true).ConfigureAwait(false);
            if (merge.Count > _table.MaxRows || isNew == false)
            {
                return;
            }

            if (isNew == true && await _table.WriteAsync(path, merge.Rows(), file?.Tag, cancellationToken).ConfigureAwait(false))
            {
                _report.Days++;
                return;
            }
        }

        throw new SinkException(
            $"the files of {_table.Files.FullPath(LakeLayout.DayFolder(_table.Path, day))} are being replaced by another process");
    }

    /// <summary>
    /// Adds files. Returns whether they contain anything new; null when there are too many rows, or a required file is missing.
    /// </summary>
    private async Task<bool?> AddAsync(
        LakeMerge<TRow> merge, IEnumerable<LakeEntry> entries, CancellationToken cancellationToken, bool mustBeThere = false)
    {
        bool isNew = false;
        foreach (LakeEntry entry in entries)
        {
            if (await ReadAsync(entry.Path, cancellationToken).ConfigureAwait(false) is { } file)
            {
                isNew |= merge.Add(file.Rows, entry.Path);
            }
            else if (mustBeThere)
            {
                return null;
            }

            if (merge.Count > _table.MaxRows)
            {
                _report.LeaveAlone($"{_table.Files.FullPath(entry.Path)} and its neighbours hold more than {_table.MaxRows:N0} rows");
                return null;
            }
        }

        return isNew;
    }

    /// <summary>
    /// Deletes the single-window files whose rows are in the hour's file with the same or a higher revision, as both are now.
    /// </summary>
    private async Task DeleteSinglesAsync(long hour, CancellationToken cancellationToken)
    {
        string path = LakeLayout.HourFile(_table.Path, hour);
        _filesRead++;
        if (await LakeFormat.ReadAsync(_table.Files, path, LakeSchemas.Keys, cancellationToken).ConfigureAwait(false) is not { } file)
        {
            return;
        }

        Dictionary<Interval, long> revisions = [];
        foreach (LakeKey key in file.Rows)
        {
            revisions[key.Window] = key.Revision;
        }

        foreach (LakeEntry entry in await ListAsync(LakeLayout.HourFolder(_table.Path, hour), cancellationToken).ConfigureAwait(false))
        {
            if (entry.Path == path)
            {
                continue;
            }

            _filesRead++;
            LakeRows<LakeKey>? single =
                await LakeFormat.ReadAsync(_table.Files, entry.Path, LakeSchemas.Keys, cancellationToken).ConfigureAwait(false);
            if (single is null)
            {
                continue;
            }

            bool isHeld = single.Rows.All(key => revisions.TryGetValue(key.Window, out long revision) && revision >= key.Revision);
            if (isHeld && await _table.Files.DeleteAsync(entry.Path, single.Tag, cancellationToken).ConfigureAwait(false))
            {
                _report.Deleted++;
            }
            else
            {
                // A correction was written meanwhile.
                _hours.Add(hour);
            }
        }
    }

    private bool IsSmallEnough(List<LakeEntry> entries)
    {
        if (entries.Sum(entry => entry.Length) <= _options.MaxBytes)
        {
            return true;
        }

        _report.LeaveAlone($"{_table.Files.FullPath(entries[0].Path)} and its neighbours hold more than {_options.MaxBytes:N0} bytes");
        return false;
    }

    private Task<LakeRows<TRow>?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        _filesRead++;
        return _table.ReadAsync(path, cancellationToken);
    }

    /// <summary>The data files in a folder, by path, so that the result does not depend on the order of the file system.</summary>
    private async Task<List<LakeEntry>> ListAsync(string folder, CancellationToken cancellationToken)
    {
        List<LakeEntry> entries = [];
        await foreach (LakeEntry entry in _table.Files.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.HourOfFile(entry.Path) is not null)
            {
                entries.Add(entry);
            }
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }
}
