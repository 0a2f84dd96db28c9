using System.Diagnostics;
using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Engine;

namespace Tidemark.Benchmarks;

/// <summary>
/// What sessions cost: the whole command on one file with and without them, and the memory of an engine whose million users are all within the gap.
/// </summary>
internal static class SessionBenchmark
{
    private const string Now = "2026-11-23T00:00:00Z";

    private static readonly long LatestMs = DateTimeOffset.Parse(Now, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    // Half an hour of events, however many.
    private const long Seconds = 1800;

    /// <param name="args">Events (4000000), rounds (5) and users (1000000).</param>
    public static int Run(string[] args)
    {
        long events = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 4_000_000;
        int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        string users = args.Length > 2 ? args[2] : "1000000";
        string folder = Directory.CreateTempSubdirectory("tidemark-bench").FullName;
        try
        {
            string file = Path.Combine(folder, "events.ndjson");
            string config = Path.Combine(folder, "sessions.json");
            File.WriteAllText(config, """{ "sessions": { "gap": "30min" } }""");
            Generate(file, events, users);
            Machine.Print(Console.Out);
            Console.WriteLine($"{events:N0} events of up to {users} users in half an hour, {new FileInfo(file).Length / 1e9:0.000} GB, "
                + $"in the page cache; median of {rounds} rounds, whole processes\n");
            List<double> without = [];
            List<double> with = [];
            for (int round = 0; round < rounds; round++)
            {
                without.Add(Time("run", "--source", file, "--now", Now, "--quiet"));
                with.Add(Time("run", "--source", file, "--now", Now, "--quiet", "--config", config));
            }

            double fast = without.Order().ElementAt(rounds / 2);
            double slow = with.Order().ElementAt(rounds / 2);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"without sessions {fast:0.00} s, with them {slow:0.00} s: {100 * fast / slow:0} % of the speed"));
            PrintMemory(file);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Generate(string file, long events, string users)
    {
        using Process generator = Tidemark.Start(
            "generate", "--events", events.ToString(CultureInfo.InvariantCulture),
            "--rate", (events / Seconds).ToString(CultureInfo.InvariantCulture), "--users", users, "--pages", "5000",
            "--start", "2026-11-22T06:00:00Z", "--seed", "7", "--out", file);
        generator.StandardOutput.ReadToEnd();
        generator.WaitForExit();
    }

    private static double Time(params string[] args)
    {
        long started = Stopwatch.GetTimestamp();
        using Process process = Tidemark.Start(args);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"tidemark failed with exit code {process.ExitCode}: {Tidemark.LastErrorLine}");
    }

    private static void PrintMemory(string file)
    {
        (long without, _) = Held(file, new EngineOptions());
        (long with, int users) = Held(file, new EngineOptions { Input = new InputOptions { Sessions = new SessionOptions() } });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"memory of the engine at the end: {without / 1e6:0} MB without sessions, {with / 1e6:0} MB with those of {users:N0} users: "
                + $"{(with - without) / 1e6:0} MB, {(with - without) / Math.Max(users, 1)} bytes a user"));
    }

    /// <summary>What an engine holds that has read a file and not closed it.</summary>
    private static (long Bytes, int Users) Held(string file, EngineOptions options)
    {
        const int BlockBytes = 1 << 20;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        WindowEngine engine = new(options, 1, new NoOutput());
        EventParser parser = new(RecordSchema.Create(options.Input));
        EventBatch batch = new();
        byte[] block = new byte[BlockBytes + EventParser.Padding];
        using FileStream source = File.OpenRead(file);
        int held = 0;
        long offset = 0;
        for (int read; (read = source.Read(block, held, BlockBytes - held)) > 0;)
        {
            int end = block.AsSpan(0, held + read).LastIndexOf((byte)'\n') + 1;
            parser.ParseLines(block, end, LatestMs, batch);
            engine.Apply(0, batch, offset);
            offset += batch.Lines;
            held += read;
            block.AsSpan(end, held - end).CopyTo(block);
            held -= end;
        }

        batch.Reset(default);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(engine);
        return (after - before, engine.SessionUsers);
    }

    private sealed class NoOutput : IEngineOutput
    {
        public void Publish(Publication publication)
        {
        }

        public void MarkFinal(WindowDefinition family, long beforeMs)
        {
        }

        public void DeadLetter(DeadLetter letter)
        {
        }
    }
}
