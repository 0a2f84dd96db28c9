using Tidemark.Core.Metrics;

namespace Tidemark.Core.Sessions;

/// <summary>
/// The sessions that started and ended in a window, mergeable. A session that changes after it was counted is taken away and counted anew, so one
/// part of a window's content may hold negative numbers; together its parts never do. Not thread-safe.
/// </summary>
public sealed class SessionCounts
{
    private DurationSketch _durations = new();

    /// <summary>Sessions whose earliest event lies in the window.</summary>
    public long Started { get; private set; }

    /// <summary>Sessions that ended in it: <see cref="SessionRules.EndedAtMs"/>.</summary>
    public long Ended { get; private set; }

    /// <summary>Those ended with one page view at most.</summary>
    public long Bounced { get; private set; }

    /// <summary>Those ended with a purchase.</summary>
    public long Converted { get; private set; }

    /// <summary>The page views of those ended.</summary>
    public long PageViews { get; private set; }

    /// <summary>The durations of those ended, together, in milliseconds.</summary>
    public long DurationMs { get; private set; }

    /// <summary>The durations of those ended.</summary>
    public DurationSketch Durations => _durations;

    /// <summary>Counts starts.</summary>
    /// <param name="sessions">How many; negative to take them away.</param>
    public void AddStarted(long sessions) => Started += sessions;

    /// <summary>Counts a session that has ended.</summary>
    /// <param name="durationMs">From its first to its last event.</param>
    /// <param name="pageViews">Its page views.</param>
    /// <param name="purchases">Its purchases.</param>
    /// <param name="sign">1, or -1 to take it away.</param>
    public void AddEnded(long durationMs, long pageViews, long purchases, int sign)
    {
        Ended += sign;
        Bounced += pageViews <= 1 ? sign : 0;
        Converted += purchases > 0 ? sign : 0;
        PageViews += sign * pageViews;
        DurationMs += sign * durationMs;
        _durations.Add(durationMs, sign);
    }

    /// <summary>Adds what another part counted.</summary>
    public void Merge(SessionCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Started += other.Started;
        Ended += other.Ended;
        Bounced += other.Bounced;
        Converted += other.Converted;
        PageViews += other.PageViews;
        DurationMs += other.DurationMs;
        _durations.Merge(other._durations);
    }

    internal bool IsEmpty =>
        (Started | Ended | Bounced | Converted | PageViews | DurationMs) == 0 && _durations.IsEmpty;

    internal SessionCounts Clone()
    {
        SessionCounts clone = (SessionCounts)MemberwiseClone();
        clone._durations = _durations.Clone();
        return clone;
    }

    internal void Clear()
    {
        Started = Ended = Bounced = Converted = PageViews = DurationMs = 0;
        _durations.Clear();
    }

    internal void Write(ByteWriter writer)
    {
        foreach (long number in (ReadOnlySpan<long>)[Started, Ended, Bounced, Converted, PageViews, DurationMs])
        {
            writer.Signed(number);
        }

        _durations.Write(writer);
    }

    internal static SessionCounts Read(ref ByteReader reader) => new()
    {
        Started = reader.Signed("sessions"),
        Ended = reader.Signed("sessions"),
        Bounced = reader.Signed("sessions"),
        Converted = reader.Signed("sessions"),
        PageViews = reader.Signed("page views of sessions"),
        DurationMs = reader.Signed("durations"),
        _durations = DurationSketch.Read(ref reader),
    };
}
