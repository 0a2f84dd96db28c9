using System.Globalization;
using System.Text;
using System.Text.Json;
using Tidemark.Cli.Kafka;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Core;

namespace Tidemark.Cli.State;

/// <summary>A state for people to read, and for programs.</summary>
internal sealed class StateReport
{
    // The newest are what people look for.
    private const int ShownFiles = 20;

    private readonly string _directory;
    private readonly StateHead _head;
    private readonly StateLog _log;
    private readonly string? _holder;
    private readonly TimeSpan _age;
    private readonly IReadOnlyList<RememberedFile> _open = [];
    private readonly IReadOnlyList<RememberedFile> _files = [];
    private readonly IReadOnlyList<TopicPosition> _topics;
    private readonly IReadOnlyDictionary<string, long> _pipes = new Dictionary<string, long>();

    /// <param name="directory">Where it lies.</param>
    /// <param name="head">The last checkpoint.</param>
    /// <param name="log">Where it is from.</param>
    /// <param name="holder">The process that has it, or null.</param>
    /// <param name="now">The time by the clock.</param>
    /// <exception cref="InvalidDataException">The sources cannot be read.</exception>
    public StateReport(string directory, StateHead head, StateLog log, string? holder, DateTimeOffset now)
    {
        (_directory, _head, _log, _holder) = (directory, head, log, holder);
        _age = now > head.Written ? now - head.Written : TimeSpan.Zero;
        if (head.Sources.TryGetValue(LinePosition.Lines, out JsonElement lines))
        {
            (_open, _pipes, _files) = LinePosition.Read(lines, log.Item);
        }

        _topics = head.Sources.TryGetValue(KafkaPosition.Kafka, out JsonElement kafka) ? KafkaPosition.Read(kafka) : [];
    }

    /// <summary>Writes a table.</summary>
    public void WriteText(Stream output)
    {
        StringBuilder text = new();
        string use = _holder is not null ? $"in use by process {_holder}" : _head.IsClean
            ? "the last run ended with it"
            : "the last run did not end with it: it was cut off";
        string saved = $"saved {Time(_head.Written.ToUnixTimeMilliseconds())}, {Age()} ago, by tidemark {_head.ProductVersion}";
        Line(text, "state", $"{_directory}: {saved}; {JobMeter.Scaled(_log.Bytes)}B; {use}");
        Line(text, "watermark", _head.Summary.WatermarkMs == EventTime.None ? "none yet" : Time(_head.Summary.WatermarkMs));
        StateSummary sums = _head.Summary;
        Line(text, "records", $"{sums.Read:N0} read = {sums.Counted:N0} counted + {sums.Late:N0} late + {sums.Rejected:N0} rejected");
        Line(text, "open windows", $"{_head.Summary.OpenWindows:N0} hold events and can still change");
        Line(text, "unconfirmed", $"{_head.Summary.Unconfirmed:N0} results are written with the next start");
        WriteSources(text);
        if (_head.DeadLetters is { } letters)
        {
            Line(text, "dead letters", $"{letters.Path}: {letters.Length:N0} bytes");
        }

        string label = "configuration";
        foreach ((string key, string value) in _head.Configuration)
        {
            Line(text, label, $"{key}: {value}");
            label = "";
        }

        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        output.Flush();
    }

    /// <summary>Writes one JSON object, and a line end.</summary>
    public void WriteJson(Stream output) => IndentedJson.Write(output, WriteJson);

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("directory", _directory);
        json.WriteString("tidemark", _head.ProductVersion);
        json.WriteString("saved", Time(_head.Written.ToUnixTimeMilliseconds()));
        json.WriteNumber("ageSeconds", Math.Round(_age.TotalSeconds, 3));
        json.WriteNumber("bytes", _log.Bytes);
        json.WriteBoolean("clean", _head.IsClean);
        json.WriteString("process", _holder);
        json.WriteStartObject("engine");
        _head.Summary.Write(json);
        json.WriteEndObject();
        WriteSources(json);
        if (_head.DeadLetters is { } letters)
        {
            json.WriteStartObject("deadLetters");
            letters.Write(json);
            json.WriteEndObject();
        }

        json.WritePropertyName("configuration");
        Fingerprint.Write(json, _head.Configuration);
    }

    private void WriteSources(StringBuilder text)
    {
        List<string> lines = [.. _pipes.Select(pipe => string.Create(CultureInfo.InvariantCulture, $"{pipe.Key}: {pipe.Value:N0} lines"))];
        lines.AddRange(_open.Concat(_files.Reverse()).Take(ShownFiles).Select(file => Of(file.Mark)));
        if (_open.Count + _files.Count > ShownFiles)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {_open.Count + _files.Count - ShownFiles:N0} files more (--json lists all)"));
        }

        lines.AddRange(_topics.Select(topic => topic.ToString()));
        string label = "sources";
        foreach (string line in lines)
        {
            Line(text, label, line);
            label = "";
        }
    }

    private void WriteSources(Utf8JsonWriter json)
    {
        json.WriteStartObject("sources");
        json.WriteStartArray("files");
        foreach (RememberedFile file in _open.Concat(_files.Reverse()))
        {
            json.WriteStartObject();
            file.Mark.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("pipes");
        foreach ((string name, long lines) in _pipes)
        {
            json.WriteNumber(name, lines);
        }

        json.WriteEndObject();
        foreach ((string kind, JsonElement position) in _head.Sources.Where(source => source.Key != LinePosition.Lines))
        {
            json.WritePropertyName(kind);
            position.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static string Of(FileMark mark) => string.Create(
        CultureInfo.InvariantCulture, $"{mark.Path}: {mark.Lines:N0} lines, "
            + $"{mark.Position:N0} bytes of text{(mark.IsEnded ? ", read to its end" : ", not read to its end yet")}");

    private string Age() => _age < TimeSpan.FromMinutes(2) ? string.Create(CultureInfo.InvariantCulture, $"{_age.TotalSeconds:0} s")
        : _age < TimeSpan.FromHours(2) ? string.Create(CultureInfo.InvariantCulture, $"{_age.TotalMinutes:0} min")
        : _age < TimeSpan.FromDays(2) ? string.Create(CultureInfo.InvariantCulture, $"{_age.TotalHours:0} h")
        : string.Create(CultureInfo.InvariantCulture, $"{_age.TotalDays:0} days");

    private static string Time(long epochMs) => TimeText.Format(epochMs - (((epochMs % 1000) + 1000) % 1000));

    private static void Line(StringBuilder text, string label, FormattableString line) =>
        Line(text, label, line.ToString(CultureInfo.InvariantCulture));

    private static void Line(StringBuilder text, string label, string line) =>
        text.Append(CultureInfo.InvariantCulture, $"{label,-13} ").Append(Printable.Escape(line)).Append('\n');
}
