using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>Answers with sessions that have ended.</summary>
internal sealed class SessionQueries(IResultStore store, RequestReader reader, ApiLimits limits)
{
    private static readonly string[] NotWithOrder = ["from", "to", "user"];

    /// <summary>
    /// The last sessions that start in a range, by start, and where to end the next question to go on to earlier ones; or the last to end.
    /// </summary>
    public Task<ApiResponse> LastAsync(ApiRequest request, CancellationToken cancellationToken) => request.Parameter("order") switch
    {
        null => LastStartedAsync(request, cancellationToken),
        "end" => LastEndedAsync(request, cancellationToken),
        var other => throw new BadRequestException($"order: expected end, or nothing for the order of starts, got '{RequestReader.Shown(other)}'"),
    };

    private async Task<ApiResponse> LastEndedAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        if (NotWithOrder.FirstOrDefault(name => request.Parameter(name) is not null) is { } name)
        {
            throw new BadRequestException($"{name}: expected none beside order=end, which has the last sessions of all");
        }

        IReadOnlyList<SessionRow> rows = await store.ReadLastEndedAsync(reader.Limit(request), cancellationToken).ConfigureAwait(false);
        return Answer(new Interval(long.MinValue, long.MaxValue), nextToMs: null, rows);
    }

    private async Task<ApiResponse> LastStartedAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Interval range = reader.Range(request, limits.MaxSessionRange);
        if (range is { StartMs: not long.MinValue, EndMs: long.MaxValue })
        {
            range = range with { EndMs = range.StartMs + (long)limits.MaxSessionRange.TotalMilliseconds };
        }

        string? user = request.Parameter("user");
        if (user is not null && range.StartMs == long.MinValue)
        {
            throw new BadRequestException("from: expected a time such as 2026-11-22T06:00:00Z or -1d beside user, got nothing");
        }

        int limit = reader.Limit(request);
        IReadOnlyList<SessionRow> rows = await store.ReadLastSessionsAsync(range, user, limit, cancellationToken).ConfigureAwait(false);
        return Answer(range, rows.Count < limit ? null : rows[0].Session.StartMs, rows);
    }

    private static ApiResponse Answer(Interval range, long? nextToMs, IReadOnlyList<SessionRow> rows) =>
        ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            MetricsQueries.WriteTime(json, "from", range.StartMs == long.MinValue ? null : range.StartMs);
            MetricsQueries.WriteTime(json, "to", range.EndMs == long.MaxValue ? null : range.EndMs);
            MetricsQueries.WriteTime(json, "next_to", nextToMs);
            json.WriteStartArray("sessions");
            foreach (SessionRow row in rows)
            {
                SessionJson.Write(json, row);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
}
