using System.Globalization;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Engine;

namespace Tidemark.Cli.Run;

/// <summary>What a running job has done so far. Read from another thread than the job's: good for display.</summary>
internal sealed class JobMeter(StreamJob job, LineSource source, ResultPublisher publisher, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public StreamJob Job { get; } = job;

    public string SourceName => source.Name;

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    public PartitionCursor Cursor => Job.Engine.Partitions[0];

    public long Bytes => Job.BytesRead;

    public long WindowsWritten => publisher.Written.Values.Sum();

    /// <summary>Share of the source that was read, 0 to 1; null when its length is unknown.</summary>
    public double? Share => source.Length is > 0 and var length ? Math.Min(1.0, (double)source.Position / length) : null;

    public IEnumerable<(string Window, Phase Phase, long Count)> Written => publisher.Written.Select(pair => (pair.Key.Window, pair.Key.Phase, pair.Value));

    public string Rates()
    {
        double seconds = Math.Max(Elapsed.TotalSeconds, 0.001);
        return $"{Scaled(Cursor.Read / seconds).TrimEnd()} events/s, {Scaled(Bytes / seconds)}B/s";
    }

    /// <summary>One line of figures.</summary>
    public string Line()
    {
        string watermark = Cursor.WatermarkMs == EventTime.None ? "none" : TimeText.Format(EventTime.Floor(Cursor.WatermarkMs, 1000));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Cursor.Read:N0} events ({Rates()}), watermark {watermark}, {WindowsWritten:N0} windows written, {Cursor.Late:N0} late, {Cursor.Rejected:N0} rejected");
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
