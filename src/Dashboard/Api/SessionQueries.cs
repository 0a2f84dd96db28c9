using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>Answers with sessions that have ended.</summary>
internal sealed class SessionQueries(IResultStore store, RequestReader reader, ApiLimits limits)
{
    /// <summary>The last sessions that start in a range, by start, and where to end the next question to go on to earlier ones.</summary>
    public async Task<ApiResponse> LastAsync(ApiRequest request, CancellationToken cancellationToken)
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
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            MetricsQueries.WriteTime(json, "from", range.StartMs == long.MinValue ? null : range.StartMs);
            MetricsQueries.WriteTime(json, "to", range.EndMs == long.MaxValue ? null : range.EndMs);
            MetricsQueries.WriteTime(json, "next_to", rows.Count < limit ? null : rows[0].Session.StartMs);
            json.WriteStartArray("sessions");
            foreach (SessionRow row in rows)
            {
                SessionJson.Write(json, row);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
