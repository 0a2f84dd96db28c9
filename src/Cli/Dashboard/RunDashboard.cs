using System.Globalization;
using System.Net.Sockets;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Cli.State;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Cli.Dashboard;

/// <summary>The dashboard of one run: its results in memory, its status, and a server. Whatever fails in it is told, and the run goes on.</summary>
internal sealed class RunDashboard : IResultSink, IStatusSource, IDisposable
{
    /// <summary>How long it stays after the run while nobody looks at it.</summary>
    public static readonly TimeSpan UnusedTimeout = TimeSpan.FromMinutes(2);

    /// <summary>How often open windows are shown.</summary>
    public static readonly TimeSpan LiveSpacing = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan StatusSpacing = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FillAgainAfter = TimeSpan.FromSeconds(10);

    private readonly RecentResults _results;
    private readonly ResultStream _stream;
    private readonly CommandContext _context;
    private readonly string _host;
    private readonly IAsyncDisposable? _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _work = [];
    private IDashboardServer? _server;
    private RunStatus? _status;
    private bool _hasFailed;

    private RunDashboard(string host, EngineOptions options, IResultReader? history, CommandContext context, IAsyncDisposable? connection)
    {
        (_host, _context, _connection) = (host, context, connection);
        _stream = new ResultStream(new StreamLimits(), context.Time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture));
        _results = new RecentResults(options.Windows, new RecentLimits(), _stream, history);
    }

    /// <summary>Where it is served.</summary>
    public Uri Url => _server!.Url;

    /// <summary>Starts serving.</summary>
    /// <param name="address">Where.</param>
    /// <param name="host">The command, for the status.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="history">Where the run keeps its results; null: nowhere.</param>
    /// <param name="context">Where its address, and mistakes, are told.</param>
    /// <param name="connection">What the history is read over, which is closed with the dashboard; null when there is nothing to close.</param>
    /// <returns>The dashboard; null when it cannot be served, which is told.</returns>
    public static RunDashboard? Start(
        DashboardAddress address, string host, EngineOptions options, IResultReader? history, CommandContext context,
        IAsyncDisposable? connection = null)
    {
        RunDashboard dashboard = new(host, options, history, context, connection);
        try
        {
            ResultColumn[] columns = [.. ResultColumns.All, .. ResultColumns.AddedBy(options.Input)];
            DashboardApi api = new(dashboard._results, columns, dashboard, dashboard._stream, new ApiLimits(), context.Time);
            dashboard._server = DashboardServer.StartAsync(address, api, dashboard._stream, context.Time, context.Say).GetAwaiter().GetResult();
        }
        catch (Exception problem) when (problem is IOException or SocketException or UnauthorizedAccessException)
        {
            dashboard.Dispose();
            string why = problem is IOException { InnerException: { } inner } ? inner.Message : problem.Message;
            context.Say($"no dashboard at {address}: {why.TrimEnd('.')}. The run goes on without it; "
                + "give another port, or 0 for any free one: --dashboard [HOST:]PORT");
            return null;
        }

        context.Say($"dashboard: {dashboard.Url}");
        if (!address.IsLoopback)
        {
            context.Say($"everybody who reaches {address} can read the results: the dashboard has no login");
        }

        dashboard._work.Add(Task.Run(dashboard.FillAsync));
        dashboard._work.Add(Task.Run(dashboard.TellStatusAsync));
        return dashboard;
    }

    /// <summary>Tells which run is shown.</summary>
    public void Attach(StreamJob job, IRecordSource source, Checkpointer? checkpointer) =>
        Volatile.Write(ref _status, new RunStatus(_host, job, source, checkpointer, _results.Windows, _results.FinalBefore, _context.Time));

    /// <summary>The run has ended: what is known now stays.</summary>
    public void End() => Volatile.Read(ref _status)?.End();

    /// <summary>Goes on serving after the run, until cancelled or until nobody has looked for a while.</summary>
    public void Linger(CancellationToken cancellationToken)
    {
        _context.Say($"the dashboard stays at {Url} until Ctrl-C, or until nobody has looked at it for {Durations.Format(UnusedTimeout)}");
        while (_server!.Unused < UnusedTimeout && !cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)))
        {
            // Somebody looks, or has just done so.
        }
    }

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        Guard(() => _results.WriteAsync(results, cancellationToken));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        Guard(() => _results.MarkFinalAsync(window, finalBeforeMs, cancellationToken));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        Guard(() => _results.WriteSessionsAsync(sessions, cancellationToken));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<DashboardStatus> ReadAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _status) is { } status
            ? status.ReadAsync(cancellationToken)
            : Task.FromException<DashboardStatus>(new SinkException("the run has not begun yet; try again") { IsTransient = true });

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _server?.Dispose();
        Task.WhenAll(_work).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        _connection?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stop.Dispose();
    }

    /// <summary>The run never fails by its dashboard.</summary>
    private void Guard(Func<Task> write)
    {
        if (_hasFailed)
        {
            return;
        }

        try
        {
            write().GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it is the dashboard's and not the run's.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _hasFailed = true;
            _context.Say($"the dashboard shows nothing new from now on, and the run goes on: {error.GetType().Name}: {error.Message} "
                + "This is a defect of tidemark, please report it.");
        }
    }

    private async Task FillAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _results.FillAsync(_stop.Token).ConfigureAwait(false);
                return;
            }
            catch (SinkException)
            {
                // Requests that need the history say why they get none. It may be back soon.
                await Task.Delay(FillAgainAfter, _context.Time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task TellStatusAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(StatusSpacing, _context.Time, _stop.Token).ConfigureAwait(false);
            if (_stream.Clients > 0 && Volatile.Read(ref _status) is { } source)
            {
                DashboardStatus status = await source.ReadAsync(_stop.Token).ConfigureAwait(false);
                _stream.SetStatus(json => StatusJson.Write(json, status));
            }
        }
    }
}
