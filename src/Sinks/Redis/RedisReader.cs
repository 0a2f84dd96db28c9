using System.Runtime.CompilerServices;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Redis;

/// <summary>The number of distinct users over several windows.</summary>
/// <param name="Estimate">The estimate by HyperLogLog, standard error 0.81 %. A user is counted once.</param>
/// <param name="Windows">The number of requested windows that are still in Redis; the others do not contribute.</param>
public readonly record struct UniqueUsers(long Estimate, int Windows);

/// <summary>
/// Reads the results that <see cref="RedisSink"/> has written. Needs no definitions of window families. Expired results are skipped.
/// Thread-safe.
/// </summary>
/// <param name="connection">The connection, which the caller disposes of.</param>
public sealed class RedisReader(RedisConnection connection) : IResultReader
{
    internal const int MaxInOneRead = 500;

    private readonly RedisKeys _keys = connection.Keys;
    private readonly RedisSessionReader _sessions = new(connection);

    /// <inheritdoc/>
    public string Name => connection.Name;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListFamiliesAsync(CancellationToken cancellationToken)
    {
        RedisValue[] families = await connection.RunAsync(db => db.HashKeysAsync(_keys.PublishedTo), cancellationToken).ConfigureAwait(false);
        return [.. families.Select(family => family.ToString()).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The members come by start; of windows that share one, the reading of a chunk puts the shorter first.
        foreach (RedisKey[] some in (await KeysOfAsync(family, range.StartMs, range.EndMs, cancellationToken).ConfigureAwait(false))
            .Chunk(MaxInOneRead))
        {
            List<WindowResult> results = [.. (await ReadAsync(some, cancellationToken).ConfigureAwait(false)).Select(pair => pair.Result)];
            results.Sort(ByStartAndEnd);
            foreach (WindowResult result in results)
            {
                yield return result;
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken)
    {
        if (range == new Interval(long.MinValue, long.MaxValue))
        {
            return await LastAsync(family, count, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<WindowResult> results = await RangeAsync(family, range.StartMs, range.EndMs, cancellationToken).ConfigureAwait(false);
        return [.. results.Skip(results.Count - count)];
    }

    /// <inheritdoc/>
    public async Task<UserCount> CountUsersAsync(string family, Interval range, CancellationToken cancellationToken)
    {
        List<(RedisKey Key, WindowResult Result)> inside =
            [.. (await ReadWithKeysAsync(family, range.StartMs, range.EndMs, cancellationToken).ConfigureAwait(false))
            .Where(pair => pair.Result.EndMs <= range.EndMs)];
        if (inside.Count == 0)
        {
            return new UserCount(0, IsExact: true, 0, null);
        }

        Interval covered = new(inside.Min(pair => pair.Result.StartMs), inside.Max(pair => pair.Result.EndMs));
        if (inside.Count == 1)
        {
            return new UserCount(inside[0].Result.UniqueUsers, inside[0].Result.UniqueUsersExact, 1, covered);
        }

        UniqueUsers users = await CountUsersAsync([.. inside.Select(pair => pair.Key.Append(":users"))], cancellationToken).ConfigureAwait(false);
        return new UserCount(users.Estimate, IsExact: false, users.Windows, covered);
    }

    /// <summary>The latest closed window of a family; null when there is none.</summary>
    /// <exception cref="SinkException">Redis cannot be read, or the key holds something else.</exception>
    public Task<WindowResult?> LatestAsync(string window, CancellationToken cancellationToken) => ReadAsync(_keys.Latest(window), cancellationToken);

    /// <summary>One window; null when it does not exist or has expired.</summary>
    /// <param name="window">The family.</param>
    /// <param name="startMs">Its start, epoch milliseconds.</param>
    /// <param name="cumulativeEndMs">Its end, epoch milliseconds; only for cumulative windows, which share a start.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">Redis cannot be read, or the key holds something else.</exception>
    public Task<WindowResult?> GetAsync(string window, long startMs, long? cumulativeEndMs, CancellationToken cancellationToken) =>
        ReadAsync(_keys.Result(window, RedisKeys.Id(startMs, cumulativeEndMs)), cancellationToken);

    /// <summary>The windows of a family that start in <c>[fromMs, toMs)</c>, by start and then by end.</summary>
    /// <exception cref="SinkException">Redis cannot be read, or a key holds something else.</exception>
    public async Task<IReadOnlyList<WindowResult>> RangeAsync(string window, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        List<WindowResult> results =
            [.. (await ReadWithKeysAsync(window, fromMs, toMs, cancellationToken).ConfigureAwait(false)).Select(pair => pair.Result)];
        results.Sort(ByStartAndEnd);
        return results;
    }

    /// <summary>The last <paramref name="count"/> windows of a family that have not expired, oldest first.</summary>
    /// <exception cref="SinkException">Redis cannot be read, or a key holds something else.</exception>
    public async Task<IReadOnlyList<WindowResult>> LastAsync(string window, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        List<WindowResult> results = [];
        for (int skip = 0; results.Count < count;)
        {
            RedisKey[] some = ToKeys(await connection.RunAsync(
                db => db.SortedSetRangeByRankAsync(_keys.TimeSeries(window), skip, skip + MaxInOneRead - 1, Order.Descending),
                cancellationToken).ConfigureAwait(false));
            if (some.Length == 0)
            {
                break;
            }

            RedisValue[] values = await connection.RunAsync(db => db.StringGetAsync(some), cancellationToken).ConfigureAwait(false);
            results.AddRange(some.Zip(values).Where(pair => !pair.Second.IsNull)
                .Take(count - results.Count).Select(pair => Parse(pair.First, pair.Second)));
            skip += some.Length;
        }

        results.Sort(ByStartAndEnd);
        return results;
    }

    /// <summary>The live results of all families, by family, start and end.</summary>
    /// <exception cref="SinkException">Redis cannot be read, or the key holds something else.</exception>
    public async Task<IReadOnlyList<WindowResult>> LiveAsync(CancellationToken cancellationToken)
    {
        HashEntry[] entries = await connection.RunAsync(db => db.HashGetAllAsync(_keys.Live), cancellationToken).ConfigureAwait(false);
        return [.. entries
            .Select(entry => Parse(_keys.Live, entry.Value))
            .OrderBy(result => result.Window, StringComparer.Ordinal).ThenBy(result => result.StartMs).ThenBy(result => result.EndMs)];
    }

    /// <summary>
    /// The time such that windows of the family that end at or before it are final, epoch milliseconds; null when none is final.
    /// </summary>
    /// <exception cref="SinkException">Redis cannot be read.</exception>
    public async Task<long?> FinalBeforeAsync(string window, CancellationToken cancellationToken)
    {
        RedisValue value = await connection.RunAsync(db => db.HashGetAsync(_keys.FinalBefore, window), cancellationToken).ConfigureAwait(false);
        return value.IsNull ? null : (long)value;
    }

    /// <summary>Distinct users over the windows of a family that start in <c>[fromMs, toMs)</c>.</summary>
    /// <exception cref="SinkException">Redis cannot be read.</exception>
    public async Task<UniqueUsers> UniqueUsersAsync(string window, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        RedisKey[] results = await KeysOfAsync(window, fromMs, toMs, cancellationToken).ConfigureAwait(false);
        return await CountUsersAsync([.. results.Select(key => key.Append(":users"))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Distinct users over any windows, of one family or several.</summary>
    /// <param name="windows">The family, the start and, only for cumulative windows, the end of each window.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">Redis cannot be read.</exception>
    public Task<UniqueUsers> UniqueUsersAsync(
        IEnumerable<(string Window, long StartMs, long? CumulativeEndMs)> windows, CancellationToken cancellationToken) =>
        CountUsersAsync(
            [.. windows.Select(one => (RedisKey)_keys.Users(one.Window, RedisKeys.Id(one.StartMs, one.CumulativeEndMs)))], cancellationToken);

    /// <summary>The same results with their users' sketches, which the JSON lacks. A sketch that has expired stays empty.</summary>
    /// <param name="results">Results that were read here.</param>
    /// <param name="sharesStarts">Whether windows of their family share a start (cumulative windows).</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">Redis cannot be read.</exception>
    public async Task<IReadOnlyList<WindowResult>> WithSketchesAsync(
        IReadOnlyList<WindowResult> results, bool sharesStarts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(results);
        RedisKey[] keys = [.. results.Select(result =>
            (RedisKey)_keys.Users(result.Window, RedisKeys.Id(result.StartMs, sharesStarts ? result.EndMs : null)))];
        RedisValue[] sketches = await connection.RunAsync(db => db.StringGetAsync(keys), cancellationToken).ConfigureAwait(false);
        return [.. results.Zip(sketches, static (result, sketch) => result with { UsersSketch = (byte[]?)sketch ?? [] })];
    }

    /// <inheritdoc/>
    /// <remarks>At most <see cref="RedisOptions.MaxSessions"/> are there: they are read before the first is returned.</remarks>
    public IAsyncEnumerable<SessionRow> ReadSessionsAsync(Interval range, string? user, CancellationToken cancellationToken) =>
        _sessions.ReadAsync(range, user, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _sessions.ReadLastAsync(range, user, count, cancellationToken);
    }

    /// <summary>The last sessions to end, by end and id, whenever they started.</summary>
    /// <param name="count">The number of sessions, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    public Task<IReadOnlyList<SessionRow>> ReadLastEndedAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _sessions.ReadLastEndedAsync(count, cancellationToken);
    }

    private async Task<List<(RedisKey Key, WindowResult Result)>> ReadWithKeysAsync(
        string window, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        List<(RedisKey, WindowResult)> results = [];
        foreach (RedisKey[] some in (await KeysOfAsync(window, fromMs, toMs, cancellationToken).ConfigureAwait(false)).Chunk(MaxInOneRead))
        {
            results.AddRange(await ReadAsync(some, cancellationToken).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>The results under some keys, those that have expired left out.</summary>
    private async Task<IEnumerable<(RedisKey Key, WindowResult Result)>> ReadAsync(RedisKey[] keys, CancellationToken cancellationToken)
    {
        RedisValue[] values = await connection.RunAsync(db => db.StringGetAsync(keys), cancellationToken).ConfigureAwait(false);
        return keys.Zip(values).Where(pair => !pair.Second.IsNull).Select(pair => (pair.First, Parse(pair.First, pair.Second)));
    }

    private static int ByStartAndEnd(WindowResult a, WindowResult b) => (a.StartMs, a.EndMs).CompareTo((b.StartMs, b.EndMs));

    private async Task<UniqueUsers> CountUsersAsync(RedisKey[] users, CancellationToken cancellationToken)
    {
        if (users.Length == 0)
        {
            return default;
        }

        object[] keys = [.. users.Select(key => (object)key)];
        RedisResult[] answers = await connection.RunAsync(
            db => Task.WhenAll(db.ExecuteAsync("PFCOUNT", keys), db.ExecuteAsync("EXISTS", keys)), cancellationToken).ConfigureAwait(false);
        return new UniqueUsers((long)answers[0], (int)answers[1]);
    }

    private async Task<RedisKey[]> KeysOfAsync(string window, long fromMs, long toMs, CancellationToken cancellationToken) =>
        ToKeys(await connection.RunAsync(
            db => db.SortedSetRangeByScoreAsync(_keys.TimeSeries(window), fromMs / 1000d, toMs / 1000d, Exclude.Stop),
            cancellationToken).ConfigureAwait(false));

    private static RedisKey[] ToKeys(RedisValue[] members) => [.. members.Select(member => (RedisKey)(string?)member)];

    private async Task<WindowResult?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        RedisValue value = await connection.RunAsync(db => db.StringGetAsync(key), cancellationToken).ConfigureAwait(false);
        return value.IsNull ? null : Parse(key, value);
    }

    private WindowResult Parse(RedisKey key, RedisValue json) => Parse(connection, key, json, static utf8 => ResultJson.Read(utf8));

    /// <summary>Parses what a key holds.</summary>
    internal static T Parse<T>(RedisConnection connection, RedisKey key, RedisValue json, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            return parse((byte[]?)json);
        }
        catch (InvalidDataException error)
        {
            throw new SinkException($"{connection.Name}: the key {key} holds something that Tidemark did not write: {error.Message}", error);
        }
    }
}
