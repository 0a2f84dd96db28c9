using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Benchmarks;

/// <summary>
/// What it costs to publish 1,000 windows to a Redis on loopback, against one awaited SET after another of the same bytes; the best of
/// several rounds. Needs redis-server.
/// </summary>
public static class RedisBenchmark
{
    private const int Windows = 1000;
    private const int Rounds = 7;
    private static readonly WindowDefinition Minute = new() { Name = "1min", Size = TimeSpan.FromMinutes(1) };

    /// <summary>Measures and writes one line per figure.</summary>
    public static void Run(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Machine.Print(output);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tidemark-bench-");
        int port = FreePort();
        using Process server = Process.Start(new ProcessStartInfo(
            "redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", directory.FullName, "--logfile", "redis.log"]))!;
        try
        {
            MeasureAsync(output, port).GetAwaiter().GetResult();
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(TextWriter output, int port)
    {
        await WaitAsync(port);
        await using RedisConnection connection =
            await RedisConnection.OpenAsync(new RedisOptions { Endpoint = $"127.0.0.1:{port}" }, TimeProvider.System, default);
        RedisSink sink = await RedisSink.OpenAsync(connection, [Minute], default);
        using ConnectionMultiplexer plain = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true");
        IDatabase db = plain.GetDatabase();
        WindowResult[] results = [.. Enumerable.Range(0, Windows).Select(Result)];
        (string Key, byte[] Json, string UsersKey, byte[] Sketch)[] payloads = [.. results.Select(Payload)];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Windows} windows: {payloads.Average(payload => payload.Json.Length):0} "
            + $"bytes of JSON and {payloads[0].Sketch.Length} of sketch each"));

        double publish = await BestAsync(() => db.ExecuteAsync("FLUSHALL"), () => sink.WriteAsync(results, default));
        long memory = await UsedAsync(db, empty: false) - await UsedAsync(db, empty: true);
        double again = await BestAsync(() => sink.WriteAsync(results, default), () => sink.WriteAsync(results, default));
        double naive = await BestAsync(() => db.ExecuteAsync("FLUSHALL"), async () =>
        {
            foreach (var payload in payloads)
            {
                await db.StringSetAsync(payload.Key, payload.Json, TimeSpan.FromHours(1));
                await db.StringSetAsync(payload.UsersKey, payload.Sketch, TimeSpan.FromHours(1));
            }
        });
        await sink.WriteAsync(results, default);
        RedisReader reader = new(connection);
        double range = await BestAsync(() => Task.CompletedTask, () => reader.RangeAsync("1min", 0, long.MaxValue, default));
        double users = await BestAsync(
            () => Task.CompletedTask, () => reader.UniqueUsersAsync("1min", results[0].StartMs, results[60].StartMs, default));

        Line(output, "publish 1,000 windows, one script each, pipelined", publish, naive);
        Line(output, "publish them again: every one refused", again, naive);
        Line(output, "baseline: 2,000 awaited SETs of the same bytes", naive, naive);
        Line(output, "read 1,000 windows by range", range, naive);
        Line(output, "unique users over 60 windows (PFCOUNT)", users, naive);
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"memory: {memory / (double)Windows:0} bytes a window in Redis, all keys and indexes"));
    }

    private static void Line(TextWriter output, string what, double ms, double baseline) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {ms,8:0.0} ms  {baseline / ms,6:0.0} x"));

    private static async Task<double> BestAsync(Func<Task> before, Func<Task> measured)
    {
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            await before();
            long start = Stopwatch.GetTimestamp();
            await measured();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return best;
    }

    private static async Task<long> UsedAsync(IDatabase db, bool empty)
    {
        if (empty)
        {
            await db.ExecuteAsync("FLUSHALL");
        }

        string info = (string)(await db.ExecuteAsync("INFO", "memory"))!;
        string line = info.Split('\n').First(text => text.StartsWith("used_memory_dataset:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
    }

    private static (string Key, byte[] Json, string UsersKey, byte[] Sketch) Payload(WindowResult result)
    {
        ArrayBufferWriter<byte> json = new();
        ResultJson.Write(result, json, DateTimeOffset.UnixEpoch);
        string key = $"naive:{result.StartMs / 1000}";
        return (key, json.WrittenSpan.ToArray(), key + ":users", result.UsersSketch.ToArray());
    }

    private static WindowResult Result(int minute)
    {
        HyperLogLog users = new();
        for (int user = 0; user < 5_000; user++)
        {
            users.Add(MurmurHash64A.Hash(BitConverter.GetBytes(((long)minute * 1_000) + user)));
        }

        byte[] sketch = new byte[HyperLogLog.RedisDenseBytes];
        users.WriteRedisDense(sketch);
        long start = 1_795_327_200_000 + (minute * 60_000L);
        return new WindowResult
        {
            Window = Minute.Name,
            StartMs = start,
            EndMs = start + 60_000,
            Phase = Phase.OnTime,
            Revision = 1,
            WatermarkMs = start + 60_000,
            TotalEvents = 52_000,
            UniqueUsers = users.Estimate(),
            UniqueUsersExact = false,
            UsersSketch = sketch,
            PageViews = 40_000,
            Clicks = 8_000,
            Purchases = 900,
            Revenue = 71_234.56m,
            RevenueOverflow = false,
            InvalidAmounts = 0,
            TopPages = Keys("/products/category/item-", 10),
            Devices = Keys("device-", 3),
            Countries = Keys("C", 40),
            EventTypes = Keys("event_type_", 5),
            Averages = null,
        };
    }

    private static Breakdown Keys(string prefix, int count) =>
        new([.. Enumerable.Range(0, count).Select(i => new KeyCount($"{prefix}{i}", 10_000 - i))], 0);

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task WaitAsync(int port)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
            {
                await Task.Delay(5);
            }
        }
    }
}
