using System.Globalization;

namespace Tidemark.Cli.Generate;

/// <summary>One option that cannot be used: what was expected of it and what was given.</summary>
/// <param name="Option">The name of the <see cref="GeneratorOptions"/> property.</param>
/// <param name="Expected">What values are accepted.</param>
/// <param name="Actual">The value that was given.</param>
public sealed record OptionMistake(string Option, string Expected, string Actual)
{
    /// <summary>The mistake as one line, under another name for the option if its user knows it by one.</summary>
    public string Describe(string? name = null) => $"{name ?? Option}: expected {Expected}, got {Actual}";

    /// <inheritdoc/>
    public override string ToString() => Describe();
}

/// <summary>
/// What <see cref="EventGenerator"/> makes. The same options give the same bytes, on every machine. Only <see cref="Events"/> may
/// grow or shrink without changing the lines that both streams have.
/// </summary>
public sealed record GeneratorOptions
{
    /// <summary>Most events of one stream.</summary>
    public const long MaxEvents = 10_000_000_000;

    /// <summary>Most users, and most pages.</summary>
    public const int MaxKeys = 100_000_000;

    /// <summary>Greatest <see cref="EventsPerSecond"/>.</summary>
    public const int MaxEventsPerSecond = 10_000_000;

    /// <summary>Greatest <see cref="DisorderMs"/>: one hour.</summary>
    public const long MaxDisorderMs = 3_600_000;

    private static readonly DateTimeOffset Earliest = new(3, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Future timestamps lie up to 60 years further, and must still be times that the engine can read.
    private static readonly DateTimeOffset Latest = new(9900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How many lines, bad, late and repeated ones included: 1 to <see cref="MaxEvents"/>.</summary>
    public required long Events { get; init; }

    /// <summary>Arrival time of the first line, cut to the millisecond.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>How many different users there are, all of whom appear after about 16 events per user. Default 50,000.</summary>
    public int Users { get; init; } = 50_000;

    /// <summary>How many different pages there are; the popular ones are viewed most. Default 500.</summary>
    public int Pages { get; init; } = 500;

    /// <summary>Mean number of events in a second of event time; single minutes vary by up to 30 %. Default 1,000.</summary>
    public int EventsPerSecond { get; init; } = 1000;

    /// <summary>How long an event may be under way before it arrives, in milliseconds; four in five arrive at once. Default 5,000.</summary>
    public long DisorderMs { get; init; } = 5000;

    /// <summary>
    /// Percent of events that arrive minutes late. Half of them (70 s to 5 min) still correct a closed window under the default
    /// settings, half (6.5 to 16 min) are too late for it. Default 0.5.
    /// </summary>
    public double LatePercent { get; init; } = 0.5;

    /// <summary>Percent of lines that repeat a recent line exactly. Default 0.5.</summary>
    public double DuplicatePercent { get; init; } = 0.5;

    /// <summary>
    /// Percent of lines that are broken or odd. Of eight, two are malformed JSON, one each is no object, lacks the timestamp, has a bad
    /// one, lacks the event type, is decades in the future, and one is odd but acceptable. Default 0.5.
    /// </summary>
    public double BadPercent { get; init; } = 0.5;

    /// <summary>Any number; another seed gives another stream of the same kind. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The same options with the <see cref="Start"/> that lets the last line arrive at <paramref name="end"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The stream would begin before the year 1.</exception>
    public GeneratorOptions EndingAt(DateTimeOffset end) =>
        this with { Start = end - TimeSpan.FromMilliseconds(new EventClock(Seed, EventsPerSecond).OffsetMs(Events - 1)) };

    /// <summary>Everything that is wrong with the options; empty when they can be used.</summary>
    public IReadOnlyList<OptionMistake> Validate()
    {
        var mistakes = new List<OptionMistake>();
        CheckRange(mistakes, nameof(Events), Events, 1, MaxEvents);
        CheckRange(mistakes, nameof(Users), Users, 1, MaxKeys);
        CheckRange(mistakes, nameof(Pages), Pages, 1, MaxKeys);
        CheckRange(mistakes, nameof(EventsPerSecond), EventsPerSecond, 1, MaxEventsPerSecond);
        CheckRange(mistakes, nameof(DisorderMs), DisorderMs, 0, MaxDisorderMs);
        CheckPercent(mistakes, nameof(LatePercent), LatePercent);
        CheckPercent(mistakes, nameof(DuplicatePercent), DuplicatePercent);
        CheckPercent(mistakes, nameof(BadPercent), BadPercent);
        double sum = LatePercent + DuplicatePercent + BadPercent;
        if (sum > 100 && Math.Max(LatePercent, Math.Max(DuplicatePercent, BadPercent)) <= 100)
        {
            mistakes.Add(new($"{nameof(LatePercent)} + {nameof(DuplicatePercent)} + {nameof(BadPercent)}", "at most 100 together", Text(sum)));
        }

        CheckStart(mistakes);
        return mistakes;
    }

    private static void CheckRange(List<OptionMistake> mistakes, string option, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            mistakes.Add(new(option, $"{Text(min)} to {Text(max)}", Text(value)));
        }
    }

    private static void CheckPercent(List<OptionMistake> mistakes, string option, double value)
    {
        // Written so that NaN fails.
        if (!(value >= 0 && value <= 100))
        {
            mistakes.Add(new(option, "a percentage from 0 to 100", Text(value)));
        }
    }

    private void CheckStart(List<OptionMistake> mistakes)
    {
        if (Start < Earliest || Start >= Latest)
        {
            mistakes.Add(new(nameof(Start), $"a time from {Time(Earliest)} to before {Time(Latest)}", Time(Start)));
        }
        else if (Events is > 0 and <= MaxEvents && EventsPerSecond > 0 && (Latest - Start).TotalSeconds < (double)Events / EventsPerSecond + 60)
        {
            mistakes.Add(new(nameof(Start), $"a time early enough for the last event to be before {Time(Latest)}", Time(Start)));
        }
    }

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset value) => value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
