using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// The table <c>sessions</c>, written forward-only. The sessions of a minute are in one file for each day on which one of them started. The file of
/// the minute's own day is always there, if only with no rows; it is written first and tells the other days that have or had a file of the
/// minute. So whoever writes a minute finds all its files, also those that a process left behind that died in between, and brings them to one
/// revision.
/// </summary>
internal sealed class LakeSessions
{
    private const int Attempts = 5;
    private const int RowsPerGroup = 20_000;
    private const int MaxCached = 64;

    private readonly LakeFiles _files;
    private readonly LakeTable<LakeSession> _table;
    private readonly LakeSessionCompactor _compactor;

    // What the files of hours hold that are being written, the latest last.
    private readonly LinkedList<(long DayMs, long HourMs, IReadOnlyDictionary<Interval, LakeKey> Held)> _hours = new();

    private long _finalBeforeMs = long.MinValue;

    /// <param name="files">The lake's files.</param>
    /// <param name="options">The options of the lake.</param>
    /// <param name="time">The clock for the grace period.</param>
    /// <param name="report">Receives the results of compaction.</param>
    public LakeSessions(LakeFiles files, LakeOptions options, TimeProvider time, CompactionReport report)
    {
        _files = files;
        _table = new LakeTable<LakeSession>(
            files, LakeLayout.SessionTable, LakeSessionSchemas.Rows, LakeSessionSchemas.Keys, options.MaxSessions, RowsPerGroup,
            static (a, b) => a.HasSameContent(b));
        _compactor = new LakeSessionCompactor(_table, options, time, report, Forget);
    }

    /// <summary>Writes the sessions of a minute, unless the lake already has them.</summary>
    /// <returns>The path of the minute, and the revision that the lake had: lower than that of the sessions if they were written.</returns>
    /// <exception cref="SinkException">The lake cannot be written, or contains sessions of other events.</exception>
    public async Task<(string Path, long? Before)> WriteAsync(EndedSessions ended, CancellationToken cancellationToken)
    {
        Dictionary<long, LakeSession[]> rows = SessionRow.Of(ended).GroupBy(row => LakeLayout.DayOf(row.Session.StartMs))
            .ToDictionary(day => day.Key, day => day.Select(row => new LakeSession(row)).ToArray());
        long ownDay = LakeLayout.DayOf(ended.Minute.StartMs);
        LakeKey key = new(ended.Minute, ended.Revision) { OtherDays = [.. rows.Keys.Where(day => day != ownDay).Order()] };
        LakeKey? before = await WriteDayAsync(ownDay, key, rows.GetValueOrDefault(ownDay, []), cancellationToken).ConfigureAwait(false);
        string path = LakeLayout.EndedFile(ownDay, ended.Minute.StartMs);
        if (before?.Revision > ended.Revision)
        {
            return (path, before.Revision);
        }

        foreach (long day in key.OtherDays.Union(before?.OtherDays ?? []).Order())
        {
            LakeKey other = new(ended.Minute, ended.Revision);
            await WriteDayAsync(day, other, rows.GetValueOrDefault(day, []), cancellationToken).ConfigureAwait(false);
        }

        return (path, before?.Revision);
    }

