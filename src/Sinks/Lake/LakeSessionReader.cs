using System.Runtime.CompilerServices;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Reads the sessions of a lake, each once, of the highest revision of its minute, also while the lake is being written and compacted. Reads only
/// the days that a range touches, and one hour of ending at a time.
/// </summary>
internal sealed class LakeSessionReader(LakeFiles files)
{
    private const int Attempts = 10;

    /// <summary>The sessions that start in a range: by day of the start, then by the minute of the end, then by start and id.</summary>
    public async IAsyncEnumerable<SessionRow> ReadAsync(Interval range, string? user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (long day in await DaysAsync(range, cancellationToken).ConfigureAwait(false))
        {
            foreach (HourOfFiles hour in await HoursAsync(day, cancellationToken).ConfigureAwait(false))
            {
                foreach (SessionRow row in await ReadHourAsync(hour, range, user, cancellationToken).ConfigureAwait(false))
                {
                    yield return row;
                }
            }
        }
    }

    /// <summary>
    /// The last sessions that start in a range, by start and id: as many as are asked for, and those that share the start of the first of them.
    /// </summary>
    public async Task<IReadOnlyList<SessionRow>> ReadLastAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        LastSessions last = new(count);
        foreach (long day in Enumerable.Reverse(await DaysAsync(range, cancellationToken).ConfigureAwait(false)))
        {
            IReadOnlyList<HourOfFiles> hours = await HoursAsync(day, cancellationToken).ConfigureAwait(false);
            for (int i = hours.Count - 1; i >= 0; i--)
            {
                // No session starts after it has ended: those in earlier hours started before the end of this one.
                if (last.IsFullFrom(hours[i].HourMs + LakeLayout.HourMs))
                {
                    break;
                }

                last.Add(await ReadHourAsync(hours[i], range, user, cancellationToken).ConfigureAwait(false));
            }

            if (last.IsFullFrom(day))
            {
                break;
            }
        }

