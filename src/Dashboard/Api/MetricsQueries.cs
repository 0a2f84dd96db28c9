using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>Answers that are windows as they were published.</summary>
internal sealed class MetricsQueries(IResultStore store, RequestReader reader)
{
    private static readonly Interval Everything = new(long.MinValue, long.MaxValue);

    // As many minutes as may be corrected by default, and then some.
    private const int ClosedInState = 10;

    /// <summary>Why a name of a window is refused.</summary>
    public static string UnknownWindow(IResultStore store, string window) =>
        $"window: expected {string.Join(", ", store.Windows.Select(known => known.Name))}, got '{window}'";

    /// <summary>The latest closed window of a family.</summary>
    public async Task<ApiResponse> LatestAsync(string window, ApiRequest request, CancellationToken cancellationToken)
    {
        Require(window);
        Predicate<ResultColumn> columns = reader.Columns(request);
        IReadOnlyList<WindowResult> last = await store.ReadLastAsync(window, Everything, 1, cancellationToken).ConfigureAwait(false);
        return last is [var result]
            ? ApiResponse.Of(json => ResultJson.Write(json, result, columns))
            : throw new BadRequestException($"No window of {window} is closed yet; {DashboardApi.Root}metrics/live has those that are open.", 404);
    }

    /// <summary>The closed windows of a family that start in a range. Without a start the last ones; else the first, and where to go on.</summary>
    public async Task<ApiResponse> RangeAsync(string window, ApiRequest request, CancellationToken cancellationToken)
    {
        Require(window);
        Predicate<ResultColumn> columns = reader.Columns(request);
        Interval range = reader.Range(request);
        int limit = reader.Limit(request);
        (IReadOnlyList<WindowResult> results, long? nextMs) = range.StartMs == long.MinValue
            ? (await store.ReadLastAsync(window, range, limit, cancellationToken).ConfigureAwait(false), null)
            : await FirstAsync(window, range, limit, cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("window", window);
            WriteTime(json, "from", range.StartMs == long.MinValue ? null : range.StartMs);
            WriteTime(json, "to", range.EndMs == long.MaxValue ? null : range.EndMs);
            WriteTime(json, "next_from", nextMs);
            WriteResults(json, "results", results, columns);
            json.WriteEndObject();
        });
    }

    /// <summary>The windows that are open.</summary>
    public async Task<ApiResponse> LiveAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Predicate<ResultColumn> columns = reader.Columns(request);
        string? window = request.Parameter("window");
        if (window is not null)
        {
            Require(window);
        }

        IReadOnlyList<WindowResult> live = await store.LiveAsync(cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            WriteResults(json, "results", live.Where(result => window is null || result.Window == window), columns);
            json.WriteEndObject();
        });
    }

    /// <summary>What a client needs that polls instead of listening: the open windows, and the latest closed ones of each family.</summary>
    public async Task<ApiResponse> LatestStateAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<WindowResult> live = await store.LiveAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WindowResult> closed = await LatestOfAllAsync(ClosedInState, cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            WriteResults(json, "live", live, static _ => true);
            WriteResults(json, "closed", closed, static _ => true);
            json.WriteEndObject();
        });
    }

    /// <summary>The latest closed windows of every family.</summary>
    public async Task<IReadOnlyList<WindowResult>> LatestOfAllAsync(int count, CancellationToken cancellationToken)
    {
        List<WindowResult> latest = [];
        foreach (WindowDefinition window in store.Windows)
        {
            latest.AddRange(await store.ReadLastAsync(window.Name, Everything, count, cancellationToken).ConfigureAwait(false));
        }

        return latest;
    }

    /// <summary>The first windows of a range. Windows that share a start are not parted, since the next answer begins with a start.</summary>
    private async Task<(IReadOnlyList<WindowResult> Results, long? NextMs)> FirstAsync(
        string window, Interval range, int limit, CancellationToken cancellationToken)
    {
        List<WindowResult> results = [];
        await foreach (WindowResult result in store.ReadAsync(window, range, cancellationToken).ConfigureAwait(false))
        {
            if (results.Count >= limit && results[^1].StartMs != result.StartMs)
            {
                return (results, result.StartMs);
            }

            results.Add(result);
        }

        return (results, null);
    }

    private void Require(string window)
    {
        if (store.Windows.All(known => known.Name != window))
        {
            throw new BadRequestException(UnknownWindow(store, window), 404);
        }
    }

    private static void WriteResults(Utf8JsonWriter json, string name, IEnumerable<WindowResult> results, Predicate<ResultColumn> columns)
    {
        json.WriteStartArray(name);
        foreach (WindowResult result in results)
        {
            ResultJson.Write(json, result, columns);
        }

        json.WriteEndArray();
    }

    /// <summary>A time, or null.</summary>
    internal static void WriteTime(Utf8JsonWriter json, string name, long? timeMs)
    {
        if (timeMs is { } known)
        {
            json.WriteString(name, TimeText.Format(known));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
