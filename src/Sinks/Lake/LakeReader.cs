using System.Runtime.CompilerServices;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Reads the windows of a lake, each once with its highest revision, also while the lake is being written and compacted. Reads only the
/// hour folders that a range touches, one at a time.
/// </summary>
/// <param name="files">The lake's files.</param>
public sealed class LakeReader(LakeFiles files) : IResultReader
{
    private const int Attempts = 10;

    private static readonly string TablePrefix = LakeLayout.Table("");

    private readonly LakeSessionReader _sessions = new(files);

    /// <inheritdoc/>
    public string Name => files.Root;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListFamiliesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> folders = await files.ListFoldersAsync("", cancellationToken).ConfigureAwait(false);
        HashSet<string> tables = [.. folders.Where(name => name.StartsWith(TablePrefix, StringComparison.Ordinal))];
        tables.Remove(LakeLayout.BreakdownName);
        tables.Remove(LakeLayout.Daily(LakeLayout.BreakdownName));
        foreach (string table in folders)
        {
            tables.Remove(LakeLayout.Daily(table));
        }

        return [.. tables.Select(table => table[TablePrefix.Length..]).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (long day in await DaysAsync(family, range, cancellationToken).ConfigureAwait(false))
        {
            foreach (HourOfFiles hour in await HoursAsync(family, day, range, cancellationToken).ConfigureAwait(false))
            {
                foreach (LakeRow row in await ReadHourAsync(hour, LakeSchemas.Windows, range, cancellationToken).ConfigureAwait(false))
                {
                    yield return row.Result;
                }
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        List<WindowResult> last = [];
        foreach (long day in Enumerable.Reverse(await DaysAsync(family, range, cancellationToken).ConfigureAwait(false)))
        {
            foreach (HourOfFiles hour in Enumerable.Reverse(await HoursAsync(family, day, range, cancellationToken).ConfigureAwait(false)))
            {
                List<LakeRow> rows = await ReadHourAsync(hour, LakeSchemas.Windows, range, cancellationToken).ConfigureAwait(false);
                for (int i = rows.Count - 1; i >= 0 && last.Count < count; i--)
                {
                    last.Add(rows[i].Result);
                }

                if (last.Count == count)
                {
                    last.Reverse();
                    return last;
                }
            }
        }

        last.Reverse();
        return last;
    }

    /// <inheritdoc/>
    public async Task<UserCount> CountUsersAsync(string family, Interval range, CancellationToken cancellationToken)
    {
        HyperLogLog all = new();
        UserCount count = new(0, true, 0, null);
        foreach (long day in await DaysAsync(family, range, cancellationToken).ConfigureAwait(false))
        {
            foreach (HourOfFiles hour in await HoursAsync(family, day, range, cancellationToken).ConfigureAwait(false))
            {
                foreach (LakeRow row in await ReadHourAsync(hour, LakeSchemas.Users, range, cancellationToken).ConfigureAwait(false))
                {
                    Interval window = row.Window;
                    if (window.EndMs <= range.EndMs)
                    {
                        all.Merge(Sketch(hour, row));
                        count = new UserCount(
                            row.Result.UniqueUsers,
                            row.Result.UniqueUsersExact,
                            count.Windows + 1,
                            count.Covered is { } covered ? new Interval(covered.StartMs, Math.Max(covered.EndMs, window.EndMs)) : window);
                    }
                }
            }
        }

        // A single window has its own number, which may be exact; several windows share users.
        return count.Windows <= 1 ? count : count with { Users = all.Estimate(), IsExact = false };
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionRow> ReadSessionsAsync(Interval range, string? user, CancellationToken cancellationToken) =>
        _sessions.ReadAsync(range, user, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _sessions.ReadLastAsync(range, user, count, cancellationToken);
    }

    /// <summary>
    /// The sessions that ended in the minutes that start in a range, as they are published: minute by minute, those without sessions too. The
    /// watermark of the publication is not known any more.
    /// </summary>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    public IAsyncEnumerable<EndedSessions> ReadEndedSessionsAsync(Interval range, CancellationToken cancellationToken) =>
        _sessions.ReadEndedAsync(range, cancellationToken);

    /// <summary>The days within a range that have a folder, by time.</summary>
    private async Task<List<long>> DaysAsync(string family, Interval range, CancellationToken cancellationToken)
    {
        List<long> days = [];
        foreach (string folder in await files.ListFoldersAsync(LakeLayout.Table(family), cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.DayOfFolder(folder) is { } day && Touches(range, day, LakeLayout.DayMs))
            {
                days.Add(day);
            }
        }

        days.Sort();
        return days;
    }

    /// <summary>The hours of a day within a range that have files, by time.</summary>
    private async Task<List<HourOfFiles>> HoursAsync(string family, long day, Interval range, CancellationToken cancellationToken)
    {
        string table = LakeLayout.Table(family);
        SortedDictionary<long, List<string>> hours = [];
        await foreach (LakeEntry entry in files.ListAsync(LakeLayout.DayFolder(table, day), cancellationToken).ConfigureAwait(false))
        {
            if (LakeLayout.HourOfFile(entry.Path) is { } hour && Touches(range, hour, LakeLayout.HourMs))
            {
                if (!hours.TryGetValue(hour, out List<string>? paths))
                {
                    hours.Add(hour, paths = []);
                }

                paths.Add(entry.Path);
            }
        }

        return [.. hours.Select(hour => new HourOfFiles(LakeLayout.HourFolder(table, hour.Key), hour.Value))];
    }

    /// <summary>The rows of an hour that start in a range, by start and end.</summary>
    private async Task<List<LakeRow>> ReadHourAsync(
        HourOfFiles hour, LakeSchema<LakeRow> columns, Interval range, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> paths = hour.Paths;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (await MergeAsync(paths, columns, cancellationToken).ConfigureAwait(false) is { } rows)
            {
                return [.. rows.Where(row => range.Contains(row.Window.StartMs))];
            }

            // A single-window file has been deleted: its row is in the hour's file, which a new listing contains.
            List<string> now = [];
            await foreach (LakeEntry entry in files.ListAsync(hour.Folder, cancellationToken).ConfigureAwait(false))
            {
                if (LakeLayout.HourOfFile(entry.Path) is not null)
                {
                    now.Add(entry.Path);
                }
            }

            paths = now;
        }

        throw new SinkException($"cannot read {files.FullPath(hour.Folder)}: its files keep being replaced");
    }

    /// <summary>The row with the highest revision of each window; null when a file no longer exists.</summary>
    private async Task<IEnumerable<LakeRow>?> MergeAsync(
        IReadOnlyList<string> paths, LakeSchema<LakeRow> columns, CancellationToken cancellationToken)
    {
        SortedDictionary<Interval, LakeRow> windows = new(LakeMerge<LakeRow>.ByStart);
        foreach (string path in paths)
        {
            if (await LakeFormat.ReadAsync(files, path, columns, cancellationToken).ConfigureAwait(false) is not { } file)
            {
                return null;
            }

            foreach (LakeRow row in file.Rows)
            {
                if (!windows.TryGetValue(row.Window, out LakeRow? known) || known.Revision < row.Revision)
                {
                    windows[row.Window] = row;
                }
            }
        }

        return windows.Values;
    }

    private HyperLogLog Sketch(HourOfFiles hour, LakeRow row)
    {
        try
        {
            return HyperLogLog.ReadRedisDense(row.Result.UsersSketch.Span);
        }
        catch (InvalidDataException error)
        {
            throw new SinkException($"cannot read users_sketch in {files.FullPath(hour.Folder)}: {error.Message.TrimEnd('.')}", error);
        }
    }

    private static bool Touches(Interval range, long startMs, long lengthMs) => startMs + lengthMs > range.StartMs && startMs < range.EndMs;

    private sealed record HourOfFiles(string Folder, IReadOnlyList<string> Paths);
}
