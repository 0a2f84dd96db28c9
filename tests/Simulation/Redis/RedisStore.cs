using System.Globalization;
using System.Text;

namespace Tidemark.Simulation.Redis;

/// <summary>
/// The keys of a Redis server in memory, on the virtual clock, with exactly the commands that the scripts use; any other fails. A test
/// compares it with a real server.
/// </summary>
internal sealed class RedisStore(Func<long> nowMs)
{
    private readonly Dictionary<string, RedisEntry> _keys = new(StringComparer.Ordinal);

    /// <summary>The published messages, with their channels.</summary>
    public List<(string Channel, byte[] Message)> Messages { get; } = [];

    /// <summary>The keys that have not expired.</summary>
    public IEnumerable<string> Keys => _keys.Keys.Where(key => Find(key) is not null).Order(StringComparer.Ordinal);

    /// <summary>All keys with their values.</summary>
    public Dictionary<string, RedisEntry> Copy() =>
        _keys.Where(pair => Find(pair.Key) is not null).ToDictionary(pair => pair.Key, pair => pair.Value.Copy());

    /// <summary>Restores a copy, like a failover to a lagging replica.</summary>
    public void Restore(Dictionary<string, RedisEntry> copy)
    {
        _keys.Clear();
        foreach ((string key, RedisEntry entry) in copy)
        {
            _keys.Add(key, entry.Copy());
        }
    }

    public RedisEntry? Find(string key)
    {
        if (_keys.TryGetValue(key, out RedisEntry? entry) && entry.ExpiresMs <= nowMs())
        {
            _keys.Remove(key);
            return null;
        }

        return entry;
    }

    /// <summary>Runs one command.</summary>
    /// <exception cref="RedisErrorException">The command fails, or is not supported by the model.</exception>
    public object? Run(byte[][] command)
    {
        string[] text = [.. command.Select(Latin)];
        string key = text.Length > 1 ? text[1] : "";
        switch (text[0])
        {
            case "GET":
                return Of<byte[]>(key);
            case "SET":
                _keys[key] = new RedisEntry(command[2], text.Length == 5 && text[3] == "PX" ? nowMs() + Whole(text[4]) : Plain(text.Length == 3));
                return Encoding.ASCII.GetBytes("OK");
            case "DEL":
                return text.Skip(1).LongCount(name => Find(name) is not null && _keys.Remove(name));
            case "PTTL":
                return Find(key) is not { } found ? -2L : found.ExpiresMs == long.MaxValue ? -1L : found.ExpiresMs - nowMs();
            case "PEXPIRE":
                return Expire(key, Whole(text[2]));
            case "HGET":
                return Of<Dictionary<string, byte[]>>(key)?.GetValueOrDefault(text[2]);
            case "HGETALL":
                return Of<Dictionary<string, byte[]>>(key) is { } hash
                    ? [.. hash.SelectMany(field => new[] { Bytes(field.Key), field.Value })]
                    : new List<byte[]>();
            case "HSET":
                return SetFields(Make<Dictionary<string, byte[]>>(key), command, text);
            case "HDEL":
                return Remove<Dictionary<string, byte[]>>(key, hash => text.Skip(2).LongCount(hash.Remove), hash => hash.Count);
            case "ZADD":
                return Add(Make<Dictionary<string, double>>(key), text);
            case "ZREM":
                return Remove<Dictionary<string, double>>(key, set => text.Skip(2).LongCount(set.Remove), set => set.Count);
            case "ZCARD":
                return (long)(Of<Dictionary<string, double>>(key)?.Count ?? 0);
            case "ZRANGE":
                return Range(key, text);
            case "ZRANGEBYSCORE":
                return RangeByScore(key, text);
            case "TIME":
                return new[] { Text(nowMs() / 1000), Text(nowMs() % 1000 * 1000) };
            case "PUBLISH":
                Messages.Add((key, command[2]));
                return 0L;
            default:
                throw new RedisErrorException($"ERR the model has no command '{text[0]}'");
        }
    }

