using System.Globalization;
using StackExchange.Redis;

namespace Tidemark.Sinks.Redis;

/// <summary>The names of all keys and channels; docs/REDIS.md describes their content. Tidemark writes no other keys.</summary>
public sealed class RedisKeys
{
    private const string MinuteWindow = "1min";

    private readonly string _root;
    private readonly string _sessions;

    /// <summary>Creates the names with a prefix.</summary>
    public RedisKeys(string prefix)
    {
        _root = prefix + "metrics:";
        _sessions = prefix + "sessions:";
        SessionsChannelName = prefix + "sessions";
        RecentSessions = _sessions + "recent";
        SessionExpiries = _sessions + "expiries";
        SessionsFinalBefore = _sessions + "final_before";
        SessionsPublishedTo = _sessions + "published_to";
        FinalBefore = _root + "final_before";
        PublishedTo = _root + "published_to";
        Live = _root + "live";
    }

    /// <summary>Hash: family to the time before which it is final, epoch milliseconds.</summary>
    public string FinalBefore { get; }

    /// <summary>A key that is never written, read in place of <see cref="FinalBefore"/> when restoring.</summary>
    internal string NothingFinal => _root + "nothing_final";

    /// <summary>Hash: family to the latest end of a window that was published, epoch milliseconds.</summary>
    public string PublishedTo { get; }

    /// <summary>Hash: <c>{window}:{start}</c> of an open window to its live result.</summary>
    public string Live { get; }

    /// <summary>Sorted set: the keys of sessions by their end, epoch seconds.</summary>
    public string RecentSessions { get; }

    /// <summary>String: minutes that end at or before this time, epoch milliseconds, are final.</summary>
    public string SessionsFinalBefore { get; }

    /// <summary>String: the latest end of a minute whose sessions were published, epoch milliseconds.</summary>
    public string SessionsPublishedTo { get; }

    /// <summary>Sorted set: the keys of sessions by expiry time.</summary>
    internal string SessionExpiries { get; }

    /// <summary>The channel of all publications of sessions.</summary>
    public RedisChannel SessionsChannel => new(SessionsChannelName, RedisChannel.PatternMode.Literal);

    internal string SessionsChannelName { get; }

    /// <summary>String: a session as JSON.</summary>
    /// <param name="endedMinuteMs">The start of the minute in which it ended, epoch milliseconds.</param>
    /// <param name="id">The session's id.</param>
    public string Session(long endedMinuteMs, string id) => SessionsOf(endedMinuteMs) + id;

    /// <summary>What the keys of the sessions of a minute begin with.</summary>
    internal string SessionsOf(long endedMinuteMs) => $"{_sessions}{Seconds(endedMinuteMs)}:";

    /// <summary>Hash: the ids of the sessions of a minute, and its revision.</summary>
    /// <param name="endedMinuteMs">The start of the minute, epoch milliseconds.</param>
    public string SessionMinute(long endedMinuteMs) => $"{_sessions}minute:{Seconds(endedMinuteMs)}";

    /// <summary>String: a window's result as JSON.</summary>
    /// <param name="window">The family.</param>
    /// <param name="id">See <see cref="Id"/>.</param>
    public string Result(string window, string id) => $"{_root}{window}:{id}";

    /// <summary>String: the HyperLogLog of a window's users.</summary>
    public string Users(string window, string id) => $"{_root}{window}:{id}:users";

    /// <summary>String: the result of the latest window.</summary>
    public string Latest(string window) => $"{_root}{window}:latest";

    /// <summary>Sorted set: the keys of results by start.</summary>
    public string TimeSeries(string window) => $"{_root}{window}:timeseries";

    /// <summary>Sorted set: the keys of results by expiry time.</summary>
    internal string Expiries(string window) => $"{_root}{window}:expiries";

    /// <summary>Sorted set: the fields of <see cref="Live"/> by the ends of their windows.</summary>
    internal string LiveEnds(string window) => $"{_root}{window}:live_ends";

    /// <summary>The channel of all publications, including live ones.</summary>
    public RedisChannel Channel(string window) => new(ChannelName(window), RedisChannel.PatternMode.Literal);

    internal string ChannelName(string window) => _root + window;

    /// <summary>
    /// The additional short names for 1-minute windows, <c>metrics:timeseries</c> and <c>metrics:latest</c>; null for other families.
    /// </summary>
    internal (string TimeSeries, string Latest)? Aliases(string window) =>
        window == MinuteWindow ? (_root + "timeseries", _root + "latest") : null;

    /// <summary>Two keys in different slots, unless the prefix has a hash tag.</summary>
    internal (string, string) Probes => (_root + "probe:a", _root + "probe:b");

    /// <summary>
    /// The id of a window in a key: its start in epoch seconds; for cumulative windows, which share a start, <c>start-end</c>.
    /// </summary>
    /// <param name="startMs">The window's start, epoch milliseconds.</param>
    /// <param name="cumulativeEndMs">The window's end, epoch milliseconds; null unless the family is cumulative.</param>
    public static string Id(long startMs, long? cumulativeEndMs = null) =>
        cumulativeEndMs is { } end ? $"{Seconds(startMs)}-{Seconds(end)}" : Seconds(startMs);

    /// <summary>Epoch seconds, with three fraction digits for times that are not whole seconds.</summary>
    internal static string Seconds(long epochMs) =>
        epochMs % 1000 == 0
            ? (epochMs / 1000).ToString(CultureInfo.InvariantCulture)
            : (epochMs / 1000m).ToString("0.000", CultureInfo.InvariantCulture);
}
