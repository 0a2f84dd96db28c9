namespace Tidemark.Sinks.Redis;

/// <summary>
/// The atomic operations as Lua scripts. Each script decides first and changes nothing if it declines. Commands that can fail, because a
/// key exists with another type, come before those that cannot, and the key that the decision reads is written last, so that a script that
/// failed halfway is completed by running it again.
/// </summary>
internal static class RedisScripts
{
    /// <summary>
    /// Revisions and sequences are compared as text, since a Lua number is exact only up to 2^53. They are read from the JSON itself, so
    /// that there is no second key to disagree with it: a quoted value after "phase" occurs nowhere else, since maps hold numbers and
    /// quotes in keys are escaped.
    /// </summary>
    private const string Functions =
        """
        local function newer(a, b)
          if #a ~= #b then return #a > #b end
          return a > b
        end
        local function number_of(json, pattern)
          local at = json and string.find(json, '"phase":"', 1, true)
          return at and string.match(json, pattern, at)
        end
        local function revision_of(json) return number_of(json, '^"phase":"[%l_]+","revision":(%d+)') end
        local function sequence_of(json) return number_of(json, '^"phase":"live","revision":%d+,"sequence":(%d+)') end
        local function at_or_before(key, window, ending)
          local mark = redis.call('HGET', key, window)
          return mark and ending <= tonumber(mark)
        end
        local function live_at_least(key, ms)
          if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
        end
        local function close_live(live, ends, ending)
          local fields = redis.call('ZRANGEBYSCORE', ends, '-inf', ending)
          if #fields > 0 then
            redis.call('HDEL', live, unpack(fields))
            redis.call('ZREM', ends, unpack(fields))
          end
        end

        """;

    /// <summary>
    /// Publishes a closed window. Returns 1, or 0 if a result with the same or a higher revision exists or the window is final. KEYS:
    /// result, users, final_before, published_to, live, live_ends, expiries, latest, timeseries, and for minutes latest, timeseries again.
    /// ARGV: window, JSON, sketch, revision, end ms, start s, retention ms, channel.
    /// </summary>
    public const string Publish = Functions +
        """
        local window, json, sketch, revision = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local ending, retention = tonumber(ARGV[5]), tonumber(ARGV[7])
        if at_or_before(KEYS[3], window, ending) then return 0 end
        local stored = revision_of(redis.call('GET', KEYS[1]))
        if stored and not newer(revision, stored) then return 0 end

        local published = redis.call('HGET', KEYS[4], window)
        local leads = not published or ending > tonumber(published)
        if published and ending == tonumber(published) then
          local latest = revision_of(redis.call('GET', KEYS[8]))
          leads = not latest or newer(revision, latest)
        end

        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local indexes = { KEYS[7], KEYS[9], KEYS[11] }
        local expired = redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', now, 'LIMIT', 0, 1000)
        for i, index in ipairs(indexes) do
          if #expired > 0 then redis.call('ZREM', index, unpack(expired)) end
          redis.call('ZADD', index, i == 1 and now + retention or ARGV[6], KEYS[1])
          live_at_least(index, retention)
        end
        close_live(KEYS[5], KEYS[6], ending)

        if leads then
          redis.call('HSET', KEYS[4], window, ARGV[5])
          redis.call('SET', KEYS[8], json)
          if KEYS[10] then redis.call('SET', KEYS[10], json) end
        end
        if #sketch > 0 then redis.call('SET', KEYS[2], sketch, 'PX', retention) else redis.call('DEL', KEYS[2]) end
        redis.call('SET', KEYS[1], json, 'PX', retention)
        redis.call('PUBLISH', ARGV[8], json)
        return 1
        """;