    /// <summary>Formats a number as Redis does for Lua.</summary>
    public static byte[] Text(double number) => Encoding.ASCII.GetBytes(
        number == Math.Floor(number) && Math.Abs(number) < 1e17 ? ((long)number)
            .ToString(CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Members in the order of a sorted set.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Sorted(Dictionary<string, double> set) =>
        set.OrderBy(member => member.Value).ThenBy(member => member.Key, StringComparer.Ordinal);

    /// <summary>Converts bytes to characters, one for one.</summary>
    public static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] Bytes(string latin) => Encoding.Latin1.GetBytes(latin);

    private static long Plain(bool isPlain) => isPlain ? long.MaxValue : throw new RedisErrorException("ERR the model knows SET with PX only");

    private static long Whole(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
        ? number : throw new RedisErrorException("ERR value is not an integer or out of range");

    private static double Score(string text) => text switch
    {
        "-inf" => double.NegativeInfinity,
        "+inf" => double.PositiveInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double score)
            ? score
            : throw new RedisErrorException("ERR value is not a valid float"),
    };

    private static long SetFields(Dictionary<string, byte[]> hash, byte[][] command, string[] text)
    {
        long added = 0;
        for (int i = 2; i + 1 < text.Length; i += 2)
        {
            added += hash.ContainsKey(text[i]) ? 0 : 1;
            hash[text[i]] = command[i + 1];
        }

        return added;
    }

    private static long Add(Dictionary<string, double> set, string[] text)
    {
        long added = 0;
        for (int i = 2; i + 1 < text.Length; i += 2)
        {
            added += set.ContainsKey(text[i + 1]) ? 0 : 1;
            set[text[i + 1]] = Score(text[i]);
        }

        return added;
    }

    private List<byte[]> Range(string key, string[] text)
    {
        KeyValuePair<string, double>[] all = [.. Sorted(Of<Dictionary<string, double>>(key) ?? [])];
        bool withScores = text.Length > 4 && text[4] == "WITHSCORES";
        long from = Whole(text[2]) is var first && first < 0 ? Math.Max(0, first + all.Length) : first;
        long to = Whole(text[3]) is var last && last < 0 ? last + all.Length : last;
        List<byte[]> found = [];
        for (long i = from; i <= to && i < all.Length; i++)
        {
            found.Add(Bytes(all[i].Key));
            if (withScores)
            {
                found.Add(Text(all[i].Value));
            }
        }

        return found;
    }

    private List<byte[]> RangeByScore(string key, string[] text)
    {
        (double least, double most) = (Score(text[2]), Score(text[3]));
        bool isLimited = text.Length == 7 && text[4] == "LIMIT";
        int skip = isLimited ? (int)Whole(text[5]) : 0;
        int take = isLimited ? (int)Whole(text[6]) : int.MaxValue;
        return [.. Sorted(Of<Dictionary<string, double>>(key) ?? []).Where(member => member.Value >= least && member.Value <= most)
            .Skip(skip).Take(take).Select(member => Bytes(member.Key))];
    }

    private long Expire(string key, long ms)
    {
        if (Find(key) is not { } entry)
        {
            return 0;
        }

        _keys[key] = entry with { ExpiresMs = nowMs() + ms };
        return 1;
    }

    private T? Of<T>(string key)
        where T : class => Find(key) switch
        {
            null => null,
            { Value: T value } => value,
            _ => throw new RedisErrorException("WRONGTYPE Operation against a key holding the wrong kind of value"),
        };

    private T Make<T>(string key)
        where T : class, new()
    {
        if (Of<T>(key) is { } known)
        {
            return known;
        }

        T made = new();
        _keys[key] = new RedisEntry(made, long.MaxValue);
        return made;
    }

    /// <summary>Removes the key if its collection is empty.</summary>
    private long Remove<T>(string key, Func<T, long> remove, Func<T, int> count)
        where T : class
    {
        if (Of<T>(key) is not { } known)
        {
            return 0;
        }

        long removed = remove(known);
        if (count(known) == 0)
        {
            _keys.Remove(key);
        }

        return removed;
    }
}

/// <summary>The value of a key (bytes, a hash or a sorted set) and its expiry, epoch milliseconds.</summary>
internal sealed record RedisEntry(object Value, long ExpiresMs)
{
    public RedisEntry Copy() => this with
    {
        Value = Value switch
        {
            Dictionary<string, byte[]> hash => new Dictionary<string, byte[]>(hash),
            Dictionary<string, double> set => new Dictionary<string, double>(set),
            _ => Value,
        },
    };
}