        return last.Take();
    }

    /// <summary>The sessions that ended in the minutes that start in a range, minute by minute, those without sessions too.</summary>
    public async IAsyncEnumerable<EndedSessions> ReadEndedAsync(Interval range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (long day in await DaysAsync(range, cancellationToken).ConfigureAwait(false))
        {
            foreach (HourOfFiles hour in await HoursAsync(day, cancellationToken).ConfigureAwait(false))
            {
                if (LakeLayout.DayOf(hour.HourMs) != day || hour.HourMs + LakeLayout.HourMs <= range.StartMs || hour.HourMs >= range.EndMs)
                {
                    continue;
                }

                Minute[] minutes = [.. (await MergeAsync(hour, cancellationToken).ConfigureAwait(false)).Values
                    .Where(minute => range.Contains(minute.Key.Window.StartMs))];
                Dictionary<long, SortedDictionary<long, Minute>> others = [];
                foreach (long other in minutes.SelectMany(minute => minute.Key.OtherDays).Distinct())
                {
                    IReadOnlyList<HourOfFiles> hours = await HoursAsync(other, cancellationToken).ConfigureAwait(false);
                    others[other] = hours.FirstOrDefault(found => found.HourMs == hour.HourMs) is { } same
                        ? await MergeAsync(same, cancellationToken).ConfigureAwait(false)
                        : [];
                }

                foreach (Minute minute in minutes)
                {
                    yield return Whole(minute, others);
                }
            }
        }
    }

    private static EndedSessions Whole(Minute minute, Dictionary<long, SortedDictionary<long, Minute>> others)
    {
        (Interval window, long revision) = (minute.Key.Window, minute.Key.Revision);
        IEnumerable<LakeSession> rows = minute.Key.OtherDays
            .Select(day => others[day].GetValueOrDefault(window.StartMs)).OfType<Minute>().Where(part => part.Key.Revision == revision)
            .SelectMany(part => part.Rows).Concat(minute.Rows);
        return new EndedSessions(
            window, revision > 1 ? Phase.Corrected : Phase.OnTime, revision, WatermarkMs: null,
            [.. rows.Select(row => row.Row).Order(SessionRow.ByStart).Select(row => row.Session)]);
    }

    /// <summary>The days within a range that have a folder, by time.</summary>
    private async Task<List<long>> DaysAsync(Interval range, CancellationToken cancellationToken) =>
        [.. (await files.ListFoldersAsync(LakeLayout.SessionTable, cancellationToken).ConfigureAwait(false))
            .Select(LakeLayout.DayOfFolder).OfType<long>()
            .Where(day => day < range.EndMs && day + LakeLayout.DayMs > range.StartMs).Order()];

    /// <summary>The files of a day by the hour in which the sessions ended.</summary>
    private async Task<IReadOnlyList<HourOfFiles>> HoursAsync(long day, CancellationToken cancellationToken)
    {
        SortedDictionary<long, HourOfFiles> hours = [];
        string folder = LakeLayout.DayFolder(LakeLayout.SessionTable, day);
        await foreach (LakeEntry entry in files.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.SessionsOfFile(entry.Path) is { } file)
            {
                long hour = LakeLayout.HourOf(file.EndedMs);
                if (!hours.TryGetValue(hour, out HourOfFiles? group))
                {
                    hours.Add(hour, group = new HourOfFiles(day, hour, []));
                }

                group.Paths.Add(entry.Path);
            }
        }

        return [.. hours.Values];
    }

    private async Task<IEnumerable<SessionRow>> ReadHourAsync(
        HourOfFiles hour, Interval range, string? user, CancellationToken cancellationToken) =>
        (await MergeAsync(hour, cancellationToken).ConfigureAwait(false)).Values
            .SelectMany(minute => minute.Rows).Select(row => row.Row)
            .Where(row => range.Contains(row.Session.StartMs) && (user is null || row.Session.UserId == user));

    /// <summary>The sessions of a day that ended in an hour, by the start of the minute.</summary>
    private async Task<SortedDictionary<long, Minute>> MergeAsync(HourOfFiles hour, CancellationToken cancellationToken)
    {
        HourOfFiles? current = hour;
        for (int attempt = 0; attempt < Attempts && current is not null; attempt++)
        {
            if (await MergeAsync(current.Paths, cancellationToken).ConfigureAwait(false) is { } minutes)
            {
                await LeaveOutReplacedAsync(hour.DayMs, minutes, current.Paths, cancellationToken).ConfigureAwait(false);
                return minutes;
            }

            // A minute's file has been deleted: its rows are in the hour's file, which a new listing contains.
            current = (await HoursAsync(hour.DayMs, cancellationToken).ConfigureAwait(false)).FirstOrDefault(now => now.HourMs == hour.HourMs);
        }

        return current is null ? [] : throw new SinkException(
            $"cannot read {files.FullPath(LakeLayout.DayFolder(LakeLayout.SessionTable, hour.DayMs))}: its files keep being replaced");
    }

    /// <summary>The rows of the highest revision of each minute; null when a file no longer exists.</summary>
    private async Task<SortedDictionary<long, Minute>?> MergeAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        SortedDictionary<long, Minute> minutes = [];
        foreach (string path in paths)
        {
            if (await LakeFormat.ReadAsync(files, path, LakeSessionSchemas.Rows, cancellationToken).ConfigureAwait(false) is not { } file)
            {
                return null;
            }

            ILookup<Interval, LakeSession> rows = file.Rows.ToLookup(row => row.Window);
            foreach (LakeKey key in file.Held)
            {
                if (!minutes.TryGetValue(key.Window.StartMs, out Minute? known) || known.Key.Revision < key.Revision)
                {
                    minutes[key.Window.StartMs] = new Minute(key, [.. rows[key.Window]]);
                }
            }
        }

        return minutes;
    }

    /// <summary>
    /// Leaves out minutes of which a correction has not reached this day yet: a minute's own day is written first, see <see cref="LakeSessions"/>.
    /// Files of hours are final.
    /// </summary>
    private async Task LeaveOutReplacedAsync(
        long day, SortedDictionary<long, Minute> minutes, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths)
        {
            if (LakeLayout.SessionsOfFile(path) is not { IsHour: false } file || LakeLayout.DayOf(file.EndedMs) == day)
            {
                continue;
            }

            string own = LakeLayout.EndedFile(LakeLayout.DayOf(file.EndedMs), file.EndedMs);
            LakeRows<LakeKey>? keys = await LakeFormat.ReadAsync(files, own, LakeSessionSchemas.Keys, cancellationToken).ConfigureAwait(false);
            if (minutes.TryGetValue(file.EndedMs, out Minute? minute) && keys?.Held[0].Revision > minute.Key.Revision)
            {
                minutes.Remove(file.EndedMs);
            }
        }
    }

    private sealed record HourOfFiles(long DayMs, long HourMs, List<string> Paths);

    private sealed record Minute(LakeKey Key, IReadOnlyList<LakeSession> Rows);
}
