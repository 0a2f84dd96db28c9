using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>Answers that are computed from many windows: sums, and distinct users.</summary>
internal sealed class RangeQueries(IResultStore store, RequestReader reader, ApiLimits limits)
{
    /// <summary>
    /// The sums of everything that can be added up, over the closed windows that lie entirely in the range; as few as possible, so that a day
    /// is 24 hours and not 1,440 minutes.
    /// </summary>
    public async Task<ApiResponse> TotalsAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Interval range = reader.RequiredRange(request);
        RequireSideBySide();
        IReadOnlyList<WindowResult> windows;
        try
        {
            windows = await new RangeCover(store, limits.MaxMerged).FindAsync(range, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            throw new BadRequestException($"to: expected a range of at most {limits.MaxMerged} windows; ask for a shorter one, or for whole hours");
        }

        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("from", TimeText.Format(range.StartMs));
            json.WriteString("to", TimeText.Format(range.EndMs));
            json.WriteNumber("windows", windows.Count);
            MetricsQueries.WriteTime(json, "covered_from", windows.Count == 0 ? null : windows[0].StartMs);
            MetricsQueries.WriteTime(json, "covered_to", windows.Count == 0 ? null : windows[^1].EndMs);
            json.WriteStartObject("totals");
            foreach (ResultColumn column in ResultColumns.All.Where(column => column.IsAdditive))
            {
                switch (column)
                {
                    case CountColumn count:
                        json.WriteNumber(column.Name, windows.Sum(count.Get));
                        break;
                    case AmountColumn amount:
                        json.WriteNumber(column.Name, windows.Sum(window => amount.Get(window) ?? 0) / 1.0000000000000000000000000000m);
                        break;
                    default:
                        throw new NotSupportedException($"A {column.GetType().Name} cannot be added up.");
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>The distinct users of a range, each counted once, by the longest windows that fit its ends.</summary>
    public async Task<ApiResponse> UniquesAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        Interval range = reader.RequiredRange(request);
        WindowDefinition family = FamilyFor(range);
        if (range.LengthMs / family.Kind.SizeMs > limits.MaxMerged)
        {
            throw new BadRequestException(
                $"to: expected a range of at most {limits.MaxMerged} windows of {family.Name}; ask for a shorter one, or begin and end it at whole hours");
        }

        UserCount users = await store.CountUsersAsync(family.Name, range, cancellationToken).ConfigureAwait(false);
        return ApiResponse.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("from", TimeText.Format(range.StartMs));
            json.WriteString("to", TimeText.Format(range.EndMs));
            json.WriteString("window", family.Name);
            json.WriteNumber("windows", users.Windows);
            MetricsQueries.WriteTime(json, "covered_from", users.Covered?.StartMs);
            MetricsQueries.WriteTime(json, "covered_to", users.Covered?.EndMs);
            json.WriteNumber("unique_users", users.Users);
            json.WriteBoolean("unique_users_exact", users.IsExact);
            json.WriteEndObject();
        });
    }

    private WindowDefinition FamilyFor(Interval range)
    {
        RequireSideBySide();
        WindowDefinition[] families = RangeCover.SideBySide(store.Windows);
        return families.FirstOrDefault(family => IsAligned(range.StartMs, family.Kind) && IsAligned(range.EndMs, family.Kind)) ?? families[^1];
    }

    private void RequireSideBySide()
    {
        if (RangeCover.SideBySide(store.Windows).Length == 0)
        {
            throw new BadRequestException("There are no tumbling windows: windows that overlap cannot be added up. Configure a tumbling family.", 404);
        }
    }

    private static bool IsAligned(long timeMs, WindowKind kind) => EventTime.Floor(timeMs, kind.SizeMs, kind.OffsetMs) == timeMs;
}
