namespace Tidemark.Dashboard.Api;

/// <summary>What one request may ask for. Beyond it the answer is 400 and says the limit.</summary>
public sealed record ApiLimits
{
    /// <summary>How many windows or sessions are answered at most. Default 10,000.</summary>
    public int MaxWindows { get; init; } = 10_000;

    /// <summary>How many windows or sessions are answered unless <c>limit</c> says otherwise. Default 1,000.</summary>
    public int DefaultWindows { get; init; } = 1000;

    /// <summary>The longest range. Default 400 days.</summary>
    public TimeSpan MaxRange { get; init; } = TimeSpan.FromDays(400);

    /// <summary>The longest range of sessions, all of which may have to be read to find those of a user. Default 31 days.</summary>
    public TimeSpan MaxSessionRange { get; init; } = TimeSpan.FromDays(31);

    /// <summary>How many windows may be merged or added up for one answer. Default 20,000: two weeks of minutes.</summary>
    public int MaxMerged { get; init; } = 20_000;
}
