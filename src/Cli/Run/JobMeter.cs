using System.Globalization;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Run;

/// <summary>
/// What a running job has done so far, without what earlier runs did that its state remembers. Read from another thread than the job's:
/// good for display.
/// </summary>
internal sealed class JobMeter(StreamJob job, IRecordSource source, ResultPublisher publisher, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private readonly RecordTotals _before = RecordTotals.Of(job.Engine);
    private readonly Dictionary<long, long> _lateBefore = job.Engine.Late.ByMinute.ToDictionary();
    private readonly long _lateInOpenWindowBefore = job.Engine.Late.InOpenWindow;

    public StreamJob Job { get; } = job;

    public string SourceName => source.Name;

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>The records of this run.</summary>
    public RecordTotals Records => RecordTotals.Of(Job.Engine).Since(_before);

    /// <summary>The records of all runs that the state knows of.</summary>
    public RecordTotals AllRecords => RecordTotals.Of(Job.Engine);

    /// <summary>Whether there were earlier runs.</summary>
    public bool GoesOn => _before.Read > 0;

    /// <summary>Late events of this run by the minute they missed.</summary>
    public IEnumerable<KeyValuePair<long, long>> LateByMinute =>
        Job.Engine.Late.ByMinute.Select(minute => KeyValuePair.Create(minute.Key, minute.Value - _lateBefore.GetValueOrDefault(minute.Key)))
            .Where(minute => minute.Value > 0);

    /// <summary>Those of them that lay in a longer window that was still open.</summary>
    public long LateInOpenWindow => Job.Engine.Late.InOpenWindow - _lateInOpenWindowBefore;

    public long Bytes => source.BytesRead;

    /// <summary>What becomes of the windows, for a person.</summary>
    public string WindowsAre { get; init; } = "written";

    public long WindowsWritten => publisher.Written.Values.Sum();

    /// <summary>Whether somebody takes the rows of sessions.</summary>
    public bool TakesSessions => publisher.TakesSessions;

    /// <summary>Sessions written, corrections included.</summary>
    public long SessionsWritten => publisher.SessionsWritten;

    /// <summary>Share of the source that was read, 0 to 1; null when its length is unknown.</summary>
    public double? Share => source.Share;

    public IEnumerable<(string Window, Phase Phase, long Count)> Written =>
        publisher.Written.Select(pair => (pair.Key.Window, pair.Key.Phase, pair.Value));

    public string Rates()
    {
        double seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        return $"{Scaled(Records.Read / seconds).TrimEnd()} events/s, {Scaled(Bytes / seconds)}B/s";
    }

    /// <summary>What else there is to say of the source; null for nothing.</summary>
    public string? Remark => source.Remark;

    /// <summary>One line of figures.</summary>
    /// <param name="width">How many characters it may have; the figures that matter least are left out for it.</param>
    public string Line(int width = int.MaxValue)
    {
        RecordTotals records = Records;
        long watermarkMs = Job.Engine.Partitions.Min(cursor => cursor.WatermarkMs);
        string watermark = watermarkMs == EventTime.None ? "none" : TimeText.Format(EventTime.Floor(watermarkMs, 1000));

        // In the order in which they are shown, each with its place in the order of importance.
        (string Text, int Rank)[] figures =
        [
            (string.Create(CultureInfo.InvariantCulture, $"{records.Read:N0} events"), 0),
            ($" ({Rates()})", 1),
            ($", watermark {watermark}", 4),
            (string.Create(CultureInfo.InvariantCulture, $", {WindowsWritten:N0} windows {WindowsAre}"), 5),
            (string.Create(CultureInfo.InvariantCulture, $", {records.Late:N0} late"), 2),
            (string.Create(CultureInfo.InvariantCulture, $", {records.Rejected:N0} rejected"), 3),
        ];
        int left = width;
        HashSet<int> shown = [];
        foreach ((string text, int rank) in figures.OrderBy(figure => figure.Rank).Where(figure => figure.Text.Length <= left))
        {
            shown.Add(rank);
            left -= text.Length;
        }

        return string.Concat(figures.Where(figure => shown.Contains(figure.Rank)).Select(figure => figure.Text));
    }

    /// <summary>A number with three figures and a decimal prefix: <c>4.81 M</c>.</summary>
    public static string Scaled(double value)
    {
        (double scaled, string prefix) = value switch
        {
            >= 1e9 => (value / 1e9, "G"),
            >= 1e6 => (value / 1e6, "M"),
            >= 1e3 => (value / 1e3, "k"),
            _ => (value, ""),
        };
        string format = scaled >= 100 ? "0" : scaled >= 10 ? "0.0" : "0.00";
        return scaled.ToString(format, CultureInfo.InvariantCulture) + " " + prefix;
    }
}
