using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Run;

/// <summary>Whether a run counted what it was given, and if much of it was not, the first such record and what would help.</summary>
internal sealed class RunVerdict
{
    /// <summary>The share of records above which a run says loudly that they were not counted.</summary>
    private const double LoudShare = 0.05;

    private readonly RecordTotals _records;
    private readonly RunReview _review;
    private readonly EngineOptions _options;

    /// <param name="records">What became of the records.</param>
    /// <param name="review">What was seen of them.</param>
    /// <param name="options">The options they were counted under.</param>
    public RunVerdict(RecordTotals records, RunReview review, EngineOptions options) => (_records, _review, _options) = (records, review, options);

    /// <summary>Whether more than a share of the records was rejected or late, or more than a share of the purchases has no amount.</summary>
    public bool Exceeds(double share) => Shares().Any(part => part.Count > share * part.Of);

    /// <summary>What a person must not overlook, a line each; empty when all is well.</summary>
    /// <param name="onlyLoud">Whether shares that are small are passed over.</param>
    public IEnumerable<string> Warnings(bool onlyLoud = false)
    {
        foreach ((string what, long count, long of, Func<IEnumerable<string>> explain) in Shares())
        {
            bool isLoud = count > LoudShare * of;
            if (count == 0 || (onlyLoud && !isLoud))
            {
                continue;
            }

            if (isLoud)
            {
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"WARNING: {what.Replace("#", $"{count:N0} of {of:N0}", StringComparison.Ordinal)} ({100.0 * count / of:0.#} %)");
            }

            foreach (string line in explain())
            {
                yield return line;
            }
        }
    }

    private IEnumerable<(string What, long Count, long Of, Func<IEnumerable<string>> Explain)> Shares() =>
    [
        ("# records were rejected", _records.Rejected, _records.Read, ExplainRejected),
        ("# events were late and are in no window", _records.Late, _records.Counted + _records.Late, ExplainLate),
        ("# purchases have no amount that can be counted", _review.WithoutAmount, _review.Purchases, ExplainAmounts),
    ];

    private IEnumerable<string> ExplainRejected()
    {
        RecordOutcome most = Enum.GetValues<RecordOutcome>().Where(outcome => outcome is not (RecordOutcome.Counted or RecordOutcome.Late))
            .MaxBy(_records.CountOf);
        if (_review.ExampleOf(most) is not { } example)
        {
            yield break;
        }

        string why = most switch
        {
            RecordOutcome.MissingTimestamp => RecordHints.MissingField(example.Text, "timestamp"),
            RecordOutcome.MissingEventType => RecordHints.MissingField(example.Text, "event_type"),
            RecordOutcome.BadTimestamp => "its timestamp has no form that is read (docs/INPUT.md)"
                + (_options.Input.DefaultZone is null ? "; if it has no offset, set defaultZone in --config" : ""),
            RecordOutcome.FutureTimestamp when example.TimeMs != EventTime.None =>
                $"its time, {TimeText.Format(example.TimeMs)}, is more than {Durations.Format(_options.MaxJump!.Value)} (maxJump) ahead of what "
                + "stands around it: a clock that is fast, or lines that are not in the order of their times; maxJump \"off\" in --config counts it",
            RecordOutcome.FutureTimestamp => $"its time is more than {Durations.Format(_options.MaxFutureSkew)} (maxFutureSkew) after it arrived",
            RecordOutcome.TooLarge => $"a record has at most {EventParser.MaxRecordBytes:N0} bytes"
                + (RecordHints.Envelope(example.Text) is { } large ? $"; it is {large}" : ""),
            RecordOutcome.NotAnObject => RecordHints.Form(example.Text) ?? "a JSON object was expected on each line",
            _ => RecordHints.Form(example.Text) ?? "not JSON as RFC 8259 has it",
        };
        yield return $"the first {most.Name()} is {example.Place}: {why}";
        yield return $"  {RecordHints.Text(example.Text)}";
        if (most is RecordOutcome.MissingTimestamp or RecordOutcome.MissingEventType
            && _options.Input.Schema is null && RecordHints.SchemaOf(example.Text) is { } schema)
        {
            yield return $"  it looks like {schema}: try --schema {schema}";
        }
        else if (most is RecordOutcome.MissingTimestamp or RecordOutcome.MissingEventType && RecordHints.Envelope(example.Text) is { } envelope)
        {
            yield return $"  it is {envelope}";
        }
    }

    private IEnumerable<string> ExplainLate()
    {
        if (_review.ExampleOf(RecordOutcome.Late) is not { } example)
        {
            yield break;
        }

        yield return $"the first late event is {example.Place}, of {TimeText.Format(example.TimeMs)}";
        if (_review.Clock is { } clock && clock.TimeMs > example.TimeMs)
        {
            // It is late when its minute ended this long before the watermark.
            long neededMs = clock.TimeMs - (EventTime.Floor(example.TimeMs, 60_000) + 60_000) - (long)_options.AllowedLateness.TotalMilliseconds + 1;
            string needed = Durations.Format(RoundedUp(neededMs));
            yield return $"  {clock.Place}, of {TimeText.Format(clock.TimeMs)}, "
                + $"had moved the clock {Ahead(clock.TimeMs - example.TimeMs)} ahead of it; "
                + $"maxOutOfOrderness {needed} would have counted it ({Durations.Format(_options.MaxOutOfOrderness)} now)";
        }
    }

    private IEnumerable<string> ExplainAmounts()
    {
        if (_review.FirstWithoutAmount is { } example)
        {
            yield return $"the first purchase without an amount is {example.Place}:";
            yield return $"  {RecordHints.Text(example.Text)}";
        }
    }

    /// <summary>A duration to set, a little longer than needed: whole hours, minutes or seconds.</summary>
    private static TimeSpan RoundedUp(long ms)
    {
        long unitMs = ms > 36_000_000 ? 3_600_000 : ms > 600_000 ? 60_000 : 1000;
        return TimeSpan.FromMilliseconds((Math.Max(ms, 1) + unitMs - 1) / unitMs * unitMs);
    }

    private static string Ahead(long ms)
    {
        TimeSpan span = TimeSpan.FromMilliseconds(ms);
        return span.TotalDays >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.#} days")
            : span.TotalHours >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.#} hours")
            : span.TotalMinutes >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.#} minutes")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} seconds");
    }
}
