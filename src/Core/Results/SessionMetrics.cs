using Tidemark.Core.Sessions;

namespace Tidemark.Core.Results;

/// <summary>
/// The sessions of a window. One started where its earliest event lies, and ended when its user had been silent for the gap, so that both are known
/// when the window closes. Means and rates are those of the sessions that ended, rounded to 4 decimals, half to even; null when none did.
/// </summary>
/// <param name="Started">Sessions that started.</param>
/// <param name="Ended">Sessions that ended.</param>
/// <param name="Bounced">Those ended with one page view at most.</param>
/// <param name="Converted">Those ended with a purchase.</param>
/// <param name="DurationMean">The mean duration in seconds.</param>
/// <param name="DurationP50">The median duration in seconds, within 1 %.</param>
/// <param name="DurationP95">The duration in seconds that 95 % are not longer than, within 1 %.</param>
/// <param name="BounceRate">The share that bounced, 0 to 1.</param>
/// <param name="ConversionRate">The share with a purchase, 0 to 1.</param>
/// <param name="PagesPerSession">The mean of page views.</param>
public sealed record SessionMetrics(
    long Started, long Ended, long Bounced, long Converted, decimal? DurationMean, decimal? DurationP50, decimal? DurationP95,
    decimal? BounceRate, decimal? ConversionRate, decimal? PagesPerSession)
{
    /// <summary>No session.</summary>
    public static SessionMetrics None { get; } = new(0, 0, 0, 0, null, null, null, null, null, null);

    internal static SessionMetrics From(SessionCounts counts)
    {
        return new SessionMetrics(
            counts.Started, counts.Ended, counts.Bounced, counts.Converted,
            Share(counts.DurationMs / 1000m), Seconds(0.5m), Seconds(0.95m),
            Share(counts.Bounced), Share(counts.Converted), Share(counts.PageViews));

        decimal? Share(decimal part) => counts.Ended > 0 ? Math.Round(part / counts.Ended, 4, MidpointRounding.ToEven) : null;

        decimal? Seconds(decimal share) => counts.Durations.Quantile(share) / 1000m;
    }
}
