using System.Diagnostics;
using System.Globalization;

namespace Tidemark.Benchmarks;

/// <summary>
/// The whole job, file to windows, as processes: tidemark with its default windows and with minutes only, and DuckDB doing the
/// minutes' aggregates, in turn on the same file. Prints medians, ratios and peak memory.
/// </summary>
internal static class ThroughputBenchmark
{
    private const string Start = "2026-11-22T06:00:00Z";
    private const string Now = "2026-11-23T00:00:00Z";

    /// <param name="args">Events (2000000) and rounds (5).</param>
    public static int Run(string[] args)
    {
        long events = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        string folder = Directory.CreateTempSubdirectory("tidemark-bench").FullName;
        try
        {
            string file = Path.Combine(folder, "events.ndjson");
            Generate(file, events);
            string minutes = Path.Combine(folder, "minutes.json");
            File.WriteAllText(minutes, """{ "windows": [ { "name": "1min", "size": "1min" } ] }""");
            Machine.Print(Console.Out);
            Console.WriteLine($"{events:N0} events, {new FileInfo(file).Length / 1e9:0.000} GB, "
                + $"in the page cache; median of {rounds} rounds, whole processes\n");

            Contender[] contenders =
            [
                new("tidemark, 1min", () => Tidemark.Start("run", "--source", file, "--now", Now, "--config", minutes, "--json"), rounds),
                new("tidemark, 1min + 5min + 1hour", () => Tidemark.Start("run", "--source", file, "--now", Now, "--json"), rounds),
                new("tidemark, all, one thread", () => Tidemark.Start("run", "--source", file, "--now", Now, "--json", "--threads", "1"), rounds),
                new("tidemark, all, to a lake", () => Tidemark.Start("run", "--source", file, "--now", Now,
                    "--lake", Directory.CreateTempSubdirectory("tidemark-bench-lake").FullName), rounds),
                new("DuckDB, 1min", () => DuckDbBaseline.Start(file), rounds),
            ];
            for (int round = 0; round < rounds; round++)
            {
                foreach (Contender contender in contenders)
                {
                    contender.RunOnce();
                }
            }

            Report(contenders, events);
            return DuckDbBaseline.RequireSameTotals(contenders[0].Output, contenders[^1].Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            foreach (string lake in Directory.GetDirectories(Path.GetTempPath(), "tidemark-bench-lake*"))
            {
                Directory.Delete(lake, recursive: true);
            }
        }
    }

    /// <summary>No late, bad or repeated events: DuckDB has no notion of them, and both must come to the same totals.</summary>
    internal static void Generate(string path, long events)
    {
        using Process generator = Tidemark.Start(
            "generate", "--events", events.ToString(CultureInfo.InvariantCulture), "--rate", "926", "--users", "500000", "--pages", "5000",
            "--late-percent", "0", "--bad-percent", "0", "--duplicate-percent", "0", "--start", Start, "--seed", "7", "--out", path);
        generator.StandardOutput.ReadToEnd();
        generator.WaitForExit();
        if (generator.ExitCode != 0)
        {
            throw new InvalidOperationException("tidemark generate failed");
        }
    }

    private static void Report(Contender[] contenders, long events)
    {
        double baseline = contenders[^1].MedianSeconds;
        Console.WriteLine($"{"",-32} {"seconds",8} {"M events/s",11} {"peak MB",8} {"x DuckDB",9}");
        foreach (Contender contender in contenders)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{contender.Name,-32} {contender.MedianSeconds,8:0.00} {events / contender.MedianSeconds / 1e6,11:0.00} "
                    + $"{contender.PeakMegabytes,8:0} {baseline / contender.MedianSeconds,9:0.00}"));
        }
    }

    private sealed class Contender(string name, Func<Process> start, int rounds)
    {
        private readonly List<double> _seconds = new(rounds);

        public string Name => name;

        public string Output { get; private set; } = "";

        public double PeakMegabytes { get; private set; }

        public double MedianSeconds => _seconds.Order().ElementAt(_seconds.Count / 2);

        public void RunOnce()
        {
            long started = Stopwatch.GetTimestamp();
            using Process process = start();
            using MemoryProbe probe = new(process);
            Output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            _seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            PeakMegabytes = Math.Max(PeakMegabytes, probe.PeakMegabytes);
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{name} failed with exit code {process.ExitCode}: {Tidemark.LastErrorLine}");
            }
        }
    }
}
