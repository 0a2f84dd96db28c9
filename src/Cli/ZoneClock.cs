using System.Globalization;
using Tidemark.Core.Windows;

namespace Tidemark.Cli;

/// <summary>A stretch of local time.</summary>
internal enum LocalPeriod
{
    Hour,
    Day,
}

/// <summary>
/// The times of one zone, with its changes of clock. A local time that does not exist, because clocks were put forward over it, stands for
/// the moment of the change; one that exists twice stands for the first as a start and for the second as an end, so that a range holds
/// everything that could be meant. A day begins with its first moment.
/// </summary>
internal sealed class ZoneClock(TimeZoneInfo zone)
{
    // Longer than any offset and change of clock: Samoa, 14 hours ahead, left out a day. In twice that no zone changed twice.
    private const long MaxChangeMs = 40L * 3_600_000;

    /// <summary>Universal time.</summary>
    public static ZoneClock Utc { get; } = new(TimeZoneInfo.Utc);

    /// <summary>The zone's name, for headings.</summary>
    public string Name => zone.Id;

    /// <summary>The local time of a moment.</summary>
    public DateTime LocalOf(long epochMs) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(epochMs), zone).DateTime;

    /// <summary>A moment as <c>2026-11-22 06:00:00</c>, with the offset behind it where clocks show the time twice.</summary>
    public string Text(long epochMs)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(epochMs), zone);
        string format = local.Millisecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.fff";
        return local.ToString(MomentsOf(local.DateTime).Count > 1 ? format + " zzz" : format, CultureInfo.InvariantCulture);
    }

    /// <summary>The moment of a local time, epoch milliseconds.</summary>
    /// <param name="local">The local time, in the years 2 to 9998.</param>
    /// <param name="isEnd">Whether it ends a range.</param>
    public long MomentOf(DateTime local, bool isEnd) => MomentsOf(local) switch
    {
        [] => ChangeBetween(AsUtc(local) - MaxChangeMs, AsUtc(local) + MaxChangeMs),
        [.., var last] when isEnd => last,
        [var first, ..] => first,
    };

    /// <summary>The first moment of a day, epoch milliseconds.</summary>
    public long StartOf(DateTime day) => MomentOf(day.Date, isEnd: false);

    /// <summary>The local hour or day that a moment lies in: 23 or 25 hours where clocks change, and of an hour that exists twice each.</summary>
    public Interval PeriodOf(long epochMs, LocalPeriod period)
    {
        DateTime local = LocalOf(epochMs);
        if (period == LocalPeriod.Day)
        {
            return new Interval(StartOf(local), StartOf(local.AddDays(1)));
        }

        long sinceHour = (long)(local - local.Date).TotalMilliseconds % (long)TimeSpan.FromHours(1).TotalMilliseconds;
        long start = epochMs - sinceHour;
        long end = start + (long)TimeSpan.FromHours(1).TotalMilliseconds;
        return new Interval(
            OffsetAt(start) == OffsetAt(epochMs) ? start : ChangeBetween(start, epochMs),
            OffsetAt(end - 1) == OffsetAt(epochMs) ? end : ChangeBetween(epochMs, end));
    }

    private TimeSpan OffsetAt(long epochMs) => zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(epochMs));

    /// <summary>The first moment with another offset than <paramref name="fromMs"/>, up to <paramref name="toMs"/>.</summary>
    private long ChangeBetween(long fromMs, long toMs) => First(fromMs, toMs, moment => OffsetAt(moment) != OffsetAt(fromMs));

    /// <summary>
    /// When clocks show a local time: once, twice, or never. Asked of moments only, whose offsets are certain: of local times the library
    /// misjudges some, such as the midnights that Morocco left out.
    /// </summary>
    private List<long> MomentsOf(DateTime local)
    {
        long utc = AsUtc(local);
        HashSet<long> moments = [];
        foreach (long nearby in new[] { utc - MaxChangeMs, utc + MaxChangeMs })
        {
            TimeSpan offset = OffsetAt(nearby);
            long moment = utc - (long)offset.TotalMilliseconds;
            if (OffsetAt(moment) == offset)
            {
                moments.Add(moment);
            }
        }

        return [.. moments.Order()];
    }

    private static long AsUtc(DateTime local) =>
        new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>The first moment of a range that something is true of; it is true of all later ones.</summary>
    private static long First(long fromMs, long toMs, Func<long, bool> isTrue)
    {
        while (fromMs < toMs)
        {
            long middle = fromMs + ((toMs - fromMs) / 2);
            (fromMs, toMs) = isTrue(middle) ? (fromMs, middle) : (middle + 1, toMs);
        }

        return fromMs;
    }
}
