using System.Globalization;
using System.Text;
using Tidemark.Support.Oracle;

namespace Tidemark.Simulation;

/// <summary>
/// What the producers send: mostly current events, some out of order, late, far ahead, broken or duplicated; each partition has its own
/// silences. The producers' clocks run <see cref="Pace"/> times as fast as the workers', since lateness goes by the minute and a run is
/// only a few minutes long.
/// </summary>
internal sealed class Workload(Random random, OracleOptions options, int partitions, int lengthMs, double disorder, double silence)
{
    /// <summary>The event time that passes per unit of the clock.</summary>
    public const int Pace = 6;

    private static readonly string[] Types = ["page_view", "page_view", "click", "purchase", "search"];
    private static readonly string[] Broken =
        ["{", "[1]", "{\"event_type\":\"click\"}", "{\"timestamp\":\"never\",\"event_type\":\"click\"}", "{\"timestamp\":1}", "null", " ", ""];

    private readonly long _paneMs = new OracleGrid(options.Windows).PaneMs;

    /// <summary>The records, by time.</summary>
    public List<PlannedRecord> Next(long startMs, int count, double holes)
    {
        bool[][] isSilent = [.. Enumerable.Range(0, partitions).Select(_ => Silences())];
        List<PlannedRecord> records = [];
        List<byte[]> sent = [];
        for (int i = 0; i < count; i++)
        {
            int atMs = random.Next(lengthMs);
            int partition = random.Next(partitions);
            if (isSilent[partition][atMs * 16L / lengthMs])
            {
                continue;
            }

            // A duplicate by the producer is a separate event.
            byte[] value =
                sent.Count > 0 && random.NextDouble() < 0.04 ? sent[random.Next(sent.Count)] : Encoding.UTF8.GetBytes(Line(EventTime(atMs)));
            sent.Add(value);
            int hole = random.NextDouble() < holes ? 1 + random.Next(3) : 0;
            records.Add(new PlannedRecord(atMs, partition, value, EventTime(atMs), hole));
        }

        return [.. records.OrderBy(record => record.AtMs)];

        long EventTime(int atMs) => startMs + ((long)atMs * Pace);
    }

    /// <summary>
    /// All partitions send steadily except the last one: it sends a little into a pane, becomes silent, and sends into the same pane or the
    /// next one about when that becomes final, while its watermark is being lifted.
    /// </summary>
    public List<PlannedRecord> NextRevivals(long startMs)
    {
        List<PlannedRecord> records = [];
        for (int atMs = 0; atMs < lengthMs; atMs += 200 + random.Next(800))
        {
            Add(atMs, random.Next(Math.Max(1, partitions - 1)), EventTime(atMs));
        }

        for (int atMs = random.Next(3_000); atMs < lengthMs;)
        {
            long paneMs = EventTime(atMs) / _paneMs * _paneMs;
            Burst(atMs, paneMs, 1 + random.Next(3));
            paneMs += random.Next(2) * _paneMs;
            long finalMs = OracleGrid.MinuteEnd(paneMs + _paneMs - 1) + options.AllowedLatenessMs + options.MaxOutOfOrdernessMs;
            atMs = Math.Max(atMs, (int)((finalMs - startMs) / Pace) + random.Next(-500, 8_000));
            Burst(atMs, paneMs, 1 + random.Next(5));
            records.Add(new PlannedRecord(atMs, partitions - 1, Encoding.UTF8.GetBytes(Broken[0]), EventTime(atMs), 0));
            atMs += random.Next(3_000);
        }

        return [.. records.Where(record => record.AtMs < lengthMs).OrderBy(record => record.AtMs)];

        long EventTime(int atMs) => startMs + ((long)atMs * Pace);

        void Burst(int atMs, long paneMs, int count)
        {
            for (int i = 0; i < count; i++, atMs += random.Next(900))
            {
                Add(atMs, partitions - 1, paneMs + random.NextInt64(_paneMs));
            }
        }

        void Add(int atMs, int partition, long timeMs) =>
            records.Add(new PlannedRecord(atMs, partition, Encoding.UTF8.GetBytes(Line(timeMs, isExact: true)), EventTime(atMs), 0));
    }

    private bool[] Silences()
    {
        bool[] silent = new bool[16];
        bool isSilent = random.NextDouble() < silence / 2;
        for (int i = 0; i < silent.Length; i++)
        {
            isSilent = random.NextDouble() < 0.3 ? random.NextDouble() < silence : isSilent;
            silent[i] = isSilent;
        }

        return silent;
    }

    private string Line(long nowMs, bool isExact = false)
    {
        if (!isExact && random.NextDouble() < 0.04)
        {
            return Broken[random.Next(Broken.Length)];
        }

        string type = Types[random.Next(Types.Length)];
        string amount = type == "purchase" ? string.Create(CultureInfo.InvariantCulture,
            $",\"metadata\":{{\"amount\":\"{random.Next(-500, 9999)}.{random.Next(100):00}\"}}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"timestamp\":{(isExact ? nowMs : TimeOf(nowMs))},\"event_type\":\"{type}\","
                + $"\"user_id\":\"u{random.Next(12)}\",\"page_url\":\"/p{random.Next(5)}\"")
            + string.Create(CultureInfo.InvariantCulture,
                $",\"geo\":{{\"country\":\"c{random.Next(3)}\"}},\"device\":{{\"type\":\"d{random.Next(3)}\"}}{amount}}}");
    }

    private long TimeOf(long nowMs)
    {
        if (random.NextDouble() >= disorder)
        {
            return nowMs - random.Next(1 + (int)Math.Min(2_000, options.MaxOutOfOrdernessMs));
        }

        return random.Next(7) switch
        {
            0 or 1 => nowMs - random.NextInt64(1 + options.MaxOutOfOrdernessMs),
            2 => nowMs - options.MaxOutOfOrdernessMs - random.NextInt64(1 + options.AllowedLatenessMs),
            3 => nowMs - options.MaxOutOfOrdernessMs - options.AllowedLatenessMs - random.NextInt64(1 + (4 * _paneMs)),
            4 => nowMs + random.NextInt64(1 + options.MaxFutureSkewMs),
            5 => nowMs + options.MaxFutureSkewMs + random.NextInt64(100_000_000),
            _ => (nowMs / _paneMs * _paneMs) + random.Next(-1, 2),
        };
    }
}
