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
    private readonly LakeTable<TRow> _table;
    private readonly WindowDefinition _family;
    private readonly LakeOptions _options;
    private readonly LakeFold<TRow> _fold;
    private readonly HourCache<TRow> _cache;
    private readonly CompactionReport _report;
    private readonly bool _hasHours;
    private readonly SortedSet<long> _hours = [];
    private readonly SortedSet<long> _days = [];
    private readonly FinalHours _finalHours = new();
    private bool _hasLooked;

    public LakeCompactor(
        LakeTable<TRow> table, WindowDefinition family, LakeOptions options, TimeProvider time, HourCache<TRow> cache, CompactionReport report)
    {
        _table = table;
        _family = family;
        _options = options;
        _fold = new LakeFold<TRow>(table, options, time, report);
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
            _finalHours.GoOnFrom(FirstHourAfter(finalBeforeMs));
        }

        _fold.Begin(isEnd);
        while (NextFinal(_hours, LakeLayout.HourMs, finalBeforeMs) is { } hour)
        {
            _hours.Remove(hour);
            await _fold.TryAsync(() => CompactHourAsync(hour, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        while (NextFinal(_days, LakeLayout.DayMs, finalBeforeMs) is { } day)
        {
            _days.Remove(day);
            await _fold.TryAsync(() => WriteDayAsync(day, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        await _fold.DeleteDueAsync(isEnd, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first hour or day all of whose windows are final.</summary>
    private long? NextFinal(SortedSet<long> starts, long lengthMs, long finalBeforeMs)
    {
        if (!_fold.HasBudget || starts.Count == 0)
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

    /// <summary>Adds the hours that have become final since the last pass, unless they are too many.</summary>
    private bool TryAddHours(long finalBeforeMs) =>
        _finalHours.TryAdd(hour => IsFinal(hour, LakeLayout.HourMs, finalBeforeMs), Touch);

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
        LakeGroup group = new(
            LakeLayout.HourFolder(_table.Path, hour), LakeLayout.HourFile(_table.Path, hour), IsData, () => _hours.Add(hour));
        if (await _fold.FoldAsync(group, cancellationToken).ConfigureAwait(false) is not null)
        {
            _cache.Forget(hour);
        }
    }

    private async Task WriteDayAsync(long day, CancellationToken cancellationToken)
    {
        string path = LakeLayout.DailyFile(_table.Path, day);
        for (int attempt = 0; attempt < LakeFold<TRow>.Attempts; attempt++)
        {
            List<LakeEntry> entries = await _fold.ListAsync(LakeLayout.DayFolder(_table.Path, day), IsData, cancellationToken).ConfigureAwait(false);
            if (!_fold.IsSmallEnough(entries))
            {
                return;
            }

            // The content of the day's file is kept, even if someone has removed the hour folders.
            LakeMerge<TRow> merge = new(_table);
            LakeRows<TRow>? file = await _fold.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            if (file is not null)
            {
                merge.Add(file, path);
            }

            bool? isNew = await _fold.AddAsync(merge, entries, cancellationToken, mustBeThere: true).ConfigureAwait(false);
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

    private static bool IsData(string path) => LakeLayout.HourOfFile(path) is not null;
}
