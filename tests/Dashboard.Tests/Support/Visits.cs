using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>Sessions in the windows of the <see cref="Shop"/>.</summary>
internal static class Visits
{
    /// <summary>The columns of a run that has sessions.</summary>
    public static ResultColumn[] Columns { get; } =
        [.. ResultColumns.All, .. ResultColumns.AddedBy(new InputOptions { Sessions = new SessionOptions() })];

    /// <summary>A window with sessions; the means and quantiles are null when none ended.</summary>
    public static WindowResult With(
        WindowResult window, long started, long ended, decimal mean = 0, long bounced = 0, long converted = 0, decimal pages = 0) => window with
        {
            Sessions = ended == 0
                ? SessionMetrics.None with { Started = started }
                : new SessionMetrics(
                    started, ended, bounced, converted, mean, mean / 2, mean * 3,
                    decimal.Round((decimal)bounced / ended, 4), decimal.Round((decimal)converted / ended, 4), pages),
        };

    /// <summary>Windows with sessions that are a function of their time.</summary>
    public static IEnumerable<WindowResult> In(IEnumerable<WindowResult> windows) => windows.Select(window =>
    {
        long minutes = (window.EndMs - window.StartMs) / Shop.Minute;
        long some = window.StartMs / Shop.Minute % 7;
        return With(
            window, started: minutes * (90 + some), ended: minutes * (80 + (2 * some)), mean: 150 + (10 * some), bounced: minutes * (20 + some),
            converted: minutes * 9, pages: 4.25m);
    });
}
