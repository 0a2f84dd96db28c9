using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;
using Tidemark.Support.Fixtures;

namespace Tidemark.Dashboard.Tests.Live;

/// <summary>
/// Goal: every client gets every window once, whatever the number of clients and whatever cuts their connections.
/// Method: as many clients as TIDEMARK_STREAMS says (50; make streams: 500), each of which is cut off now and then and resumes.
/// Alone, since it measures the memory of the process.
/// </summary>
[Collection(Alone)]
public sealed class StreamClientsTests
{
    private const string Alone = "alone";

    private static readonly int Clients = Number("TIDEMARK_STREAMS", 50);
    private static readonly int Windows = Number("TIDEMARK_STREAM_WINDOWS", 120);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(Number("TIDEMARK_STREAM_PACE_MS", 5));

    [Fact]
    public async Task Stream_ManyClientsSomeCutOff_EveryOneGetsEveryWindowOnce()
    {
        using LiveServer server = LiveServer.Start(Shop.Midnight);
        using HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Clients + 10 }) { BaseAddress = server.Url };
        http.Timeout = TimeSpan.FromMinutes(5);
        await server.WriteAsync(Shop.Window("1min", -Shop.Minute));
        string first = await FirstIdAsync(http);
        Task<List<long>>[] clients = [.. Enumerable.Range(0, Clients).Select(i => ListenAsync(http, first, cutEvery: i % 3 == 0 ? 17 + i : 0))];
        await Until.TrueAsync(() => Task.FromResult(server.Stream.Clients == Clients), "all listen", TimeSpan.FromMinutes(1));
        long memory = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Windows; i++)
        {
            await server.WriteAsync(Shop.Window("1min", i * Shop.Minute), Shop.Window("1hour", 0, Phase.Live, i + 1));
            await Task.Delay(Pace);
        }

        List<long>[] got = await Task.WhenAll(clients).WaitAsync(TimeSpan.FromMinutes(3));
        long grown = GC.GetTotalMemory(forceFullCollection: true) - memory;

        Assert.All(got, starts => Assert.Equal(Enumerable.Range(0, Windows).Select(i => i * Shop.Minute), starts));
        Assert.InRange(grown, long.MinValue, 16L << 20);
        Assert.Empty(server.Said);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>The id of the last window so far: what a client has that came just now.</summary>
    private static async Task<string> FirstIdAsync(HttpClient http)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/stream");
        request.Headers.Add("Last-Event-ID", "unknown-1");
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync());
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                return line[4..];
            }
        }

        throw new InvalidOperationException("Expected an id, got the end of the stream.");
    }

    private static async Task<List<long>> ListenAsync(HttpClient http, string last, int cutEvery)
    {
        List<long> starts = [];
        while (starts.Count < Windows)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/stream?window=1min");
            request.Headers.Add("Last-Event-ID", last);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            using StreamReader lines = new(await response.Content.ReadAsStreamAsync());
            string name = "";
            string? id = null;
            while (starts.Count < Windows && await lines.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    name = line[7..];
                }
                else if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    id = line[4..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal) && name == "closed")
                {
                    starts.Add(ResultJson.Read(System.Text.Encoding.UTF8.GetBytes(line[6..])).StartMs);
                    last = id!;
                    if (cutEvery > 0 && starts.Count % cutEvery == 0)
                    {
                        break;
                    }
                }
            }
        }

        return starts;
    }

    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class AloneCollection;
}
