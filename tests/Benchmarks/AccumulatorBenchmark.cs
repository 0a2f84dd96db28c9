using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Benchmarks;

/// <summary>What it costs to add events, to merge panes, to encode and decode them; the best of several rounds on one thread.</summary>
public static class AccumulatorBenchmark
{
    private const int EventsPerBatch = 1250;
    private const int Rounds = 7;

    /// <summary>Measures and writes one line per figure.</summary>
    public static void Run(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        MeasureAdd(output);
        MeasureParts(output);
        MeasureMerge(output, 5, 52_000);
        MeasureMerge(output, 60, 52_000);
        MeasureEncode(output);
        MeasureSpaceSaving(output);
    }

    private static void MeasureAdd(TextWriter output)
    {
        EventBatch[] batches = Batches(events: 400_000, users: 50_000, pages: 5_000);
        double one = PerEvent(batches, fresh: true, Empty, static (a, batch) =>
        {
            foreach (ref readonly EventRecord record in batch.Records)
            {
                a.Add(in record, batch);
            }
        });
        double range = PerEvent(batches, fresh: true, Empty, static (a, batch) => a.AddRange(batch.Records, batch));
        double known = PerEvent(batches, fresh: false, Empty, static (a, batch) => a.AddRange(batch.Records, batch));
        double baseline = Baseline(batches);
        Line(output, "Baseline: HashSet and Dictionary, empty at first", baseline, "ns/event");
        Line(output, "Add, one by one (5,000 pages, 50,000 users)", one, "ns/event");
        Line(output, "AddRange, empty at first", range, "ns/event");
        Line(output, "AddRange, all keys known", known, "ns/event");
        Line(output, "AddRange against the baseline", baseline / range, "times as fast");
    }

    /// <summary>The same counts with the base library's tables, filled as well as they can be: no allocation for a known key.</summary>
    private static double Baseline(EventBatch[] batches) => PerEvent(batches, fresh: true, () => new Tables(), static (tables, batch) =>
    {
        foreach (ref readonly EventRecord record in batch.Records)
        {
            tables.Total++;
            tables.Users.Add(record.UserHash);
            Tables.Count(tables.Types, record.EventType, batch);
            Tables.Count(tables.Countries, record.Country, batch);
            Tables.Count(tables.Devices, record.Device, batch);
            Tables.Count(tables.Pages, record.Page, batch);
            tables.Revenue += record.AmountTenThousandths;
        }
    });

    /// <summary>The text is brought into the cache before each batch, where the parser would have left it; that time does not count.</summary>
    private static double PerEvent<T>(EventBatch[] batches, bool fresh, Func<T> make, Action<T, EventBatch> add)
    {
        double[] times = new double[Rounds];
        T accumulator = make();
        for (int round = -3; round < Rounds; round++)
        {
            accumulator = fresh ? make() : accumulator;
            long ticks = 0;
            foreach (EventBatch batch in batches)
            {
                Touch(batch);
                long start = Stopwatch.GetTimestamp();
                add(accumulator, batch);
                ticks += Stopwatch.GetTimestamp() - start;
            }

            if (round >= 0)
            {
                times[round] = ticks * 1e9 / Stopwatch.Frequency;
            }

            Thread.Sleep(round < 0 ? 100 : 0); // lets the tiered compiler finish
        }

        Array.Sort(times);
        return times[0] / batches.Sum(b => b.Count);
    }

    private static Accumulator Empty() => new(AccumulatorLimits.Local);

    private static void Touch(EventBatch batch)
    {
        long sum = 0;
        foreach (byte b in batch.Text.Span)
        {
            sum += b;
        }

        foreach (ref readonly EventRecord record in batch.Records)
        {
            sum += (long)record.UserHash;
        }

        GC.KeepAlive(sum);
    }

