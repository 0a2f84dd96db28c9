using System.Globalization;
using System.Text;
using System.Text.Json;
using Tidemark.Cli.Sources.Formats;
using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Cli.Run;

/// <summary>What a record that could not be counted looks like, and what would help.</summary>
internal static class RecordHints
{
    private const int MaxNames = 12;
    private const int MaxNameLength = 40;
    private const int ShownText = 100;

    /// <summary>Names that other formats have for our fields, in lower case and without separators.</summary>
    private static readonly Dictionary<string, string[]> Synonyms = new(StringComparer.Ordinal)
    {
        ["timestamp"] = ["time", "ts", "eventtime", "eventtimestamp", "datetime", "date",
            "createdat", "occurredat", "receivedat", "timestampms", "sentat", "msec", "timeiso8601"],
        ["event_type"] = ["event", "type", "eventname", "name", "action", "kind", "verb"],
    };

    /// <summary>The beginning of a record, for a terminal.</summary>
    public static string Text(byte[] record)
    {
        string text = Encoding.UTF8.GetString(record).Trim();
        return Printable.Escape(Cut(text, ShownText));
    }

    /// <summary>What a text is that is no JSON object on a line, with the way to feed it; null when it is not recognised.</summary>
    public static string? Form(byte[] record) => MagicBytes.Find(record) switch
    {
        { Feed: not null } refused => $"{refused.Name}; feed it by {refused.FeedOf("FILE")}",
        { } whole => $"{whole.Name} in the middle of other text; only at the start of a file or a pipe is it read",
        null => TextForms(Encoding.UTF8.GetString(record).Trim()),
    };

    private static string? TextForms(string text) => text switch
    {
        ['[', ..] => "a JSON array behind other lines; put one object on each line: jq -c 'if type == \"array\" then .[] else . end' FILE",
        "{" or ['{', .., '{'] => "JSON over several lines; put each object on one line: jq -c . FILE | tidemark run --source -",
        _ when !text.Contains('{', StringComparison.Ordinal) && text.Count(character => character is ',' or ';' or '\t') >= 2 =>
            "it may be CSV; turn it into lines: "
                + "duckdb -c \"COPY (FROM read_csv('FILE')) TO '/dev/stdout' (FORMAT json)\" | tidemark run --source -",
        _ => null,
    };

    /// <summary>What an object is that has events within it, with the way to feed them; null when it is not recognised.</summary>
    /// <param name="record">The record, or its beginning.</param>
    public static string? Envelope(byte[] record)
    {
        List<(string Name, bool IsArrayOfObjects)> members = Members(record);
        string[] kcat = ["topic", "partition", "offset", "payload"];
        if (kcat.All(name => members.Exists(member => member.Name == name)))
        {
            return "what kcat -J prints around a record; leave -J out, or feed it by jq -rc .payload FILE | tidemark run --source -";
        }

        string? array = members.Find(member => member.IsArrayOfObjects).Name;
        return array is null ? null
            : "an object with an array of objects in it; if they are the events, "
                + $"feed them by jq -c '.[\"{array}\"][]' FILE | tidemark run --source -";
    }

    /// <summary>What is wrong with a record without a time or a type: the names that it has instead, and the one that may be meant.</summary>
    public static string MissingField(byte[] record, string field)
    {
        List<string> names = Names(record);
        if (names.Count == 0)
        {
            return $"no {field}";
        }

        string has = string.Join(", ", names.Take(MaxNames)) + (names.Count > MaxNames ? ", ..." : "");
        string? near = names.FirstOrDefault(name => IsNear(Plain(name), field));
        string meant = near is null ? "" : $"; is '{near}' the {field}? Then map it: \"fields\": {{ \"{field}\": \"{near}\" }} in --config";
        return $"no {field}; it has {has}{meant}";
    }

    /// <summary>The ready schema by which a record counts; null when there is none.</summary>
    public static string? SchemaOf(byte[] record)
    {
        byte[] line = [.. record, (byte)'\n', .. new byte[EventParser.Padding]];
        return record.Length >= RunReview.MaxExampleBytes ? null : KnownSchemas.Names.FirstOrDefault(name =>
        {
            // What nginx logs has no event type of its own, so nearly everything with a time would be taken for it.
            EventBatch batch = new();
            new EventParser(RecordSchema.Create(new InputOptions { Schema = name })).ParseLines(line, record.Length + 1, long.MaxValue, batch);
            return batch.Count == 1 && batch.Records[0].Outcome == RecordOutcome.Counted
                && (name != "nginx" || line.AsSpan().IndexOf("\"remote_addr\""u8) >= 0);
        });
    }

    /// <summary>Whether a name is another word for a field, or differs from it by a letter or two.</summary>
    private static bool IsNear(string name, string field) =>
        name == Plain(field) || Synonyms.GetValueOrDefault(field, []).Contains(name)
            || (Math.Abs(name.Length - field.Length) <= 2 && NearNames.Distance(name, Plain(field)) <= 2);

    private static string Cut(string text, int length)
    {
        StringInfo elements = new(text);
        return elements.LengthInTextElements <= length ? text : elements.SubstringByTextElements(0, length - 3) + "...";
    }

    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    private static List<string> Names(byte[] record) => [.. Members(record).Select(member => member.Name)];

    /// <summary>The members of an object as far as they can be read, with names for a terminal.</summary>
    private static List<(string Name, bool IsArrayOfObjects)> Members(byte[] record)
    {
        List<(string Name, bool IsArrayOfObjects)> members = [];
        try
        {
            Utf8JsonReader reader = new(record, isFinalBlock: false, default);
            JsonTokenType last = JsonTokenType.None;
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    members.Add((Printable.Escape(Cut(reader.GetString()!, MaxNameLength)), false));
                }
                else if (reader is { TokenType: JsonTokenType.StartObject, CurrentDepth: 2 } && last == JsonTokenType.StartArray)
                {
                    members[^1] = (members[^1].Name, true);
                }

                last = reader.TokenType;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The names before what is broken are what there is.
        }

        return members;
    }
}
