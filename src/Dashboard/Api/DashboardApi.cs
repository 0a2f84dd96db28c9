using Tidemark.Core.Results;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Page;
using Tidemark.Dashboard.Results;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>
/// Answers every request of the API and for the page, for any host. What cannot be answered is told as problem+json; nothing is thrown but
/// a cancellation. The stream of server-sent events is the host's to send (<see cref="ResultStream"/>); without one, as on Azure Functions,
/// clients poll the same path.
/// </summary>
public sealed class DashboardApi
{
    /// <summary>The path of the API.</summary>
    public const string Root = "/api/v1/";

    /// <summary>The path of the stream.</summary>
    public const string StreamPath = Root + "stream";

    /// <summary>The path of the metrics for Prometheus.</summary>
    public const string MetricsPath = "/metrics";

    private readonly MetricsQueries _metrics;
    private readonly RangeQueries _ranges;
    private readonly SessionQueries _sessions;
    private readonly IResultStore _store;
    private readonly IReadOnlyList<ResultColumn> _all;
    private readonly IStatusSource _status;
    private readonly ResultStream? _stream;
    private readonly ApiResponse _columns;
    private readonly ApiResponse _openApi;

    /// <summary>Creates the API.</summary>
    /// <param name="store">Where results are read.</param>
    /// <param name="columns">The columns of results.</param>
    /// <param name="status">How the host stands.</param>
    /// <param name="stream">What the host streams; null when it does not.</param>
    /// <param name="limits">What a request may ask for.</param>
    /// <param name="time">The clock.</param>
    public DashboardApi(
        IResultStore store, IReadOnlyList<ResultColumn> columns, IStatusSource status, ResultStream? stream, ApiLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(limits);
        RequestReader reader = new(columns, limits, time);
        (_store, _all, _status, _stream) = (store, columns, status, stream);
        _metrics = new MetricsQueries(store, reader);
        _ranges = new RangeQueries(store, columns, reader, limits);
        _sessions = new SessionQueries(store, reader, limits);
        _columns = ApiResponse.OfKept(
            ApiResponse.Json, ColumnsDocument.Write(store.Windows, columns, isStreamed: stream is not null), SecurityHeaders.Data);
        _openApi = ApiResponse.OfKept(
            ApiResponse.Json, OpenApiDocument.Write(store.Windows, columns, limits, isStreamed: stream is not null), SecurityHeaders.Data);
    }

    /// <summary>Answers a GET request.</summary>
    public async Task<ApiResponse> GetAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return (await RouteAsync(request, cancellationToken).ConfigureAwait(false)).For(request);
        }
        catch (BadRequestException mistake)
        {
            return ApiResponse.Problem(mistake.Status, mistake.Status == 404 ? "Not found" : "Bad request", mistake.Message);
        }
        catch (SinkException problem)
        {
            return ApiResponse.Problem(503, "The results cannot be read", problem.Message);
        }
    }

    private async Task<ApiResponse> RouteAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (request.Path.StartsWith(Root, StringComparison.Ordinal))
        {
            return request.Path[Root.Length..].Split('/') switch
            {
                ["columns"] => _columns,
                ["openapi.json"] => _openApi,
                ["status"] => await StatusAsync(cancellationToken).ConfigureAwait(false),
                ["stream"] => await _metrics.LatestStateAsync(cancellationToken).ConfigureAwait(false),
                ["uniques"] => await _ranges.UniquesAsync(request, cancellationToken).ConfigureAwait(false),
                ["totals"] => await _ranges.TotalsAsync(request, cancellationToken).ConfigureAwait(false),
                ["sessions"] => await _sessions.LastAsync(request, cancellationToken).ConfigureAwait(false),
                ["metrics", "live"] => await _metrics.LiveAsync(request, cancellationToken).ConfigureAwait(false),
                ["metrics", var window] => await _metrics.RangeAsync(window, request, cancellationToken).ConfigureAwait(false),
                ["metrics", var window, "latest"] => await _metrics.LatestAsync(window, request, cancellationToken).ConfigureAwait(false),
                _ => throw Unknown(),
            };
        }

        if (request.Path == MetricsPath && _stream is not null)
        {
            return await PrometheusAsync(_stream, cancellationToken).ConfigureAwait(false);
        }

        return PageFiles.Find(request.Path) ?? throw Unknown();
    }

    private static BadRequestException Unknown() => new($"There is nothing at this path; GET {Root}openapi.json lists what there is.", 404);

    private async Task<ApiResponse> StatusAsync(CancellationToken cancellationToken)
    {
        DashboardStatus status = await _status.ReadAsync(cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json => StatusJson.Write(json, status));
    }

    private async Task<ApiResponse> PrometheusAsync(ResultStream stream, CancellationToken cancellationToken)
    {
        DashboardStatus status = await _status.ReadAsync(cancellationToken).ConfigureAwait(false);
        byte[] text = PrometheusText.Write(
            status, await _metrics.LatestOfAllAsync(1, cancellationToken).ConfigureAwait(false), _all, stream.Clients);
        return ApiResponse.Of(PrometheusText.ContentType, text, SecurityHeaders.Data);
    }

    /// <summary>The families that a request for the stream names: <c>window</c>, with commas in between; empty: all.</summary>
    /// <returns>The families, or the answer that says which name is unknown.</returns>
    public (IReadOnlySet<string> Families, ApiResponse? Problem) FamiliesOf(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        HashSet<string> families =
            [.. (request.Parameter("window") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        string? unknown = families.FirstOrDefault(name => _store.Windows.All(window => window.Name != name));
        return unknown is null
            ? (families, null)
            : (families, ApiResponse.Problem(404, "Not found", MetricsQueries.UnknownWindow(_store, unknown)));
    }
}
