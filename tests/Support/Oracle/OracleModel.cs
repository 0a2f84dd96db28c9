using System.Globalization;

namespace Tidemark.Support.Oracle;

/// <summary>One configured window: tumbling, sliding (with a slide) or cumulative (with a step).</summary>
public sealed record OracleWindow(string Name, long SizeMs, long? SlideMs = null, long? StepMs = null, long OffsetMs = 0);

public sealed record OracleOptions(IReadOnlyList<OracleWindow> Windows)
{
    public long MaxOutOfOrdernessMs { get; init; } = 10_000;

    public long AllowedLatenessMs { get; init; } = 300_000;

    /// <summary>When the records arrived: one time for all of them, as with a file.</summary>
    public long ArrivalMs { get; init; } = DateTimeOffset.Parse("2030-01-01T00:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    public long MaxFutureSkewMs { get; init; } = 300_000;

    /// <summary>How far an event may be ahead of all before it; null when it may be anything, as on a topic.</summary>
    public long? MaxJumpMs { get; init; }

    public int ExactUsersLimit { get; init; } = 1_000_000;

    public int TopPages { get; init; } = 10;

    public bool EmitEmptyWindows { get; init; }

    /// <summary>What the configuration adds.</summary>
    public OracleAdditions Added { get; init; } = new();

    /// <summary>The last time that is not in the future.</summary>
    public long LatestMs => ArrivalMs + MaxFutureSkewMs;
}

/// <summary>An accepted event. Long keys are already shortened; the user is the text of its id.</summary>
public sealed record OracleEvent(int Index, int Partition, long Time, string Type)
{
    public string? User { get; init; }

    public string? Page { get; init; }

    public string? Country { get; init; }

    public string? Device { get; init; }

    /// <summary>Ten-thousandths; null when absent or invalid.</summary>
    public long? Amount { get; init; }

    public bool InvalidAmount { get; init; }

    /// <summary>The key of each added breakdown, null where there is none.</summary>
    public IReadOnlyList<string?> Added { get; init; } = [];

    public string? Referrer { get; init; }

    /// <summary>The text of the currency, as it was written.</summary>
    public string? Currency { get; init; }
}

/// <summary>
/// What became of one record. The result is <c>counted</c>, <c>late</c>, <c>blank</c> (no record at all) or the reason of the rejection;
/// the late minute is the start of the minute that a late event missed; the event is there when it was counted or late.
/// </summary>
public sealed record OracleOutcome(int Index, int Partition, string Result, long? LateMinute, OracleEvent? Event)
{
    /// <summary>Whether a late event lies in a window whose end the watermark of its partition had not reached.</summary>
    public bool IsInOpenWindow { get; init; }

    public const string Counted = "counted";
    public const string Late = "late";
    public const string Blank = "blank";
}

public readonly record struct OracleCount(string Key, long Count);

public sealed record OracleAverages(decimal Events, decimal PageViews, decimal Clicks, decimal Purchases, decimal? Revenue);

/// <summary>The metrics of one window: every field that the events decide.</summary>
public sealed record OracleContent
{
    public required long TotalEvents { get; init; }

    public required long PageViews { get; init; }

    public required long Clicks { get; init; }

    public required long Purchases { get; init; }

    public required long AddToCarts { get; init; }

    public required long Searches { get; init; }

    /// <summary>Ten-thousandths, saturated; null when it is of more than one currency.</summary>
    public required long? RevenueTenThousandths { get; init; }

    public required bool RevenueOverflow { get; init; }

    public required long InvalidAmounts { get; init; }

    /// <summary>Null when the users exceed the limit: the oracle makes no estimate.</summary>
    public required long? UniqueUsers { get; init; }

    public required bool UniqueUsersExact { get; init; }

    /// <summary>The true number, for judging an estimate.</summary>
    public required long TrueUniqueUsers { get; init; }

    public required IReadOnlyList<OracleCount> TopPages { get; init; }

    public required IReadOnlyList<OracleCount> Devices { get; init; }

    public required IReadOnlyList<OracleCount> Countries { get; init; }

    public required IReadOnlyList<OracleCount> EventTypes { get; init; }

    /// <summary>Null for a window of a minute or less.</summary>
    public required OracleAverages? AveragePerMinute { get; init; }

    /// <summary>What the configuration adds, as one text; empty when it adds nothing.</summary>
    public string Added { get; init; } = "";

    public decimal Revenue => (RevenueTenThousandths ?? throw new InvalidOperationException("The currencies are mixed.")) / 10_000m;

    /// <summary>
    /// All of it as one line, with the lists in their order: to compare two contents, and to read where they differ.
    /// Keys are quoted and escaped, so two different contents never have one text.
    /// </summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"total={TotalEvents} views={PageViews} clicks={Clicks} purchases={Purchases} carts={AddToCarts} "
            + $"searches={Searches} revenue={Sum(RevenueTenThousandths / 10_000m, "0.0000")} overflow={RevenueOverflow} "
        + $"invalid={InvalidAmounts} "
        + $"users={(UniqueUsers is { } users ? users.ToString(CultureInfo.InvariantCulture) : "?")} exact={UniqueUsersExact} "
        + $"pages={Text(TopPages)} devices={Text(Devices)} countries={Text(Countries)} types={Text(EventTypes)} "
        + $"average={Text(AveragePerMinute)}{Added}");

    public override string ToString() => ToText();

    private static string Text(IEnumerable<OracleCount> counts) =>
        "[" + string.Join(",", counts.Select(c => System.Text.Json.JsonSerializer.Serialize(c.Key)
            + ":" + c.Count.ToString(CultureInfo.InvariantCulture))) + "]";

    private static string Text(OracleAverages? a) => a is null
        ? "-"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{a.Events:0.####}/{a.PageViews:0.####}/{a.Clicks:0.####}/{a.Purchases:0.####}/{Sum(a.Revenue, "0.####")}");

    private static string Sum(decimal? amount, string format) => amount?.ToString(format, CultureInfo.InvariantCulture) ?? "mixed";
}

/// <summary>One window after all records were read.</summary>
public sealed record OracleFinal(string Window, long Start, long End, OracleContent Content);

/// <summary>One publication; its watermark is null once the source has ended.</summary>
public sealed record OraclePublication(string Window, long Start, long End, string Phase, long Revision, long? Watermark, OracleContent Content)
{
    public const string OnTime = "on_time";
    public const string Corrected = "corrected";
}
