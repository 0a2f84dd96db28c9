using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tidemark.Support.Oracle;

/// <summary>
/// A JSON value as a tree. <see cref="Text"/> is set for strings (unescaped) and numbers (as written),
/// <see cref="Members"/> for objects; the rest of a value is of no interest to an event.
/// </summary>
public sealed class OracleJson
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private OracleJson(JsonTokenType kind, string? text, Dictionary<string, OracleJson>? members)
    {
        Kind = kind;
        Text = text;
        Members = members;
    }

    public JsonTokenType Kind { get; }

    public string? Text { get; }

    public Dictionary<string, OracleJson>? Members { get; }

    /// <summary>False when the line is not well formed.</summary>
    public static bool TryParse(byte[] line, [NotNullWhen(true)] out OracleJson? value)
    {
        value = null;
        try
        {
            // The reader does not look into the bytes of strings that it skips.
            _ = StrictUtf8.GetCharCount(line);
            var reader = new Utf8JsonReader(
                line, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false, MaxDepth = 64 });
            reader.Read();
            var root = Read(ref reader);
            if (reader.Read())
            {
                return false;
            }

            value = root;
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The member, or null when it is absent; JSON null is absent.</summary>
    public OracleJson? Member(string name) =>
        Members is not null && Members.TryGetValue(name, out var member) && member.Kind != JsonTokenType.Null ? member : null;

    /// <summary>The member where a string is expected: strings and numbers have a text, all else counts as absent.</summary>
    public string? StringMember(string name) => Member(name)?.Text;

    /// <summary>The string member of an object member: <c>geo.country</c>.</summary>
    public string? StringMember(string parent, string name) => Member(parent)?.StringMember(name);

    /// <summary>The string member at the end of a path.</summary>
    public string? StringMember(IReadOnlyList<string> path) => path.Aggregate(this, (OracleJson? value, string name) => value?.Member(name))?.Text;

    private static OracleJson Read(ref Utf8JsonReader reader)
    {
        var kind = reader.TokenType;
        switch (kind)
        {
            case JsonTokenType.String:
                return new OracleJson(kind, Unescape(reader.ValueSpan), null);
            case JsonTokenType.Number:
                return new OracleJson(kind, Encoding.ASCII.GetString(reader.ValueSpan), null);
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref reader);
                }

                return new OracleJson(kind, null, null);
            case JsonTokenType.StartObject:
                var members = new Dictionary<string, OracleJson>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = Unescape(reader.ValueSpan);
                    reader.Read();

                    // A later duplicate replaces the earlier one whole.
                    members[name] = Read(ref reader);
                }

                return new OracleJson(kind, null, members);
            default:
                return new OracleJson(kind, null, null);
        }
    }

    /// <summary>The reader's own unescaping refuses lone surrogates; here they read as U+FFFD.</summary>
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var escaped = Encoding.UTF8.GetString(raw);
        if (!escaped.Contains('\\', StringComparison.Ordinal))
        {
            return escaped;
        }

        var text = new StringBuilder();
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                text.Append(escaped[i]);
                continue;
            }

            i++;
            if (escaped[i] == 'u')
            {
                text.Append((char)ushort.Parse(escaped.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            text.Append(escaped[i] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                var other => other, // " \ and /
            });
        }

        return ReplaceLoneSurrogates(text);
    }

    private static string ReplaceLoneSurrogates(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString();
    }
}
