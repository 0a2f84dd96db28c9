using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tidemark.Cli;
using Tidemark.Cli.Dashboard;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Run;
using Tidemark.Cli.Terminal;
using Tidemark.Core;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Host;

/// <summary>Goal: a run with a dashboard is the same run, and the dashboard shows what the run counts.</summary>
public sealed partial class RunDashboardTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly byte[] _events = Events(20_000);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_WithADashboard_IsTheSameBytes()
    {
        string file = _folder.File("events.ndjson");
        await File.WriteAllBytesAsync(file, _events);

        (int plainExit, byte[] plain, _) = await RunAsync(new RunOptions([file], null, Json: true, null, null, JobTuning.Default));
        (int exit, byte[] shown, string error) = await RunAsync(
            new RunOptions([file], null, Json: true, null, null, JobTuning.Default) { Dashboard = new(DashboardAddress.Loopback, 0) });

        Assert.Equal((CommandRunner.Done, CommandRunner.Done), (plainExit, exit));
        Assert.Equal(plain, shown);
        Assert.Contains("tidemark: dashboard: http://127.0.0.1:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OnAPipe_ShowsEveryRecordBeforeTheEnd()
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        using AnonymousPipeClientStream reader = new(PipeDirection.In, pipe.ClientSafePipeHandle);
        StringWriter error = new();
        Task<(int Exit, byte[] Output, string Error)> running = RunAsync(
            new RunOptions(["-"], null, Json: false, null, null, JobTuning.Default) { Dashboard = new(DashboardAddress.Loopback, 0) }, reader, error);
        using HttpClient http = new();
        http.BaseAddress = await UrlAsync(error);

        await pipe.WriteAsync(_events);
        await pipe.FlushAsync();
        JsonElement status = default;
        await Until.TrueAsync(
            async () =>
            {
                status = JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/v1/status", UriKind.Relative))).RootElement;
                return status.GetProperty("records").GetProperty("read").GetInt64() == 20_000;
            },
            "every record is shown");

        JsonElement records = status.GetProperty("records");
        Assert.Equal(
            20_000,
            records.GetProperty("counted").GetInt64() + records.GetProperty("late").GetInt64() + records.GetProperty("rejected").GetInt64());
        Assert.All(status.GetProperty("rejected").EnumerateArray(), rejected =>
            Assert.NotEmpty(rejected.GetProperty("example").GetProperty("text").GetString()!));
        await pipe.DisposeAsync();
        Assert.Equal(CommandRunner.Done, (await running).Exit);
    }

    [Fact]
    public async Task Run_PortInUse_GoesOnAndSaysWhatToDo()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string file = _folder.File("events.ndjson");
        await File.WriteAllBytesAsync(file, _events);
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        (int exit, byte[] output, string error) = await RunAsync(
            new RunOptions([file], null, Json: true, null, null, JobTuning.Default) { Dashboard = new(DashboardAddress.Loopback, port) });

        Assert.Equal(CommandRunner.Done, exit);
        Assert.NotEmpty(output);
        Assert.Matches($"no dashboard at 127.0.0.1:{port}: [^\n]+in use[^\n]+--dashboard", error);
    }

    [Fact]
    public async Task Server_PortInUseThatMayFallBack_TakesAFreeOne()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        StringWriter error = new();
        CommandContext context = new(TextWriter.Synchronized(error), () => Stream.Null, TimeProvider.System);

        using RunDashboard? dashboard = RunDashboard.Start(
            new DashboardAddress(DashboardAddress.Loopback, port) { FallsBack = true }, "tidemark demo", new EngineOptions(), null, context);

        Assert.NotEqual(port, dashboard!.Url.Port);
        using HttpClient http = new();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(dashboard.Url)).StatusCode);
    }

    [Fact]
    public async Task Run_WithALake_ShowsWhatEarlierRunsWrote()
    {
        string file = _folder.File("events.ndjson");
        await File.WriteAllBytesAsync(file, _events);
        string lake = _folder.File("lake");
        Assert.Equal(0, (await RunAsync(new RunOptions([file], lake, Json: false, null, null, JobTuning.Default))).Exit);
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        using AnonymousPipeClientStream reader = new(PipeDirection.In, pipe.ClientSafePipeHandle);
        StringWriter error = new();
        Task<(int, byte[], string)> running = RunAsync(
            new RunOptions(["-"], lake, Json: false, null, null, JobTuning.Default) { Dashboard = new(DashboardAddress.Loopback, 0) }, reader, error);
        using HttpClient http = new();
        http.BaseAddress = await UrlAsync(error);

        JsonElement hour = JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/v1/metrics/1hour?limit=1", UriKind.Relative))).RootElement;
        JsonElement users = JsonDocument.Parse(
            await http.GetStringAsync(new Uri("/api/v1/uniques?from=2026-11-22&to=2026-11-23", UriKind.Relative))).RootElement;

        Assert.InRange(hour.GetProperty("results")[0].GetProperty("total_events").GetInt64(), 1, 20_000);
        Assert.InRange(users.GetProperty("unique_users").GetInt64(), 1000, 20_000);
        await pipe.DisposeAsync();
        await running;
    }

    /// <summary>The run has let go of its Redis by then; the dashboard reads by a connection of its own.</summary>
    [Fact]
    public async Task Run_OnATerminalWithRedis_ShowsTheHistoryAfterItsEnd()
    {
        using RedisServer redis = RedisServer.Start();
        IResultSink sink = await new RedisPlan(redis.Options)
            .OpenAsync(new SinkContext(Shop.Windows, OthersWrite: true, TimeProvider.System), CancellationToken.None);
        long firstMs = Shop.Midnight - (1700 * Shop.Minute);
        await sink.WriteAsync([.. Shop.Range("1min", firstMs, Shop.Midnight)], CancellationToken.None); // more than are kept in memory
        string file = _folder.File("events.ndjson");
        await File.WriteAllBytesAsync(file, _events);
        StringWriter error = new();
        Screen terminal = new() { IsTerminal = true };
        CommandContext context = new(TextWriter.Synchronized(error), () => Stream.Null, TimeProvider.System)
        {
            Output = terminal, Errors = terminal,
        };
        RunOptions run = new([file], null, Json: false, null, null, JobTuning.Default)
        {
            Redis = redis.Options, Dashboard = new(DashboardAddress.Loopback, 0),
        };
        using CancellationTokenSource stop = new();
        Task<int> running = Task.Run(() => Runner.Run(run, new EngineOptions(), context, stop.Token));
        using HttpClient http = new();
        http.BaseAddress = await UrlAsync(error);
        await Until.TrueAsync(() => Task.FromResult(error.ToString().Contains("the dashboard stays", StringComparison.Ordinal)), "the run has ended");

        using HttpResponseMessage answer = await http.GetAsync(new Uri($"/api/v1/metrics/1min?from={firstMs}&limit=1", UriKind.Relative));

        await stop.CancelAsync();
        Assert.Equal(CommandRunner.Done, await running);
        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync()));
        Assert.DoesNotContain("defect", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static byte[] Events(long count)
    {
        EventGenerator generator = new(new GeneratorOptions
        {
            Events = count, Start = DateTimeOffset.FromUnixTimeMilliseconds(Shop.Midnight), EventsPerSecond = 20,
        });
        System.Buffers.ArrayBufferWriter<byte> bytes = new();
        while (generator.WriteNext(bytes))
        {
            // Everything is written.
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static async Task<(int Exit, byte[] Output, string Error)> RunAsync(RunOptions run, Stream? input = null, StringWriter? error = null)
    {
        using MemoryStream output = new();
        error ??= new StringWriter();
        CommandContext context = new(TextWriter.Synchronized(error), () => output, TimeProvider.System) { OpenStandardInput = () => input! };
        int exit = await Task.Run(() => Runner.Run(run, new EngineOptions(), context, CancellationToken.None));
        return (exit, output.ToArray(), error.ToString());
    }

    private static async Task<Uri> UrlAsync(StringWriter error)
    {
        Match url = Match.Empty;
        await Until.TrueAsync(
            () =>
            {
                url = Url().Match(error.ToString());
                return Task.FromResult(url.Success);
            },
            "the address is told");
        return new Uri(url.Groups[1].Value);
    }

    [GeneratedRegex("dashboard: (http://[0-9.:]+/)")]
    private static partial Regex Url();
}
