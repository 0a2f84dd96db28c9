using System.Globalization;
using System.Text;
using System.Text.Json;
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
    public static string? Form(byte[] record) => record switch
    {
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16; convert it: iconv -f UTF-16 -t UTF-8 FILE",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "xz; decompress it: xz -dc FILE | tidemark run --source -",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd; decompress it: zstd -dc FILE | tidemark run --source -",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2; decompress it: bzip2 -dc FILE | tidemark run --source -",
        [(byte)'P', (byte)'K', 3, 4, ..] => "a zip archive; unpack it: unzip -p FILE | tidemark run --source -",
        [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] =>
            "Parquet; turn it into lines: duckdb -c \"COPY (FROM 'FILE') TO '/dev/stdout' (FORMAT json)\"",
        _ => TextForm(Encoding.UTF8.GetString(record).Trim()),
    };

    private static string? TextForm(string text) => text switch
    {
        ['[', ..] => "a JSON array; turn it into one object a line: jq -c '.[]' FILE",
        "{" or ['{', .., '{'] => "JSON over several lines; put each object on one line: jq -c . FILE",
        _ when !text.Contains('{', StringComparison.Ordinal) && text.Count(character => character is ',' or ';' or '\t') >= 2 =>
            "it may be CSV; turn it into lines: duckdb -c \"COPY (FROM read_csv('FILE')) TO '/dev/stdout' (FORMAT json)\"",
        _ => null,
    };

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

    private static List<string> Names(byte[] record)
    {
        List<string> names = [];
        try
        {
            Utf8JsonReader reader = new(record, isFinalBlock: false, default);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    names.Add(Printable.Escape(Cut(reader.GetString()!, MaxNameLength)));
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The names before what is broken are what there is.
        }

        return names;
    }
}
