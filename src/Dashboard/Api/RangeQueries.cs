using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>Answers that are computed from many windows: sums, and distinct users.</summary>
internal sealed class RangeQueries(IResultStore store, IReadOnlyList<ResultColumn> columns, RequestReader reader, ApiLimits limits)
{
    /// <summary>
    /// The sums of everything that can be added up, over the closed windows that lie entirely in the range; as few as possible, so that a day
    /// is 24 hours and not 1,440 minutes.
    /// </summary>
    public async Task<ApiResponse> TotalsAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Interval range = reader.RequiredRange(request);
        RequireSideBySide();
        RangeTotals totals = new(columns);
        RangeCover cover = new(store, limits.MaxMerged);
        await foreach (WindowResult window in cover.FindAsync(range, cancellationToken).ConfigureAwait(false))
        {
            totals.Add(window);
        }

        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            WriteRange(json, range, cover.Count, cover.Covered);
            json.WritePropertyName("totals");
            totals.Write(json);
            json.WriteEndObject();
        });
    }

    /// <summary>The distinct users of a range, each counted once, by as few windows as possible.</summary>
    public async Task<ApiResponse> UniquesAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Interval range = reader.RequiredRange(request);
        RequireSideBySide();
        RangeCover cover = new(store, limits.MaxMerged);
        UserCount users = await store.CountUsersAsync(cover.FindAsync(range, cancellationToken), cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            WriteRange(json, range, users.Windows, users.Covered);
            json.WriteNumber("unique_users", users.Users);
            json.WriteBoolean("unique_users_exact", users.IsExact);
            json.WriteEndObject();
        });
    }

    private static void WriteRange(Utf8JsonWriter json, Interval range, long windows, Interval? covered)
    {
        json.WriteString("from", TimeText.Format(range.StartMs));
        json.WriteString("to", TimeText.Format(range.EndMs));
        json.WriteNumber("windows", windows);
        MetricsQueries.WriteTime(json, "covered_from", covered?.StartMs);
        MetricsQueries.WriteTime(json, "covered_to", covered?.EndMs);
    }

    private void RequireSideBySide()
    {
        if (RangeCover.SideBySide(store.Windows).Length == 0)
        {
            throw new BadRequestException(
                "There are no tumbling windows, and windows that overlap cannot be added up. Configure a tumbling family.", 404);
        }
    }
}
