using System.Diagnostics;
using System.Globalization;

namespace Tidemark.Benchmarks;

/// <summary>Memory over a long stream: pipes generated hours into tidemark and prints what it holds after each.</summary>
internal static class MemoryBenchmark
{
    private const long EventsPerHour = 3_333_600; // 926 a second

    /// <param name="args">Hours (6).</param>
    public static int Run(string[] args)
    {
        int hours = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 6;
        Machine.Print(Console.Out);
        using Process generator = Tidemark.Start(
            "generate", "--events", (hours * EventsPerHour).ToString(CultureInfo.InvariantCulture),
            "--rate", "926", "--users", "500000", "--pages", "5000",
            "--start", "2026-11-22T06:00:00Z", "--seed", "7", "--out", "-");
        ProcessStartInfo start = new("dotnet", [Path.Combine(Tidemark.Root, "src/Cli/bin/Release/net10.0/tidemark.dll"),
            "run", "--source", "-", "--now", "2026-11-23T00:00:00Z", "--json"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process run = Process.Start(start)!;
        run.OutputDataReceived += (_, _) => { };
        run.ErrorDataReceived += (_, _) => { };
        run.BeginOutputReadLine();
        run.BeginErrorReadLine();
        using MemoryProbe probe = new(run);
        byte[] buffer = new byte[1 << 20];
        Stream source = generator.StandardOutput.BaseStream;
        Stream sink = run.StandardInput.BaseStream;
        long lines = 0;
        double peak = 0;
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            sink.Write(buffer, 0, read);
            long before = lines;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            peak = Math.Max(peak, probe.CurrentMegabytes);
            if (lines / EventsPerHour > before / EventsPerHour)
            {
                Console.WriteLine($"hour {lines / EventsPerHour}: {probe.CurrentMegabytes:0} MB, highest within the hour {peak:0} MB");
                peak = 0;
            }
        }

        sink.Close();
        run.WaitForExit();
        Console.WriteLine($"peak {probe.PeakMegabytes:0} MB, exit code {run.ExitCode}");
        return run.ExitCode;
    }
}
