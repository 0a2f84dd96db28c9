namespace Tidemark.Dashboard.Results;

/// <summary>How much is kept in memory. Beyond it the oldest windows are forgotten; the lake or Redis still has them.</summary>
public sealed record RecentLimits
{
    /// <summary>How many closed windows of a family. Default 1,500: a day of minutes and a little more.</summary>
    public int MaxWindowsOfFamily { get; init; } = 1500;

    /// <summary>How many bytes all results take, about. Default 64 MiB.</summary>
    public long MaxBytes { get; init; } = 64L << 20;

    /// <summary>How many sessions, those of the latest minute whatever they are. Default 20,000.</summary>
    public int MaxSessions { get; init; } = 20_000;

    /// <summary>How many open windows, of which those with the earliest ends are kept. Default 256.</summary>
    public int MaxLive { get; init; } = 256;
}
