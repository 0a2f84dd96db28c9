using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Sessions;
using Tidemark.Core.Watermarks;
using Tidemark.Core.Windows;

namespace Tidemark.Core;

/// <summary>
/// The windows that the engine computes, how long it waits for events, and its limits. Immutable; a host binds it once and calls <see
/// cref="Validate"/> before it starts.
/// </summary>
public sealed record EngineOptions
{
    private const int MaxWindows = 32;

    /// <summary>The maximum number of panes kept at a time. An almost empty pane takes about 3 KB.</summary>
    private const long MaxPanesKept = 300_000;

    /// <summary>The window families, 1 to 32, each with a unique name. Default: 1min, 5min sliding by one minute, 1hour.</summary>
    public IReadOnlyList<WindowDefinition> Windows { get; init; } =
    [
        new() { Name = "1min", Size = TimeSpan.FromMinutes(1) },
        new() { Name = "5min", Size = TimeSpan.FromMinutes(5), Slide = TimeSpan.FromMinutes(1) },
        new() { Name = "1hour", Size = TimeSpan.FromHours(1) },
    ];

    /// <summary>
    /// How far an event may be behind the greatest event time of its partition and still be on time. 0 to 30 days; default 10 s.
    /// </summary>
    public TimeSpan MaxOutOfOrderness { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long events are still counted, as corrections, after the watermark has passed the end of their minute. 0 to 30 days; default 5
    /// min.
    /// </summary>
    public TimeSpan AllowedLateness { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a partition must be silent before it is idle and no longer holds back the watermark. 1 s to 1 day; default 1 min.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How far an event's time may be ahead of its arrival. 0 to 1 day; default 5 min.</summary>
    public TimeSpan MaxFutureSkew { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How far an event of a source without arrival times may be ahead of all before it and count at once; see <see cref="ForwardJump"/>.
    /// 1 s to 3,650 days, or null for any; default 1 hour.
    /// </summary>
    public TimeSpan? MaxJump { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The number of unique users counted exactly in a window, 0 to 16,777,216; above it a HyperLogLog estimates. Default 1,000,000.
    /// </summary>
    public int ExactUsersLimit { get; init; } = AccumulatorLimits.Local.ExactUsers;

    /// <summary>The length of the list of top pages, 1 to 1,000. Default 10.</summary>
    public int TopPages { get; init; } = 10;

    /// <summary>
    /// The number of distinct pages counted exactly in a window, 1 to 1,000,000; above it Space-Saving estimates. Default 100,000.
    /// </summary>
    public int TopPagesCapacity { get; init; } = AccumulatorLimits.Local.Pages;

    /// <summary>
    /// The number of distinct event types, countries and devices (each) counted exactly in a window, 1 to 1,000,000. Default 10,000. Added
    /// breakdowns have as many each, and four times as many together.
    /// </summary>
    public int BreakdownCapacity { get; init; } = AccumulatorLimits.Local.Breakdown;

    /// <summary>Whether windows without events, between the first and the last event, are published too. Default false.</summary>
    public bool EmitEmptyWindows { get; init; }

    /// <summary>How records are read. Default: Tidemark's own format.</summary>
    public InputOptions Input { get; init; } = new();

    /// <summary>The sessions of <see cref="Input"/>; null for none.</summary>
    public SessionOptions? Sessions => Input.Sessions;

    /// <summary>The limits of an accumulator.</summary>
    public AccumulatorLimits Limits => new(ExactUsersLimit, TopPagesCapacity, BreakdownCapacity) { Added = AddedMetrics.Of(Input) };

    /// <summary>
    /// Checks all options. Each mistake names the key, the expected and the actual value. Empty when the options are valid.
    /// </summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [];
        CheckSpan(mistakes, "maxOutOfOrderness", MaxOutOfOrderness, TimeSpan.Zero, TimeSpan.FromDays(30));
        CheckSpan(mistakes, "allowedLateness", AllowedLateness, TimeSpan.Zero, TimeSpan.FromDays(30));
        CheckSpan(mistakes, "idleTimeout", IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        CheckSpan(mistakes, "maxFutureSkew", MaxFutureSkew, TimeSpan.Zero, TimeSpan.FromDays(1));
        CheckSpan(mistakes, "maxJump", MaxJump ?? TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650));
        CheckNumber(mistakes, "exactUsersLimit", ExactUsersLimit, 0, 1 << 24);
        CheckNumber(mistakes, "topPages", TopPages, 1, 1000);
        CheckNumber(mistakes, "topPagesCapacity", TopPagesCapacity, 1, 1_000_000);
        CheckNumber(mistakes, "breakdownCapacity", BreakdownCapacity, 1, 1_000_000);
        if (TopPages > TopPagesCapacity)
        {
            mistakes.Add($"topPages: expected at most topPagesCapacity ({TopPagesCapacity}), got {TopPages}");
        }

        mistakes.AddRange(Input.Validate());
        CheckWindows(mistakes);
        return mistakes;
    }

    private void CheckWindows(List<string> mistakes)
    {
        if (Windows.Count is 0 or > MaxWindows)
        {
            mistakes.Add($"windows: expected 1 to {MaxWindows}, got {Windows.Count}");
            return;
        }

        int before = mistakes.Count;
        for (int i = 0; i < Windows.Count; i++)
        {
            mistakes.AddRange(Windows[i].Validate($"windows[{i}]"));
        }

        foreach (string name in Windows.GroupBy(window => window.Name).Where(group => group.Count() > 1).Select(group => group.Key))
        {
            mistakes.Add($"windows: expected different names, got '{name}' more than once");
        }

        if (Sessions is not null && Windows.Any(window => window.Name == EndedSessions.Name))
        {
            mistakes.Add($"windows: expected another name than '{EndedSessions.Name}', by which sinks know the minutes of sessions, got that one");
        }

        if (mistakes.Count > before)
        {
            return;
        }

        long paneMs = PaneGrid.For(Windows).SizeMs;
        string pane = Durations.Describe(TimeSpan.FromMilliseconds(paneMs));
        foreach (WindowDefinition window in Windows.Where(window => window.SizeMs / paneMs > WindowDefinition.MaxPanes))
        {
            mistakes.Add($"windows: expected at most {WindowDefinition.MaxPanes} panes a window, got {window.SizeMs / paneMs} for '{window.Name}': "
                + $"the sizes, slides, steps and offsets of all windows together make panes of {pane}");
        }

        long keptMs = Windows.Max(window => window.SizeMs) + (long)AllowedLateness.TotalMilliseconds + (long)MaxOutOfOrderness.TotalMilliseconds;
        if (mistakes.Count == 0 && keptMs / paneMs > MaxPanesKept)
        {
            mistakes.Add($"allowedLateness: expected at most {MaxPanesKept} panes in the longest window, "
                + $"allowedLateness and maxOutOfOrderness together, got {keptMs / paneMs}: "
                + $"the windows make panes of {pane}");
        }
    }

    private static void CheckSpan(List<string> mistakes, string key, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (Durations.Mistake(key, value, least, most) is { } mistake)
        {
            mistakes.Add(mistake);
        }
    }

    private static void CheckNumber(List<string> mistakes, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            mistakes.Add($"{key}: expected {least} to {most}, got {value}");
        }
    }
}