    /// <summary>Compacts what is final.</summary>
    public async Task MarkFinalAsync(long finalBeforeMs, CancellationToken cancellationToken)
    {
        _finalBeforeMs = Math.Max(_finalBeforeMs, finalBeforeMs);
        if (_finalBeforeMs != long.MinValue)
        {
            await _compactor.RunAsync(_finalBeforeMs, isEnd: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compacts everything that is final, without waiting.</summary>
    public Task FinishAsync(CancellationToken cancellationToken) => _finalBeforeMs == long.MinValue
        ? Task.CompletedTask
        : _compactor.RunAsync(_finalBeforeMs, isEnd: true, cancellationToken);

    /// <summary>Writes one file of a minute, unless it has the revision or a higher one.</summary>
    /// <param name="day">The day of the starts.</param>
    /// <param name="key">The minute. The other days that the file knows of are added to its own.</param>
    /// <param name="rows">The sessions.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>What the lake had; null for nothing.</returns>
    private async Task<LakeKey?> WriteDayAsync(long day, LakeKey key, LakeSession[] rows, CancellationToken cancellationToken)
    {
        string path = LakeLayout.EndedFile(day, key.Window.StartMs);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            LakeRows<LakeSession>? single = await _table.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            LakeKey? existing = single?.Held[0];
            IReadOnlyList<LakeSession>? existingRows = single?.Rows;
            if (await FindInHourAsync(day, key.Window, cancellationToken).ConfigureAwait(false) is { } compacted
                && (existing is null || existing.Revision < compacted.Revision))
            {
                (existing, existingRows) = (compacted, null);
            }

            if (existing?.Revision == key.Revision)
            {
                existingRows ??= await ReadFromHourAsync(day, key.Window, cancellationToken).ConfigureAwait(false);
                RequireSameSource(path, key, existingRows, rows);
            }

            if (existing?.Revision >= key.Revision)
            {
                return existing;
            }

            LakeKey written = key with { OtherDays = [.. key.OtherDays.Union(existing?.OtherDays ?? []).Order()] };
            if (await _table.WriteHeldAsync(path, rows, [written], single?.Tag, cancellationToken).ConfigureAwait(false))
            {
                _compactor.Touch(day, key.Window.StartMs);
                return existing;
            }
        }

        throw new SinkException($"cannot write {_files.FullPath(path)}: another process keeps replacing it");
    }

    private void RequireSameSource(string path, LakeKey key, IReadOnlyList<LakeSession> existing, LakeSession[] rows)
    {
        if (!_table.AreSame(existing, rows))
        {
            throw new SinkException(string.Create(
                CultureInfo.InvariantCulture,
                $"{_files.FullPath(path)} or the file of its hour holds other sessions that ended at "
                    + $"{TimeText.Format(key.Window.StartMs)} (revision {key.Revision} with {existing.Count} sessions there, "
                    + $"{rows.Length} here): it was written from other events or under other options, or with a state that is not used now. "
                    + $"Go on with that state (--state DIR), or write to another --lake and compare."));
        }
    }

    /// <summary>What the file of an hour holds of a minute. One that another process writes meanwhile is not noticed, as in other tables.</summary>
    private async Task<LakeKey?> FindInHourAsync(long day, Interval minute, CancellationToken cancellationToken)
    {
        long hour = LakeLayout.HourOf(minute.StartMs);
        foreach ((long dayMs, long hourMs, IReadOnlyDictionary<Interval, LakeKey> known) in _hours)
        {
            if (dayMs == day && hourMs == hour)
            {
                return known.GetValueOrDefault(minute);
            }
        }

        LakeRows<LakeKey>? file = await _table.ReadKeysAsync(LakeLayout.EndedHourFile(day, hour), cancellationToken).ConfigureAwait(false);
        Dictionary<Interval, LakeKey> held = (file?.Held ?? []).ToDictionary(key => key.Window);
        _hours.AddLast((day, hour, held));
        if (_hours.Count > MaxCached)
        {
            _hours.RemoveFirst();
        }

        return held.GetValueOrDefault(minute);
    }

    private async Task<IReadOnlyList<LakeSession>> ReadFromHourAsync(long day, Interval minute, CancellationToken cancellationToken)
    {
        string path = LakeLayout.EndedHourFile(day, LakeLayout.HourOf(minute.StartMs));
        LakeRows<LakeSession>? file = await _table.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        return [.. (file?.Rows ?? []).Where(row => row.Window == minute)];
    }

    private void Forget(long day, long hour)
    {
        for (var node = _hours.First; node is not null; node = node.Next)
        {
            if (node.Value.DayMs == day && node.Value.HourMs == hour)
            {
                _hours.Remove(node);
                return;
            }
        }
    }
}
