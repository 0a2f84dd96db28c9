namespace Tidemark.Sinks.Lake;

/// <summary>
/// Compacts the files of the sessions of a day that ended in an hour into one file, once the minutes of that hour are final. A step that was not
/// reached or not finished is found again from the files, also after a restart.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="options">The options of the lake.</param>
/// <param name="time">The clock for the grace period.</param>
/// <param name="report">Receives the results.</param>
/// <param name="compacted">Called with the day and the hour of a file that was written.</param>
internal sealed class LakeSessionCompactor(
    LakeTable<LakeSession> table, LakeOptions options, TimeProvider time, CompactionReport report, Action<long, long> compacted)
{
    private readonly LakeFold<LakeSession> _fold = new(table, options, time, report);

    // By the hour in which the sessions ended.
    private readonly SortedSet<(long HourMs, long DayMs)> _groups = [];

    private readonly FinalHours _finalHours = new();
    private bool _hasLooked;

    /// <summary>Records that the sessions of a day that ended in a minute were written.</summary>
    public void Touch(long dayMs, long minuteMs) => _groups.Add((LakeLayout.HourOf(minuteMs), dayMs));

    /// <summary>Compacts what is final.</summary>
    /// <param name="finalBeforeMs">Minutes that end at or before this time are final, epoch milliseconds.</param>
    /// <param name="isEnd">Whether this is the last pass, which waits neither for the grace period nor for a next pass.</param>
    /// <param name="cancellationToken">Cancels between two steps.</param>
    public async Task RunAsync(long finalBeforeMs, bool isEnd, CancellationToken cancellationToken)
    {
        if (!_hasLooked || (options.OthersWrite && !TryAddHours(finalBeforeMs)))
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
            _hasLooked = true;
            _finalHours.GoOnFrom(LakeLayout.HourOf(finalBeforeMs));
        }

        _fold.Begin(isEnd);
        while (_fold.HasBudget && _groups.Count > 0 && IsFinal(_groups.Min.HourMs, finalBeforeMs))
        {
            (long hour, long day) = _groups.Min;
            _groups.Remove((hour, day));
            await _fold.TryAsync(() => CompactAsync(day, hour, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        await _fold.DeleteDueAsync(isEnd, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsFinal(long hourMs, long finalBeforeMs) => hourMs <= finalBeforeMs - LakeLayout.HourMs;

    /// <summary>
    /// Adds the hours that have become final since the last pass, unless they are too many. The files of an hour's own day tell which other days
    /// have some.
    /// </summary>
    private bool TryAddHours(long finalBeforeMs) =>
        _finalHours.TryAdd(hour => IsFinal(hour, finalBeforeMs), hour => Touch(LakeLayout.DayOf(hour), hour));

    /// <summary>Finds the work that an earlier or another process has left.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Dictionary<(long HourMs, long DayMs), int> files = [];
        await foreach (LakeEntry entry in table.Files.ListAsync(table.Path, cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.SessionsOfFile(entry.Path) is { } file)
            {
                (long HourMs, long DayMs) group = (LakeLayout.HourOf(file.EndedMs), file.DayMs);
                files[group] = files.GetValueOrDefault(group) + 1;
            }
        }

        _groups.UnionWith(files.Where(group => group.Value > 1).Select(group => group.Key));
    }

    private async Task CompactAsync(long day, long hour, CancellationToken cancellationToken)
    {
        LakeGroup group = new(
            LakeLayout.DayFolder(table.Path, day),
            LakeLayout.EndedHourFile(day, hour),
            path => LakeLayout.SessionsOfFile(path) is { } file && LakeLayout.HourOf(file.EndedMs) == hour,
            () => _groups.Add((hour, day)));
        if (await _fold.FoldAsync(group, cancellationToken).ConfigureAwait(false) is not { } held)
        {
            return;
        }

        compacted(day, hour);
        if (options.OthersWrite)
        {
            foreach (long other in held.SelectMany(key => key.OtherDays).Distinct())
            {
                _groups.Add((hour, other));
            }
        }
    }
}