    private static void MeasureParts(TextWriter output)
    {
        byte[][] countries = [.. Enumerable.Range(0, 40).Select(i => Encoding.UTF8.GetBytes("C" + i))];
        byte[][] pages = [.. Enumerable.Range(0, 5_000).Select(PageBytes)];
        const int adds = 1_000_000;
        foreach ((string name, byte[][] keys) in new[] { ("40 short keys", countries), ("5,000 pages, Zipf", pages) })
        {
            Random random = new(1);
            KeyRef[] refs = [.. Enumerable.Range(0, adds).Select(_ => Zipf(random, keys.Length))
                .Select(k => new KeyRef(k, keys[k].Length, EventKey.Hash(keys[k])))];
            KeyCounter counter = new(100_000);
            double time = Best(() => counter, c =>
            {
                foreach (KeyRef key in refs)
                {
                    c.Add(key.Hash, keys[key.Offset]);
                }
            });
            Line(output, "KeyCounter.Add, " + name, time / adds, "ns");
        }

        ulong[] hashes = [.. Enumerable.Range(0, adds).Select(i => Mix((ulong)(i % 50_000)))];
        double users = Best(() => new UserSet(1_000_000), set =>
        {
            foreach (ulong hash in hashes)
            {
                set.Add(hash);
            }
        });
        Line(output, "UserSet.Add, 50,000 users, 20 times each", users / adds, "ns");
        HyperLogLog sketch = new();
        double sketched = Best(() => sketch, s =>
        {
            foreach (ulong hash in hashes)
            {
                s.Add(hash);
            }
        });
        Line(output, "HyperLogLog.Add", sketched / adds, "ns");
        Line(output, "HyperLogLog.Estimate", Best(() => sketch, s => s.Estimate()) / 1000, "us");
    }

    private static void MeasureMerge(TextWriter output, int panes, int usersPerPane)
    {
        Accumulator[] parts = [.. Enumerable.Range(0, panes).Select(p => Pane(p, usersPerPane, 500_000))];
        double time = Best(() => new Accumulator(AccumulatorLimits.Local), a =>
        {
            foreach (Accumulator part in parts)
            {
                a.Merge(part);
            }
        });
        string name = string.Create(CultureInfo.InvariantCulture, $"Merge of {panes} panes, {usersPerPane:N0} users of 500,000 and 5,000 pages each");
        Line(output, name, time / 1e6, "ms");
    }

