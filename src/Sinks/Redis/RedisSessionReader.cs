using System.Runtime.CompilerServices;
using StackExchange.Redis;
using Tidemark.Core;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Redis;

/// <summary>Reads the sessions that <see cref="RedisSink"/> has written. Those that have expired are skipped. Thread-safe.</summary>
internal sealed class RedisSessionReader(RedisConnection connection)
{
    private const long DayMs = 86_400_000;

    private readonly RedisKeys _keys = connection.Keys;

    /// <summary>The sessions that start in a range: by day of the start, then by the minute of the end, then by start and id.</summary>
    public async IAsyncEnumerable<SessionRow> ReadAsync(Interval range, string? user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Nothing ends before it starts.
        RedisValue[] members = await connection.RunAsync(
            db => db.SortedSetRangeByScoreAsync(_keys.RecentSessions, range.StartMs / 1000d), cancellationToken).ConfigureAwait(false);
        List<SessionRow> rows = [];
        foreach (RedisKey[] some in members.Select(member => (RedisKey)(string?)member).Chunk(RedisReader.MaxInOneRead))
        {
            rows.AddRange(await ReadAsync(some, range, user, cancellationToken).ConfigureAwait(false));
        }

        foreach (SessionRow row in SessionRow.Once(rows)
            .OrderBy(row => EventTime.Floor(row.Session.StartMs, DayMs)).ThenBy(row => row.EndedMinute.StartMs)
            .ThenBy(row => row, SessionRow.ByStart))
        {
            yield return row;
        }
    }

    /// <summary>The last sessions that start in a range, by start and id.</summary>
    public async Task<IReadOnlyList<SessionRow>> ReadLastAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        LastSessions last = new(count);
        for (int skip = 0; ; skip += RedisReader.MaxInOneRead)
        {
            SortedSetEntry[] some = await connection.RunAsync(
                db => db.SortedSetRangeByRankWithScoresAsync(
                    _keys.RecentSessions, skip, skip + RedisReader.MaxInOneRead - 1, Order.Descending),
                cancellationToken).ConfigureAwait(false);
            RedisKey[] keys = [.. some.Select(entry => (RedisKey)(string?)entry.Element)];
            last.Add(await ReadAsync(keys, range, user, cancellationToken).ConfigureAwait(false));

            // Those that are left ended no later than the last one here, so none of them started after that.
            if (some.Length < RedisReader.MaxInOneRead || last.IsFullFrom((long)(some[^1].Score * 1000) + 2))
            {
                return last.Take();
            }
        }
    }

    /// <summary>The last sessions to end, by end and id.</summary>
    public async Task<IReadOnlyList<SessionRow>> ReadLastEndedAsync(int count, CancellationToken cancellationToken)
    {
        List<SessionRow> rows = [];
        int atOnce = Math.Min(count, RedisReader.MaxInOneRead);
        for (int skip = 0; ; skip += atOnce)
        {
            RedisValue[] some = await connection.RunAsync(
                db => db.SortedSetRangeByRankAsync(_keys.RecentSessions, skip, skip + atOnce - 1, Order.Descending),
                cancellationToken).ConfigureAwait(false);
            RedisKey[] keys = [.. some.Select(member => (RedisKey)(string?)member)];
            rows.AddRange(await ReadAsync(keys, new Interval(long.MinValue, long.MaxValue), null, cancellationToken).ConfigureAwait(false));
            IReadOnlyList<SessionRow> last = SessionRow.LastEnded(rows, count);
            if (last.Count == count || some.Length < atOnce)
            {
                return last;
            }
        }
    }

    private async Task<IEnumerable<SessionRow>> ReadAsync(RedisKey[] keys, Interval range, string? user, CancellationToken cancellationToken)
    {
        if (keys.Length == 0)
        {
            return [];
        }

        RedisValue[] values = await connection.RunAsync(db => db.StringGetAsync(keys), cancellationToken).ConfigureAwait(false);
        return [.. keys.Zip(values).Where(pair => !pair.Second.IsNull)
            .Select(pair => RedisReader.Parse(connection, pair.First, pair.Second, static utf8 => SessionJson.Read(utf8)))
            .Where(row => range.Contains(row.Session.StartMs) && (user is null || row.Session.UserId == user))];
    }
}
