namespace Tidemark.Core.Sessions;

/// <summary>How the events of a user become sessions. Immutable.</summary>
public sealed record SessionOptions
{
    /// <summary>The longest time from the start of a session until it has ended, under any valid options.</summary>
    public static TimeSpan LongestToEnd { get; } = TimeSpan.FromDays(31);

    /// <summary>
    /// The longest silence within a session: an event at most this long after (or before) another one of the user belongs to the same session.
    /// 1 s to 1 day; default 30 min.
    /// </summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The greatest length of a session, at least twice the gap, up to 30 days; default 24 h. A visit that goes on is cut, see
    /// <see cref="SessionRules"/>.
    /// </summary>
    public TimeSpan MaxLength { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// The number of sessions kept at a time, open ones and those that can still change; 1 to 100,000,000, default 5,000,000. Beyond it the
    /// events of a user without a session start none; they are counted as left out.
    /// </summary>
    public int MaxOpen { get; init; } = 5_000_000;

    /// <summary>
    /// The number of distinct pages kept of a session, 1 to 1,000; default 100. Of more, the first in the order of their bytes are kept.
    /// </summary>
    public int MaxPages { get; init; } = 100;

    /// <summary>Whether the user ids of what is published are to be replaced. The host then provides <see cref="Pseudonyms"/>.</summary>
    public bool Pseudonymize { get; init; }

    /// <summary>Replaces the user ids of what is published; null publishes them as they are. It has a secret key.</summary>
    public UserPseudonyms? Pseudonyms { get; init; }

    /// <summary>Checks all options. Each mistake names the key, the expected and the actual value.</summary>
    public IEnumerable<string> Validate()
    {
        if (Durations.Mistake("sessions.gap", Gap, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) is { } gap)
        {
            yield return gap;
        }

        TimeSpan least = Gap > TimeSpan.Zero && Gap <= TimeSpan.FromDays(1) ? 2 * Gap : TimeSpan.FromSeconds(2);
        if (Durations.Mistake("sessions.maxLength", MaxLength, least, TimeSpan.FromDays(30)) is { } length)
        {
            yield return length;
        }

        if (MaxOpen is < 1 or > 100_000_000)
        {
            yield return $"sessions.maxOpen: expected 1 to 100000000, got {MaxOpen}";
        }

        if (MaxPages is < 1 or > 1000)
        {
            yield return $"sessions.maxPages: expected 1 to 1000, got {MaxPages}";
        }
    }
}