    private static void MeasureEncode(TextWriter output)
    {
        foreach (int users in new[] { 1_000, 10_000, 100_000, 1_000_001 })
        {
            Accumulator pane = new(AccumulatorLimits.Local);
            for (int u = 0; u < users; u++)
            {
                pane.Users.Add(Mix((ulong)u));
            }

            int alone = AccumulatorCodec.Encode(pane).Length;
            for (int p = 0; p < 5_000; p++)
            {
                byte[] page = PageBytes(p);
                pane.Pages.Add(EventKey.Hash(page), page, 1 + (5_000 / (p + 1)));
            }

            byte[] bytes = AccumulatorCodec.Encode(pane);
            double encode = Best(() => pane, a => AccumulatorCodec.Encode(a));
            double decode = Best(() => pane, a => AccumulatorCodec.Decode(bytes, a.Limits));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Encode {users,9:N0} users: {alone,9:N0} bytes, with 5,000 pages {bytes.Length,9:N0} bytes; "
                    + $"{encode / 1e6:F2} ms, decode {decode / 1e6:F2} ms"));
        }
    }

    private static void MeasureSpaceSaving(TextWriter output)
    {
        foreach (int capacity in new[] { 1_000, 10_000, 100_000 })
        {
            const int adds = 2_000_000;
            double distinct = Time(new KeyCounter(capacity), counter =>
            {
                byte[] key = PageBytes(0);
                for (int i = 0; i < adds; i++)
                {
                    Digits(key, i);
                    counter.Add(EventKey.Hash(key), key);
                }
            });
            Line(output, string.Create(CultureInfo.InvariantCulture, $"KeyCounter.Add, all distinct, capacity {capacity:N0}"), distinct / adds, "ns");
        }

        KeyCounter[] full = [.. Enumerable.Range(0, 2).Select(n =>
        {
            KeyCounter counter = new(100_000);
            byte[] key = PageBytes(0);
            for (int i = 0; i < 150_000; i++)
            {
                Digits(key, i + (n * 150_000));
                counter.Add(EventKey.Hash(key), key, 1 + (i % 50));
            }

            return counter;
        })];
        double merge = Best(() => new KeyCounter(100_000), c =>
        {
            c.Merge(full[0]);
            c.Merge(full[1]);
        });
        Line(output, "KeyCounter.Merge of two, 100,000 of 100,000 keys each, none shared", merge / 1e6, "ms");
        Line(output, "KeyCounter.Top(10) of 100,000", Best(() => full[0], c => c.Top(10)) / 1e6, "ms");
    }

    private static Accumulator Pane(int seed, int users, int of)
    {
        Accumulator pane = new(AccumulatorLimits.Local);
        Random random = new(seed);
        while (pane.Users.Count < users)
        {
            pane.Users.Add(Mix((ulong)random.Next(of)));
        }

        for (int p = 0; p < 5_000; p++)
        {
            byte[] page = PageBytes(p);
            pane.Pages.Add(EventKey.Hash(page), page, 1 + random.Next(100));
        }

        return pane;
    }

    private static EventBatch[] Batches(int events, int users, int pages)
    {
        Random random = new(7);
        string[] types = ["page_view", "click", "add_to_cart", "search", "purchase"];
        EventKind[] kinds = [EventKind.PageView, EventKind.Click, EventKind.AddToCart, EventKind.Search, EventKind.Purchase];
        string[] devices = ["mobile", "desktop", "tablet"];
        List<EventBatch> batches = [];
        for (int done = 0; done < events; done += EventsPerBatch)
        {
            EventBatch batch = new();
            MemoryStream text = new();
            List<EventRecord> records = [];
            for (int i = 0; i < EventsPerBatch; i++)
            {
                text.Write(new byte[350]); // the rest of the line
                int roll = random.Next(100);
                int type = roll < 60 ? 0 : roll < 80 ? 1 : roll < 88 ? 2 : roll < 96 ? 3 : 4;
                records.Add(new EventRecord
                {
                    Kind = kinds[type],
                    HasUser = true,
                    UserHash = Mix((ulong)random.Next(users)),
                    EventType = Put(text, Encoding.UTF8.GetBytes(types[type])),
                    Page = type == 0 ? Put(text, PageBytes(Zipf(random, pages))) : KeyRef.Absent,
                    Country = Put(text, Encoding.UTF8.GetBytes("C" + Zipf(random, 40))),
                    Device = Put(text, Encoding.UTF8.GetBytes(devices[random.Next(3)])),
                    Amount = type == 4 ? AmountState.Valid : AmountState.Absent,
                    AmountTenThousandths = random.Next(10_000_000),
                });
            }

            batch.Reset(text.ToArray());
            foreach (EventRecord record in records)
            {
                batch.Add() = record;
            }

            batches.Add(batch);
        }

        return [.. batches];
    }

    private static KeyRef Put(MemoryStream text, byte[] key)
    {
        int offset = (int)text.Position;
        text.Write(key);
        return new KeyRef(offset, key.Length, EventKey.Hash(key));
    }

    private static byte[] PageBytes(int page) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"https://shop.example.com/products/{page:D8}"));

    private static void Digits(byte[] key, int number)
    {
        for (int at = key.Length - 1; at >= key.Length - 8; at--)
        {
            key[at] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }

    // Zipf with exponent 1, by inversion of its continuous form.
    private static int Zipf(Random random, int n) => Math.Min(n - 1, (int)Math.Pow(n + 1, random.NextDouble()) - 1);

    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15UL;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
            return x ^ (x >> 31);
        }
    }

    private static double Best<T>(Func<T> make, Action<T> work)
    {
        for (int i = 0; i < 3; i++)
        {
            work(make());
        }

        Thread.Sleep(150); // lets the tiered compiler finish
        double[] times = [.. Enumerable.Range(0, Rounds).Select(_ => Time(make(), work))];
        Array.Sort(times);
        return times[0];
    }

    private static double Time<T>(T target, Action<T> work)
    {
        long start = Stopwatch.GetTimestamp();
        work(target);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static void Line(TextWriter output, string name, double value, string unit)
        => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-75} {value,10:F2} {unit}"));

    /// <summary>What an accumulator is made of when it is written with the base library alone.</summary>
    private sealed class Tables
    {
        public long Total;
        public Int128 Revenue;
        public readonly HashSet<ulong> Users = [];
        public readonly Dictionary<byte[], long> Types = new(KeyComparer.Instance);
        public readonly Dictionary<byte[], long> Countries = new(KeyComparer.Instance);
        public readonly Dictionary<byte[], long> Devices = new(KeyComparer.Instance);
        public readonly Dictionary<byte[], long> Pages = new(KeyComparer.Instance);

        public static void Count(Dictionary<byte[], long> table, KeyRef key, EventBatch batch)
        {
            if (key.IsPresent)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(table.GetAlternateLookup<HashedKey>(), new HashedKey(key.Hash, batch.Bytes(key)), out _)++;
            }
        }
    }

    /// <summary>A key with the hash that the parser made, so that the baseline need not make it again either.</summary>
    private readonly ref struct HashedKey(uint hash, ReadOnlySpan<byte> bytes)
    {
        public readonly uint Hash = hash;
        public readonly ReadOnlySpan<byte> Bytes = bytes;
    }

    private sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<HashedKey, byte[]>
    {
        public static KeyComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => unchecked((int)EventKey.Hash(obj));

        public bool Equals(HashedKey alternate, byte[] other) => alternate.Bytes.SequenceEqual(other);

        public int GetHashCode(HashedKey alternate) => unchecked((int)alternate.Hash);

        public byte[] Create(HashedKey alternate) => alternate.Bytes.ToArray();
    }
}
