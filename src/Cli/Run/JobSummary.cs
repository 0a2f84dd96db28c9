using System.Globalization;
using System.Text;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Terminal;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Run;

/// <summary>What a person wants to know when a job has ended.</summary>
internal static class JobSummary
{
    private const int MaxLateMinutes = 5;
    private const int Indent = 14;
    private const string Query = "query";

    public static void Write(
        TextWriter writer, JobMeter meter, RunOptions run, LakeSink? sink, LakeFiles? lake, RedisOutput? redis, EngineOptions options)
    {
        if (!run.IsQuiet)
        {
            WriteFigures(writer, meter, run, sink, lake, redis, options);
        }

        foreach (string warning in new RunVerdict(meter.Records, meter.Job.Review, options).Warnings(onlyLoud: run.IsQuiet))
        {
            writer.WriteLine(Printable.Escape(warning));
        }
    }

    private static void WriteFigures(
        TextWriter writer, JobMeter meter, RunOptions run, LakeSink? sink, LakeFiles? lake, RedisOutput? redis, EngineOptions options)
    {
        RecordTotals records = meter.Records;
        writer.WriteLine();
        string bytes = $"{JobMeter.Scaled(meter.Bytes)}B";
        Line(writer, "source", $"{meter.SourceName}: {records.Read:N0} records, {bytes} in {meter.Elapsed.TotalSeconds:0.00} s ({meter.Rates()})");
        Line(writer, "records", $"{records.Read:N0} read = {records.Counted:N0} counted + {records.Late:N0} late + {records.Rejected:N0} rejected");
        if (meter.GoesOn)
        {
            RecordTotals all = meter.AllRecords;
            Line(writer, "with before", $"{all.Read:N0} read = {all.Counted:N0} counted + {all.Late:N0} late + {all.Rejected:N0} rejected");
        }

        if (meter.Remark is { } remark)
        {
            Line(writer, "", remark);
        }

        WriteTimes(writer, meter.Job.Review);
        WriteRejected(writer, meter, records, run);
        WriteLate(writer, meter, records);
        WriteWindows(writer, meter, options);
        if (options.Sessions is not null)
        {
            string leftOut = meter.Job.Engine.SessionEventsLeftOut is > 0 and var events
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"; {events:N0} events are in none, since {options.Sessions.MaxOpen:N0} (sessions.maxOpen) were kept already")
                : "";
            string written = meter.TakesSessions
                ? string.Create(CultureInfo.InvariantCulture, $"{meter.SessionsWritten:N0} written, corrections included")
                : "counted in the windows; a lake, Redis or --json takes the rows";
            Line(writer, "sessions", written + leftOut);
        }

        if (meter.Job.Engine.SkippedEmptyWindows is > 0 and var skipped)
        {
            Line(writer, "left out", $"{skipped:N0} empty windows in gaps of more than 100,000 at a time");
        }

        if (redis is not null)
        {
            Line(writer, "redis", redis.Summary());
        }

