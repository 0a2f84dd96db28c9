using System.Diagnostics;
using System.Globalization;

namespace Tidemark.Benchmarks.Service;

/// <summary>
/// A service at a steady rate for long: memory, handles, threads and latency must not grow. The first half, while windows of an hour and of
/// five minutes fill and the runtime settles, is what the second half is compared with.
/// </summary>
internal static class SoakBenchmark
{
    private const int Rate = 10_000;
    private const double AllowedGrowth = 1.25;
    private const double AllowedSlowing = 2;
    private const int AllowedHandles = 8;
    private const long OutOfOrdernessMs = 1000;

    private const string Configuration =
        """
        { "maxOutOfOrderness": "1s", "allowedLateness": "10s",
          "windows": [ {"name":"1s","size":"1s"}, {"name":"5s","size":"5s","slide":"1s"}, {"name":"1min","size":"1min"} ] }
        """;

    private static readonly string[] Families = ["1s", "5s", "1min"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Runs.</summary>
    /// <param name="args">Seconds, 600 by default; events a second, 10000 by default.</param>
    /// <returns>0 when everything is flat, else 1.</returns>
    public static int Run(string[] args)
    {
        TimeSpan duration = TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 600);
        int rate = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Rate;
        Machine.Print(Console.Out);
        using PipeSource source = new();
        using ServiceRun run = new(source, Configuration);
        LatencyProbe probe = new(OutOfOrdernessMs);
        foreach (string family in Families)
        {
            run.Listen(family, probe.Hear);
        }

        ServiceLoad load = new(source, rate);
        Thread sending = new(() => load.Run(WarmUp, WarmUp + duration)) { IsBackground = true };
        sending.Start();
        List<Sample> samples = Watch(run, load, probe, duration);
        sending.Join();
        source.End();
        run.Finish();
        return Judge(samples) ? 0 : 1;
    }

    private static List<Sample> Watch(ServiceRun run, ServiceLoad load, LatencyProbe probe, TimeSpan duration)
    {
        const int Rows = 10;
        Console.WriteLine("| minutes | events | resident MB | handles | threads | state MB | CPU % | live p99 ms | closed p99 ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        List<Sample> samples = [];
        Thread.Sleep(WarmUp);
        long start = Stopwatch.GetTimestamp();
        TimeSpan cpuBefore = run.Command.TotalProcessorTime;
        for (int row = 1; row <= Rows; row++)
        {
            Thread.Sleep(Max(TimeSpan.Zero, (duration * row / Rows) - Stopwatch.GetElapsedTime(start)));
            ServiceLoad.Burst[] bursts = load.TakeBursts();
            run.Command.Refresh();
            TimeSpan cpu = run.Command.TotalProcessorTime;
            Sample sample = new(
                run.ResidentBytes / 1e6, run.Handles, probe.Live(bursts, TimeSpan.Zero).At(99), probe.Closed(bursts, TimeSpan.Zero).At(99));
            probe.Forget();
            samples.Add(sample);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {Stopwatch.GetElapsedTime(start).TotalMinutes:0.0} | {load.Sent:N0} | {sample.ResidentMb:0} | {sample.Handles} "
                    + $"| {run.Threads} | {run.StateBytes / 1e6:0.0} "
                    + $"| {(cpu - cpuBefore) / (duration / Rows) * 100:0} | {sample.LiveMs:0.0} | {sample.ClosedMs:0.0} |"));
            cpuBefore = cpu;
        }

        return samples;
    }

    private static bool Judge(List<Sample> samples)
    {
        List<Sample> first = samples[..(samples.Count / 2)];
        List<Sample> second = samples[(samples.Count / 2)..];
        double memory = second.Max(sample => sample.ResidentMb) / first.Max(sample => sample.ResidentMb);
        int handles = second.Max(sample => sample.Handles) - first.Max(sample => sample.Handles);
        double latency = second.Max(sample => sample.LiveMs) / first.Max(sample => sample.LiveMs);
        bool isFlat = memory <= AllowedGrowth && handles <= AllowedHandles && latency <= AllowedSlowing;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isFlat ? "flat" : "NOT flat")}: of the greatest of the first half, "
            + $"the second half reaches {memory:0.00} times in memory, {handles:+0;-0;0} in handles, {latency:0.00} times in latency"));
        return isFlat;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed record Sample(double ResidentMb, int Handles, double LiveMs, double ClosedMs);
}
