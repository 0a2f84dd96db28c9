using System.Globalization;
using Tidemark.Cli.Dashboard;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>The real server over results that a test writes.</summary>
internal sealed class LiveServer : IDisposable
{
    private static int _epoch;

    private readonly IDashboardServer _server;

    private LiveServer(RecentResults results, ResultStream stream, FixedStatus status, DashboardApi api, DashboardAddress address)
    {
        (Results, Stream, Status) = (results, stream, status);
        _server = DashboardServer.StartAsync(address, api, stream, TimeProvider.System, Said.Add).GetAwaiter().GetResult();
    }

    public RecentResults Results { get; }

    public ResultStream Stream { get; }

    public FixedStatus Status { get; }

    public List<string> Said { get; } = [];

    public Uri Url => _server.Url;

    public static LiveServer Start(
        long nowMs, IResultReader? history = null, int port = 0, StreamLimits? limits = null, IReadOnlyList<ResultColumn>? columns = null,
        bool isStreamed = true)
    {
        string epoch = "test" + Interlocked.Increment(ref _epoch).ToString(CultureInfo.InvariantCulture);
        ResultStream stream = new(limits ?? new StreamLimits(), epoch);
        RecentResults results = new(Shop.Windows, new RecentLimits(), stream, history);
        FixedStatus status = new(FixedStatus.At(nowMs));
        DashboardApi api = new(results, columns ?? ResultColumns.All, status, isStreamed ? stream : null, new ApiLimits(), TimeProvider.System);
        return new LiveServer(results, stream, status, api, new DashboardAddress(DashboardAddress.Loopback, port));
    }

    public Task WriteAsync(params IEnumerable<WindowResult> results) => Results.WriteAsync([.. results], CancellationToken.None);

    /// <summary>Tells a status to those who listen, and to those who ask.</summary>
    public void Tell(DashboardStatus status)
    {
        Status.Status = status;
        Stream.SetStatus(json => StatusJson.Write(json, status));
    }

    public void Dispose() => _server.Dispose();
}