    /// <summary>
    /// Publishes the sessions of a minute in place of those of a lower revision. Returns 1, or 0 if the same or a higher revision exists or the
    /// minute is final. KEYS: minute, recent, expiries, final_before, published_to. ARGV: revision, end ms, retention ms, most sessions, channel,
    /// message, what the keys of the sessions begin with; then of each session id, end s, JSON.
    /// </summary>
    public const string PublishSessions = Functions +
        """
        local revision, ending, retention = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
        local most, root, first = tonumber(ARGV[4]), ARGV[7], 8
        local mark, published = redis.call('GET', KEYS[4]), redis.call('GET', KEYS[5])
        if mark and ending <= tonumber(mark) then return 0 end
        local stored = redis.call('HGET', KEYS[1], 'revision')
        if stored and not newer(revision, stored) then return 0 end

        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function forget(keys, deletes)
          for i = 1, #keys, 1000 do
            local last = math.min(i + 999, #keys)
            if deletes then redis.call('DEL', unpack(keys, i, last)) end
            redis.call('ZREM', KEYS[2], unpack(keys, i, last))
            redis.call('ZREM', KEYS[3], unpack(keys, i, last))
          end
        end
        forget(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 1000 + #ARGV), false)

        local former, ids, gone = redis.call('HGETALL', KEYS[1]), {}, {}
        for i = first, #ARGV, 3 do
          ids[ARGV[i]] = true
          redis.call('HSET', KEYS[1], ARGV[i], '')
        end
        for i = 1, #former, 2 do
          if former[i] ~= 'revision' and not ids[former[i]] then table.insert(gone, former[i]) end
        end
        for i, id in ipairs(gone) do
          redis.call('HDEL', KEYS[1], id)
          gone[i] = root .. id
        end
        forget(gone, true)

        for i = first, #ARGV, 3 do
          local key = root .. ARGV[i]
          redis.call('ZADD', KEYS[2], ARGV[i + 1], key)
          redis.call('ZADD', KEYS[3], now + retention, key)
          redis.call('SET', key, ARGV[i + 2], 'PX', retention)
        end
        local over = redis.call('ZCARD', KEYS[2]) - most
        if over > 0 then forget(redis.call('ZRANGE', KEYS[2], 0, over - 1), true) end
        live_at_least(KEYS[2], retention)
        live_at_least(KEYS[3], retention)
        if not published or ending > tonumber(published) then redis.call('SET', KEYS[5], ARGV[2]) end
        redis.call('HSET', KEYS[1], 'revision', revision)
        redis.call('PEXPIRE', KEYS[1], retention)
        redis.call('PUBLISH', ARGV[5], ARGV[6])
        return 1
        """;

    /// <summary>
    /// Moves the time before which minutes of sessions are final forward, as <see cref="MarkFinal"/> does for windows. KEYS: final_before,
    /// published_to. ARGV: final before ms, greatest date ms.
    /// </summary>
    public const string MarkSessionsFinal =
        """
        local mark, known = ARGV[1], redis.call('GET', KEYS[1])
        if tonumber(mark) > tonumber(ARGV[2]) then mark = redis.call('GET', KEYS[2]) end
        if not mark or (known and tonumber(mark) <= tonumber(known)) then return 0 end
        redis.call('SET', KEYS[1], mark)
        return 1
        """;

    /// <summary>
    /// Publishes a live result. Returns 1, or 0 if the window is closed, a later result exists, or there is no room for it.
    /// KEYS: final_before, published_to, live, live_ends. ARGV: window, JSON, sequence, end ms, field, retention ms, channel, most fields.
    /// </summary>
    public const string Live = Functions +
        """
        local window, json, sequence, field = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
        local ending, retention, most = tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[8])
        if at_or_before(KEYS[1], window, ending) or at_or_before(KEYS[2], window, ending) then return 0 end
        local stored = sequence_of(redis.call('HGET', KEYS[3], field))
        if stored and not newer(sequence, stored) then return 0 end
        if not stored then
          local over = redis.call('ZCARD', KEYS[4]) + 1 - most
          if over > 0 then
            local last = redis.call('ZRANGE', KEYS[4], over - 1, over - 1, 'WITHSCORES')
            if tonumber(last[2]) >= ending then return 0 end
            local fields = redis.call('ZRANGE', KEYS[4], 0, over - 1)
            redis.call('HDEL', KEYS[3], unpack(fields))
            redis.call('ZREM', KEYS[4], unpack(fields))
          end
        end
        redis.call('ZADD', KEYS[4], ARGV[4], field)
        live_at_least(KEYS[4], retention)
        redis.call('HSET', KEYS[3], field, json)
        live_at_least(KEYS[3], retention)
        redis.call('PUBLISH', ARGV[7], json)
        return 1
        """;

    /// <summary>
    /// Moves the time before which a family is final forward. Returns 1 if it moved. A time after every date stands for everything
    /// published.
    /// KEYS: final_before, published_to, live, live_ends. ARGV: window, final before ms, greatest date ms.
    /// </summary>
    public const string MarkFinal = Functions +
        """
        local window, mark = ARGV[1], ARGV[2]
        if tonumber(mark) > tonumber(ARGV[3]) then mark = redis.call('HGET', KEYS[2], window) end
        if not mark or at_or_before(KEYS[1], window, tonumber(mark)) then return 0 end
        close_live(KEYS[3], KEYS[4], mark)
        redis.call('HSET', KEYS[1], window, mark)
        return 1
        """;

    /// <summary>Removes the live results of a family that another process has written. KEYS: live, live_ends.</summary>
    public const string ClearLive =
        """
        local fields = redis.call('ZRANGE', KEYS[2], 0, -1)
        for i = 1, #fields, 1000 do
          redis.call('HDEL', KEYS[1], unpack(fields, i, math.min(i + 999, #fields)))
        end
        redis.call('DEL', KEYS[2])
        return #fields
        """;

    /// <summary>Calls the commands that the other scripts need, without changing anything. KEYS as for <see cref="MarkFinal"/>.</summary>
    public const string Check = "redis.call('TIME') return redis.call('HGET', KEYS[1], '')";
}
