using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Tidemark.Benchmarks.Service;

/// <summary>
/// Events at a steady rate, in a burst every few milliseconds, each with the time of its burst. For every burst it is known when it was
/// handed over, and how many events its minute had by then.
/// </summary>
internal sealed class ServiceLoad(ServiceSource source, int rate)
{
    private const int BurstMs = 5;
    private const int Users = 50_000;
    private const int Pages = 500;

    private readonly Lock _lock = new();
    private readonly List<Burst> _bursts = [];
    private readonly Random _random = new(42);
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>The bursts sent so far, by time.</summary>
    public Burst[] Bursts
    {
        get
        {
            lock (_lock)
            {
                return [.. _bursts];
            }
        }
    }

    /// <summary>The bursts sent so far, by time; they are forgotten.</summary>
    public Burst[] TakeBursts()
    {
        lock (_lock)
        {
            Burst[] taken = [.. _bursts];
            _bursts.Clear();
            return taken;
        }
    }

    /// <summary>Events sent.</summary>
    public long Sent { get; private set; }

    /// <summary>
    /// Longest time that a burst was behind its plan, once the reader had warmed up: the sender was held up, by the reader or by the
    /// machine.
    /// </summary>
    public TimeSpan Behind { get; private set; }

    /// <summary>Sends for a while.</summary>
    /// <param name="warmUp">How long the reader takes to warm up.</param>
    /// <param name="duration">How long to send, with the warming up.</param>
    public void Run(TimeSpan warmUp, TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        long minuteMs = -1;
        long inMinute = 0;
        for (int i = 0; Stopwatch.GetElapsedTime(start) < duration; i++)
        {
            TimeSpan due = TimeSpan.FromMilliseconds((double)i * BurstMs);
            TimeSpan wait = due - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                Thread.Sleep(wait);
            }
            else if (due >= warmUp && -wait > Behind)
            {
                Behind = -wait;
            }

            long nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            int count = (int)((long)(i + 1) * rate * BurstMs / 1000) - (int)((long)i * rate * BurstMs / 1000);
            if (nowMs - (nowMs % 60_000) != minuteMs)
            {
                (minuteMs, inMinute) = (nowMs - (nowMs % 60_000), 0);
            }

            source.Send(Fill(nowMs, count));
            inMinute += count;
            Sent += count;
            lock (_lock)
            {
                _bursts.Add(new Burst(Stopwatch.GetTimestamp(), nowMs, minuteMs, inMinute, count));
            }
        }
    }

    private ReadOnlySpan<byte> Fill(long nowMs, int count)
    {
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            string type = i % 20 == 0 ? "purchase" : "page_view";
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"event_id":"{{{_random.NextInt64():x16}}}","timestamp":{{{nowMs}}},"event_type":"{{{type}}}","user_id":"user-"""
                    + $$$"""{{{_random.Next(Users)}}}","page_url":"https://shop.example/products/{{{_random.Next(Pages)}}}","geo":{"country":"SE"},"""
                    + $$$""" "device":{"type":"mobile"},"metadata":{"amount":"12.50"} }{{{'\n'}}}""");
            used += Encoding.UTF8.GetBytes(line, _buffer.AsSpan(used));
        }

        return _buffer.AsSpan(0, used);
    }

    /// <summary>Events that were handed over together.</summary>
    /// <param name="SentAt">When, by <see cref="Stopwatch"/>.</param>
    /// <param name="TimeMs">Their event time, epoch milliseconds.</param>
    /// <param name="MinuteMs">The start of its minute.</param>
    /// <param name="InMinute">Events of that minute up to and with these.</param>
    /// <param name="Count">How many they are.</param>
    internal readonly record struct Burst(long SentAt, long TimeMs, long MinuteMs, long InMinute, int Count);
}
