using System.Globalization;

namespace Tidemark.Benchmarks.Service;

/// <summary>
/// How soon an event is seen, and a closed window, at a steady rate on loopback: the command with state, lake, dead letters and Redis; a
/// subscriber of Redis listens.
/// </summary>
internal static class LatencyBenchmark
{
    private const double GoalMs = 100;
    private const long OutOfOrdernessMs = 1000;

    // Enough windows close for percentiles: three a second, and longer ones as they come.
    private const string Configuration =
        """
        { "maxOutOfOrderness": "1s", "allowedLateness": "10s",
          "windows": [ {"name":"1s","size":"1s"}, {"name":"5s","size":"5s","slide":"1s"}, {"name":"1min","size":"1min"}, {"name":"1hour","size":"1hour"} ] }
        """;

    private static readonly string[] Families = ["1s", "5s", "1min"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Measures.</summary>
    /// <param name="args">Seconds, 60 by default; then events a second, 10000 and 100000 by default.</param>
    /// <returns>0 when 99 of 100 are within 100 ms, else 1.</returns>
    public static int Run(string[] args)
    {
        int seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
        int[] rates = args.Length > 1 ? [.. args[1..].Select(rate => int.Parse(rate, CultureInfo.InvariantCulture))] : [10_000, 100_000];
        Machine.Print(Console.Out);
        Console.WriteLine("| source | events/s | what | samples | p50 ms | p99 ms | max ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        bool isMet = true;
        foreach (int rate in rates)
        {
            using PipeSource source = new();
            isMet &= Measure(source, rate, WarmUp + TimeSpan.FromSeconds(seconds));
        }

        return isMet ? 0 : 1;
    }

    private static bool Measure(ServiceSource source, int rate, TimeSpan duration)
    {
        using ServiceRun run = new(source, Configuration);
        LatencyProbe probe = new(OutOfOrdernessMs);
        foreach (string family in Families)
        {
            run.Listen(family, probe.Hear);
        }

        ServiceLoad load = new(source, rate);
        load.Run(WarmUp, duration);
        source.End();
        run.Finish();
        ServiceLoad.Burst[] bursts = load.Bursts;
        bool live = Print(source, rate, "arrival to `metrics:live`", probe.Live(bursts, WarmUp));
        bool closed = Print(source, rate, "watermark past the end to the closed window", probe.Closed(bursts, WarmUp));
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  sent {load.Sent:N0}, at most {load.Behind.TotalMilliseconds:0} ms behind the plan"));
        return live && closed;
    }

    private static bool Print(ServiceSource source, int rate, string what, Percentiles latencies)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {source.Name} | {rate:N0} | {what} | {latencies.Count:N0} "
                + $"| {latencies.At(50):0.0} | {latencies.At(99):0.0} | {latencies.At(100):0.0} |"));
        return latencies.At(99) <= GoalMs;
    }
}
