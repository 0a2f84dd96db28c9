using System.Runtime.CompilerServices;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Reads the sessions of a lake, each once, of the highest revision of its minute, also while the lake is being written and compacted. Reads only
/// the days that a range touches, and holds the sessions that ended in one minute, or of one compacted hour, at a time.
/// </summary>
internal sealed class LakeSessionReader(LakeFiles files)
{
    private const int Attempts = 10;

    /// <summary>The sessions that start in a range: by day of the start, then by the minute of the end, then by start and id.</summary>
    public async IAsyncEnumerable<SessionRow> ReadAsync(Interval range, string? user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (long day in await DaysAsync(range, cancellationToken).ConfigureAwait(false))
        {
            foreach (Part part in await PartsAsync(day, cancellationToken).ConfigureAwait(false))
            {
                foreach (SessionRow row in await ReadAsync(part, range, user, cancellationToken).ConfigureAwait(false))
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
            foreach (Part part in Enumerable.Reverse(await PartsAsync(day, cancellationToken).ConfigureAwait(false)))
            {
                // No session starts after it has ended: those in this part and in earlier ones started before the end of this one.
                if (last.IsFullFrom(part.Ended.EndMs))
                {
                    break;
                }

                last.Add(await ReadAsync(part, range, user, cancellationToken).ConfigureAwait(false));
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
            foreach (Part part in await PartsAsync(day, cancellationToken).ConfigureAwait(false))
            {
                if (LakeLayout.DayOf(part.Ended.StartMs) != day || !Overlap(part.Ended, range))
                {
                    continue;
                }

                Minute[] minutes = [.. (await MergeAsync(part, cancellationToken).ConfigureAwait(false)).Values
                    .Where(minute => range.Contains(minute.Key.Window.StartMs))];
                Dictionary<long, Dictionary<long, Minute>> others = [];
                foreach (long other in minutes.SelectMany(minute => minute.Key.OtherDays).Distinct())
                {
                    others[other] = await ReadOtherAsync(other, part.Ended, cancellationToken).ConfigureAwait(false);
                }

                foreach (Minute minute in minutes)
                {
                    yield return Whole(minute, others);
                }
            }
        }
    }

    /// <summary>The sessions of another day that ended in the same time, by the start of the minute.</summary>
    private async Task<Dictionary<long, Minute>> ReadOtherAsync(long day, Interval ended, CancellationToken cancellationToken)
    {
        Dictionary<long, Minute> minutes = [];
        foreach (Part part in await PartsAsync(day, cancellationToken).ConfigureAwait(false))
        {
            foreach ((long start, Minute minute) in Overlap(part.Ended, ended) ? await MergeAsync(part, cancellationToken).ConfigureAwait(false) : [])
            {
                minutes[start] = minute;
            }
        }

        return minutes;
    }

    private static EndedSessions Whole(Minute minute, Dictionary<long, Dictionary<long, Minute>> others)
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

    /// <summary>The files of a day by the time in which the sessions ended: by the hour where there is a file of it, else by the minute.</summary>
    private async Task<IReadOnlyList<Part>> PartsAsync(long day, CancellationToken cancellationToken)
    {
        List<(string Path, long EndedMs, bool IsHour)> all = [];
        string folder = LakeLayout.DayFolder(LakeLayout.SessionTable, day);
        await foreach (LakeEntry entry in files.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.SessionsOfFile(entry.Path) is { } file)
            {
                all.Add((entry.Path, file.EndedMs, file.IsHour));
            }
        }

        HashSet<long> hours = [.. all.Where(file => file.IsHour).Select(file => file.EndedMs)];
        return [.. all.GroupBy(file => hours.Contains(LakeLayout.HourOf(file.EndedMs)) ? HourOf(file.EndedMs) : SessionRules.MinuteOf(file.EndedMs))
            .OrderBy(part => part.Key.StartMs).Select(part => new Part(day, part.Key, [.. part.Select(file => file.Path)]))];
    }

    private static Interval HourOf(long timeMs) => new(LakeLayout.HourOf(timeMs), LakeLayout.HourOf(timeMs) + LakeLayout.HourMs);

    private static bool Overlap(Interval a, Interval b) => a.StartMs < b.EndMs && b.StartMs < a.EndMs;

    private async Task<IEnumerable<SessionRow>> ReadAsync(Part part, Interval range, string? user, CancellationToken cancellationToken) =>
        (await MergeAsync(part, cancellationToken).ConfigureAwait(false)).Values
            .SelectMany(minute => minute.Rows).Select(row => row.Row)
            .Where(row => range.Contains(row.Session.StartMs) && (user is null || row.Session.UserId == user));

    /// <summary>The sessions of a part, by the start of the minute in which they ended.</summary>
    private async Task<SortedDictionary<long, Minute>> MergeAsync(Part part, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> paths = part.Paths;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (await MergeAsync(paths, part.Ended, cancellationToken).ConfigureAwait(false) is { } minutes)
            {
                await LeaveOutReplacedAsync(part.DayMs, minutes, paths, cancellationToken).ConfigureAwait(false);
                return minutes;
            }

            // A minute's file has been deleted: its rows are in the hour's file, which a new listing contains.
            paths = [.. (await PartsAsync(part.DayMs, cancellationToken).ConfigureAwait(false))
                .Where(now => Overlap(now.Ended, part.Ended)).SelectMany(now => now.Paths)];
        }

        throw new SinkException(
            $"cannot read {files.FullPath(LakeLayout.DayFolder(LakeLayout.SessionTable, part.DayMs))}: its files keep being replaced");
    }

    /// <summary>The rows of the highest revision of each minute; null when a file no longer exists.</summary>
    private async Task<SortedDictionary<long, Minute>?> MergeAsync(
        IReadOnlyList<string> paths, Interval ended, CancellationToken cancellationToken)
    {
        SortedDictionary<long, Minute> minutes = [];
        foreach (string path in paths)
        {
            if (await LakeFormat.ReadAsync(files, path, LakeSessionSchemas.Rows, cancellationToken).ConfigureAwait(false) is not { } file)
            {
                return null;
            }

            ILookup<Interval, LakeSession> rows = file.Rows.ToLookup(row => row.Window);
            foreach (LakeKey key in file.Held.Where(key => ended.Contains(key.Window.StartMs)))
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

    /// <summary>The sessions that started on a day and ended in a time.</summary>
    private sealed record Part(long DayMs, Interval Ended, IReadOnlyList<string> Paths);

    private sealed record Minute(LakeKey Key, IReadOnlyList<LakeSession> Rows);
}
