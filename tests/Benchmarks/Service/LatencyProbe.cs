using System.Diagnostics;
using System.Text.Json;
using Tidemark.Core;

namespace Tidemark.Benchmarks.Service;

/// <summary>
/// What a subscriber of Redis hears, and when: from it and the bursts that were sent follows how long each event took to
/// <c>metrics:live</c>, and each closed window from the event that moved the watermark past its end.
/// </summary>
/// <param name="outOfOrdernessMs">How far the watermark is behind the greatest event time.</param>
internal sealed class LatencyProbe(long outOfOrdernessMs)
{
    private readonly Lock _lock = new();
    private readonly List<(long At, long StartMs, long EndMs, long Events, bool IsLive)> _heard = [];

    /// <summary>Takes a publication.</summary>
    public void Hear(byte[] json)
    {
        long at = Stopwatch.GetTimestamp();
        using JsonDocument result = JsonDocument.Parse(json);
        JsonElement root = result.RootElement;
        string? phase = root.GetProperty("phase").GetString();
        if (phase != "corrected")
        {
            lock (_lock)
            {
                _heard.Add((at, Time(root, "window_start"), Time(root, "window_end"), root.GetProperty("total_events").GetInt64(), phase == "live"));
            }
        }
    }

    /// <summary>
    /// Milliseconds from a burst's arrival to the first publication of its minute that counts it, as many times as the burst has events.
    /// The first bursts, while the command warms up, are left out.
    /// </summary>
    public Percentiles Live(ServiceLoad.Burst[] bursts, TimeSpan warmUp)
    {
        Percentiles latencies = new();
        ILookup<long, (long At, long Events)> byMinute = Heard().Where(heard => heard.EndMs - heard.StartMs == 60_000)
            .ToLookup(heard => heard.StartMs, heard => (heard.At, heard.Events));
        foreach (IGrouping<long, ServiceLoad.Burst> minute in bursts.Where(burst =>
            Stopwatch.GetElapsedTime(bursts[0].SentAt, burst.SentAt) >= warmUp).GroupBy(burst => burst.MinuteMs))
        {
            using IEnumerator<(long At, long Events)> heard = byMinute[minute.Key].OrderBy(pair => pair.At).GetEnumerator();
            bool isHeard = heard.MoveNext();
            foreach (ServiceLoad.Burst burst in minute)
            {
                while (isHeard && heard.Current.Events < burst.InMinute)
                {
                    isHeard = heard.MoveNext();
                }

                if (isHeard)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(burst.SentAt, heard.Current.At).TotalMilliseconds, burst.Count);
                }
            }
        }

        return latencies;
    }

    /// <summary>Milliseconds from the arrival of the event that moved the watermark past a window's end to the window in Redis.</summary>
    public Percentiles Closed(ServiceLoad.Burst[] bursts, TimeSpan warmUp)
    {
        Percentiles latencies = new();
        foreach ((long at, _, long endMs, _, bool isLive) in Heard())
        {
            int passes = isLive ? -1 : FirstAt(bursts, endMs + outOfOrdernessMs);
            if (passes > 0 && Stopwatch.GetElapsedTime(bursts[0].SentAt, bursts[passes].SentAt) >= warmUp)
            {
                latencies.Add(Stopwatch.GetElapsedTime(bursts[passes].SentAt, at).TotalMilliseconds, 1);
            }
        }

        return latencies;
    }

    /// <summary>The first burst at or after a time; -1 for none.</summary>
    private static int FirstAt(ServiceLoad.Burst[] bursts, long timeMs)
    {
        int low = 0;
        for (int high = bursts.Length; low < high;)
        {
            int middle = (low + high) / 2;
            (low, high) = bursts[middle].TimeMs >= timeMs ? (low, middle) : (middle + 1, high);
        }

        return low < bursts.Length ? low : -1;
    }

    /// <summary>Forgets what was heard.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _heard.Clear();
        }
    }

    private (long At, long StartMs, long EndMs, long Events, bool IsLive)[] Heard()
    {
        lock (_lock)
        {
            return [.. _heard];
        }
    }

    private static long Time(JsonElement root, string name) =>
        TimeText.TryParse(root.GetProperty(name).GetString()!, out DateTimeOffset time) ? time.ToUnixTimeMilliseconds() : 0;
}