        if (sink is not null && lake is not null)
        {
            string already = sink.Unchanged > 0 ? $", {sink.Unchanged:N0} results were already there" : "";
            Line(writer, "lake", $"{lake.Root}: {sink.Written:N0} windows written{already}");
            WriteCompaction(writer, sink.Compaction);
            WriteQuery(writer, meter, lake, options);
        }
    }

    private static void WriteTimes(TextWriter writer, RunReview review)
    {
        if (review.MinTimeMs != EventTime.None)
        {
            Line(writer, "event times", $"{TimeText.Format(review.MinTimeMs)} to {TimeText.Format(review.MaxTimeMs)}");
        }
    }

    private static void WriteCompaction(TextWriter writer, CompactionReport report)
    {
        if (report.Hours + report.Days > 0)
        {
            Line(writer, "compacted", $"{report.Hours:N0} hours and {report.Days:N0} days into one file each, {report.Deleted:N0} files less");
        }

        if (report.LeftAlone > 0)
        {
            Line(writer, "", $"{report.LeftAlone:N0} hours or days stay as they are: {report.Problems[0]}");
        }
    }

    /// <summary>A query over the first family that has a file: one over none would fail.</summary>
    private static void WriteQuery(TextWriter writer, JobMeter meter, LakeFiles lake, EngineOptions options)
    {
        HashSet<string> written = [.. meter.Written.Select(entry => entry.Window)];
        if (options.Windows.FirstOrDefault(window => written.Contains(window.Name)) is { } family)
        {
            string query = lake is LocalLake local
                ? ShellText.DuckDb(LakeQueries.RecentWindows(local, family.Name))
                : $"tidemark query --lake {ShellText.Word(lake.Root)} --window {family.Name}";
            Line(writer, Query, query);
        }
    }

    private static void WriteRejected(TextWriter writer, JobMeter meter, RecordTotals records, RunOptions run)
    {
        List<(RecordForm Form, long Count)> forms = [.. Enum.GetValues<RecordForm>()
            .Where(form => form != RecordForm.Unknown).Select(form => (form, meter.Job.CountOf(form))).Where(form => form.Item2 > 0)];
        List<string> reasons = [.. forms.Select(form => string.Create(CultureInfo.InvariantCulture, $"{form.Form.Name()} {form.Count:N0}"))];
        for (RecordOutcome reason = RecordOutcome.TooLarge; reason < RecordOutcome.Late; reason++)
        {
            // What is known to be something else is not called broken JSON.
            long count = records.CountOf(reason) - (reason == RecordOutcome.MalformedJson ? forms.Sum(form => form.Count) : 0);
            if (count > 0)
            {
                reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{reason.Name()} {count:N0}"));
            }
        }

        if (reasons.Count > 0)
        {
            Line(writer, "rejected", $"{string.Join(", ", reasons)}");
        }

        foreach ((RecordForm form, _) in forms)
        {
            Line(writer, "", $"{form.Name()}: {form.Explain()}; only JSON is read: write JSON to the source, or convert it on the way");
        }

        if (records.Rejected + records.Late > 0)
        {
            Line(writer, "dead letters", $"{run.DeadLetters ?? "not kept: give --dead-letters FILE to keep them"}");
        }
    }

    private static void WriteLate(TextWriter writer, JobMeter meter, RecordTotals records)
    {
        if (records.Late == 0)
        {
            return;
        }

        var most = meter.LateByMinute.OrderByDescending(minute => minute.Value).ThenBy(minute => minute.Key).Take(MaxLateMinutes).ToList();
        long others = records.Late - most.Sum(minute => minute.Value);
        IEnumerable<string> minutes =
            most.Select(minute => string.Create(CultureInfo.InvariantCulture, $"{TimeText.Format(minute.Key)} {minute.Value:N0}"));
        string rest = others > 0 ? string.Create(CultureInfo.InvariantCulture, $", others {others:N0}") : "";
        Line(writer, "late for", $"{string.Join(", ", minutes)}{rest}");
        if (meter.LateInOpenWindow > 0)
        {
            const string Why = "lateness goes by the minute, so that minutes add up to hours";
            Line(writer, "", $"{meter.LateInOpenWindow:N0} of them in a longer window that was still open: {Why}");
        }
    }

    private static void WriteWindows(TextWriter writer, JobMeter meter, EngineOptions options)
    {
        ILookup<string, (string Window, Phase Phase, long Count)> written = meter.Written.ToLookup(entry => entry.Window);
        IEnumerable<string> families = options.Windows.Select(window =>
        {
            long onTime = written[window.Name].Where(entry => entry.Phase == Phase.OnTime).Sum(entry => entry.Count);
            long corrected = written[window.Name].Where(entry => entry.Phase == Phase.Corrected).Sum(entry => entry.Count);
            string corrections = corrected > 0 ? string.Create(CultureInfo.InvariantCulture, $" (+{corrected:N0} corrections)") : "";
            return string.Create(CultureInfo.InvariantCulture, $"{onTime:N0} x {window.Name}{corrections}");
        });
        Line(writer, "windows", $"{string.Join(", ", families)}");
    }

    private static void Line(TextWriter writer, string label, FormattableString text) =>
        Line(writer, label, text.ToString(CultureInfo.InvariantCulture));

    private static void Line(TextWriter writer, string label, string text)
    {
        string line = $"{label,-13} {Printable.Escape(text)}";

        // A query is there to be pasted.
        if (writer is StatusLine { Screen.Width: { } width } && label != Query && line.Length > width())
        {
            StringBuilder wrapped = new(line[..Indent]);
            WrappedText.Append(wrapped, line[Indent..], Indent, width());
            line = wrapped.ToString().TrimEnd('\n').ReplaceLineEndings();
        }

        writer.WriteLine(line);
    }
}
