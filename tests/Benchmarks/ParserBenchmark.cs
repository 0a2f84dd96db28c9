using System.Diagnostics;
using System.Globalization;
using Tidemark.Core.Parsing;

namespace Tidemark.Benchmarks;

/// <summary>Events per second of one thread, from memory to records, beside Utf8JsonReader over the same text.</summary>
internal static class ParserBenchmark
{
    private const int BlockBytes = 512 * 1024;
    private const int Passes = 9;
    private const double WarmUpSeconds = 0.7;

    public static void Run(string[] args)
    {
        int megabytes = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        EventVariant[] variants =
            args.Length > 0 && args[0] != "all" ? [Enum.Parse<EventVariant>(args[0], ignoreCase: true)] : Enum.GetValues<EventVariant>();
        Console.WriteLine($"{"variant",-18}{"bytes/event",12}{"best M/s",10}{"median",10}{"GB/s",8}{"in cache",10}"
            + $"{"match M/s",11}{"index M/s",11}{"reader M/s",12}{"ratio",8}{"rejected",10}");
        foreach (EventVariant variant in variants)
        {
            Measure(variant, megabytes * 1_000_000);
        }
    }

    private static void Measure(EventVariant variant, int bytes)
    {
        byte[] text = new EventGenerator(variant).Generate(bytes, out int lines);
        int[] ends = Blocks(text);
        byte[] padded = [.. text, .. new byte[EventParser.Padding]];
        EventParser parser = new();
        EventBatch batch = new();
        long rejected = 0;
        double[] whole = Times(Passes, () => rejected = ParseBlocks(parser, batch, padded, ends));

        // The same few blocks again and again: what parsing costs when memory costs nothing.
        int[] few = ends[..Math.Min(2, ends.Length)];
        const int rounds = 20;
        ParseBlocks(parser, batch, padded, few);
        int fewLines = text.AsSpan(0, few[^1]).Count((byte)'\n');
        double cached = Times(Passes, () => Repeat(rounds, () => ParseBlocks(parser, batch, padded, few))).Min() / rounds;

        StructuralIndex index = new(StructuralIndex.Best);
        double indexing = Times(Passes, () => Repeat(rounds, () => IndexBlock(index, padded, few[^1]))).Min() / rounds;
        double matching = Times(Passes, () => Repeat(rounds, () => MatchBlock(parser.Shapes, index, padded, few[^1]))).Min() / rounds;
        double reader = Times(2, () => BaselineReader.Count(text)).Min();
        double best = whole.Min();
        Array.Sort(whole);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{variant,-18}{text.Length / (double)lines,12:F0}{lines / best / 1e6,10:F2}"
                + $"{lines / whole[Passes / 2] / 1e6,10:F2}{text.Length / best / 1e9,8:F2}"
                + $"{fewLines / cached / 1e6,10:F2}{fewLines / matching / 1e6,11:F2}{fewLines / indexing / 1e6,11:F1}"
                + $"{lines / reader / 1e6,12:F2}{reader / best,8:F1}{rejected,10}"));
    }

    private static long IndexBlock(StructuralIndex index, byte[] text, int length)
    {
        for (int start = 0; start < length; start += 1 << 15)
        {
            index.Build(ref text[0], start, Math.Min(length, start + (1 << 15)));
        }

        return index.Count;
    }

    /// <summary>Indexes and matches, and takes no value; stops at the first record that no shape matches.</summary>
    private static long MatchBlock(ShapeBook shapes, StructuralIndex index, byte[] text, int length)
    {
        int at = 0;
        while (at < length)
        {
            int end = text.AsSpan(0, Math.Min(length, at + (1 << 15))).LastIndexOf((byte)'\n') + 1;
            index.Build(ref text[0], at, end);
            int next = 0;
            while (at < end)
            {
                RecordFields fields = default;
                if (!shapes.TryMatch(ref text[0], ref index.First, at, ref next, ref fields, out int lineEnd))
                {
                    return at;
                }

                at = lineEnd + 1;
            }
        }

        return at;
    }

    private static long ParseBlocks(EventParser parser, EventBatch batch, byte[] padded, int[] ends)
    {
        long rejected = 0;
        int start = 0;
        foreach (int end in ends)
        {
            ReadOnlyMemory<byte> block = padded.AsMemory(start, end - start + EventParser.Padding);
            parser.ParseLines(block, end - start, long.MaxValue, batch);
            foreach (ref readonly EventRecord record in batch.Records)
            {
                rejected += record.Outcome != RecordOutcome.Counted ? 1 : 0;
            }

            start = end;
        }

        return rejected;
    }

    private static int[] Blocks(byte[] text)
    {
        List<int> ends = [];
        for (int start = 0; start < text.Length;)
        {
            int end = Math.Min(text.Length, start + BlockBytes);
            end = text.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
            ends.Add(end);
            start = end;
        }

        return [.. ends];
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }

    private static double[] Times(int passes, Action action)
    {
        // Until the compiler's tiers are through: the first second runs code that is not yet optimized.
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < WarmUpSeconds;)
        {
            action();
        }

        double[] times = new double[passes];
        for (int i = 0; i < passes; i++)
        {
            long started = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return times;
    }
}
