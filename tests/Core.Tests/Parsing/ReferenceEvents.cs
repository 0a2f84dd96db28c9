using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tidemark.Core.Parsing;

namespace Tidemark.Core.Tests.Parsing;

/// <summary>One record as docs/SEMANTICS.md defines it, with its values spelled out.</summary>
internal sealed record ExpectedRecord(int LineOffset, int LineLength, int Index, RecordOutcome Outcome)
{
    public long TimestampMs { get; init; }

    public EventKind Kind { get; init; }

    public byte[]? EventType { get; init; }

    public byte[]? Page { get; init; }

    public byte[]? Country { get; init; }

    public byte[]? Device { get; init; }

    public byte[]? User { get; init; }

    public AmountState Amount { get; init; }

    public long AmountTenThousandths { get; init; }
}

/// <summary>
/// docs/SEMANTICS.md written down slowly, with the BCL: shares nothing with the parser but the types of its result.
/// </summary>
internal static partial class ReferenceEvents
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a text, one record a line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="latestMs">The latest time that is not in the future.</param>
    /// <param name="lines">The number of lines.</param>
    /// <param name="paths">Where fields are that are not at their own names: paths in the order in which they are tried.</param>
    /// <param name="types">Event types by the names that records have for them.</param>
    public static List<ExpectedRecord> Read(
        ReadOnlySpan<byte> text, long latestMs, out int lines,
        IReadOnlyDictionary<string, string[]>? paths = null, IReadOnlyDictionary<string, string>? types = null)
    {
        List<ExpectedRecord> records = [];
        lines = 0;
        for (int start = 0; start < text.Length;)
        {
            int length = text[start..].IndexOf((byte)'\n');
            int next = length < 0 ? text.Length : start + length + 1;
            length = length < 0 ? text.Length - start : length;
            byte[] line = text.Slice(start, length).ToArray();
            ExpectedRecord shell = new(start, length, lines, RecordOutcome.Counted);
            if (line.Length > 1_048_576)
            {
                records.Add(shell with { Outcome = RecordOutcome.TooLarge });
            }
            else if (!Array.TrueForAll(line, b => b is (byte)' ' or (byte)'\t' or (byte)'\r'))
            {
                records.Add(
                    ReadRecord(line, shell, latestMs, paths ?? new Dictionary<string, string[]>(), types ?? new Dictionary<string, string>()));
            }

            lines++;
            start = next;
        }

        return records;
    }

    private static ExpectedRecord ReadRecord(
        byte[] line, ExpectedRecord shell, long latestMs, IReadOnlyDictionary<string, string[]> paths, IReadOnlyDictionary<string, string> types)
    {
        Value root;
        try
        {
            _ = Strict.GetCharCount(line);
            Utf8JsonReader reader = new(line, new JsonReaderOptions { MaxDepth = 64 });
            reader.Read();
            root = ReadValue(ref reader);
            if (reader.Read())
            {
                throw new JsonException();
            }
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return shell with { Outcome = RecordOutcome.MalformedJson };
        }

        if (root.Members is null)
        {
            return shell with { Outcome = RecordOutcome.NotAnObject };
        }

        Value? Find(string field)
        {
            string[] places = paths.GetValueOrDefault(field, [field]);
            return places.Select(place => place.Split('.').Aggregate((Value?)root, (value, name) => value?.Member(name)))
                .FirstOrDefault(value => value?.Text is { } found && (places.Length == 1 || found.Length > 0));
        }

        Value? timestamp = Find("timestamp");
        if (timestamp?.Text is null)
        {
            return shell with { Outcome = RecordOutcome.MissingTimestamp };
        }

        long? ms = timestamp.IsNumber || DigitsInText().IsMatch(timestamp.Text) ? Epoch(timestamp.Text) : Iso8601(timestamp.Text);
        string? type = Find("event_type")?.Text is { } name ? types.GetValueOrDefault(name, name) : null;
        RecordOutcome outcome = ms is null ? RecordOutcome.BadTimestamp
            : type is null ? RecordOutcome.MissingEventType
            : ms > latestMs ? RecordOutcome.FutureTimestamp
            : RecordOutcome.Counted;
        return outcome != RecordOutcome.Counted ? shell with { Outcome = outcome } : Accept(shell, field => Find(field)?.Text, ms!.Value, type!);
    }

    private static ExpectedRecord Accept(ExpectedRecord shell, Func<string, string?> find, long ms, string type)
    {
        string? amount = type == "purchase" ? find("metadata.amount") : null;
        decimal? money = amount is null ? null : Amount(amount);
        string? user = find("user_id") is { Length: > 0 } text ? text : null;
        return shell with
        {
            TimestampMs = ms,
            Kind = type switch
            {
                "page_view" => EventKind.PageView,
                "click" => EventKind.Click,
                "purchase" => EventKind.Purchase,
                "add_to_cart" => EventKind.AddToCart,
                "search" => EventKind.Search,
                _ => EventKind.Other,
            },
            EventType = Key(type),
            Page = type == "page_view" ? Key(find("page_url")) : null,
            Country = Key(find("geo.country")),
            Device = Key(find("device.type")),
            User = user is null ? null : Encoding.UTF8.GetBytes(user),
            Amount = amount is null ? AmountState.Absent : money is null ? AmountState.Invalid : AmountState.Valid,
            AmountTenThousandths = money is null ? 0 : (long)(money * 10_000m),
        };
    }

    private static Value ReadValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Dictionary<string, Value> members = [];
                while (Advance(ref reader) != JsonTokenType.EndObject)
                {
                    string name = Plain(reader.ValueSpan);
                    Advance(ref reader);
                    members[name] = ReadValue(ref reader);
                }

                return new Value(null, false, members);
            case JsonTokenType.StartArray:
                while (Advance(ref reader) != JsonTokenType.EndArray)
                {
                    ReadValue(ref reader);
                }

                return new Value(null, false, null);
            case JsonTokenType.String:
                return new Value(Plain(reader.ValueSpan), false, null);
            case JsonTokenType.Number:
                return new Value(Encoding.ASCII.GetString(reader.ValueSpan), true, null);
            default:
                return new Value(null, false, null);
        }
    }

    private static JsonTokenType Advance(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonException();
        }

        return reader.TokenType;
    }

    /// <summary>The text of a string, escapes resolved in UTF-16, where lone halves of pairs are easy to see.</summary>
    private static string Plain(ReadOnlySpan<byte> raw)
    {
        string source = Strict.GetString(raw);
        StringBuilder plain = new();
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] != '\\')
            {
                plain.Append(source[i]);
                continue;
            }

            char escape = source[++i];
            plain.Append(escape switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)int.Parse(source.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => escape,
            });
            i += escape == 'u' ? 4 : 0;
        }

        // The default encoder writes U+FFFD for a half without its partner.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(plain.ToString()));
    }

    private static byte[]? Key(string? text)
    {
        if (text is null)
        {
            return null;
        }

        byte[] whole = Encoding.UTF8.GetBytes(text);
        if (whole.Length <= 512)
        {
            return whole;
        }

        int cut = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (cut + rune.Utf8SequenceLength > 512)
            {
                break;
            }

            cut += rune.Utf8SequenceLength;
        }

        return [.. whole.AsSpan(0, cut), .. Encoding.ASCII.GetBytes("#" + Murmur(whole).ToString("x16", CultureInfo.InvariantCulture))];
    }

    /// <summary>MurmurHash64A after its published description, byte by byte.</summary>
    public static ulong Murmur(byte[] data)
    {
        const ulong m = 0xC6A4A7935BD1E995;
        ulong h = 0xADC83B19 ^ unchecked((ulong)data.Length * m);
        int at = 0;
        for (; at + 8 <= data.Length; at += 8)
        {
            ulong k = unchecked(BitConverter.ToUInt64(data, at) * m);
            k = unchecked((k ^ (k >> 47)) * m);
            h = unchecked((h ^ k) * m);
        }

        if (at < data.Length)
        {
            for (int i = at; i < data.Length; i++)
            {
                h ^= (ulong)data[i] << (8 * (i - at));
            }

            h = unchecked(h * m);
        }

        h = unchecked((h ^ (h >> 47)) * m);
        return h ^ (h >> 47);
    }

    private static long? Epoch(string number)
    {
        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value))
        {
            return null;
        }

        decimal magnitude = Math.Abs(value);
        decimal ms = magnitude < 100_000_000_000 ? value * 1000 : magnitude < 100_000_000_000_000
            ? value : magnitude < 100_000_000_000_000_000 ? value / 1000 : value / 1_000_000;
        ms = Math.Floor(ms);
        return ms is > long.MinValue and < long.MaxValue ? InRange((long)ms) : null;
    }

    private static long? Iso8601(string text)
    {
        Match match = TimestampForm().Match(text);
        if (!match.Success)
        {
            return null;
        }

        int Part(string name) => int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
        int second = match.Groups["s"].Success ? Part("s") : 0;
        int offsetHours = match.Groups["oh"].Success ? Part("oh") : 0;
        int offsetMinutes = match.Groups["om"].Success ? Part("om") : 0;
        if (Part("h") > 23 || Part("m") > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59
            || !DateTime.TryParseExact(
                match.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date))
        {
            return null;
        }

        int offset = ((offsetHours * 60) + offsetMinutes) * (match.Groups["sign"].Value == "-" ? -1 : 1);
        long minutes = (long)(date - DateTime.UnixEpoch).TotalMinutes + (Part("h") * 60) + Part("m") - offset;
        if (second == 60)
        {
            if (((minutes % 1440) + 1440) % 1440 != 1439)
            {
                return null;
            }

            second = 59;
        }

        string fraction = (match.Groups["f"].Value + "000")[..3];
        return InRange((((minutes * 60) + second) * 1000) + int.Parse(fraction, CultureInfo.InvariantCulture));
    }

    private static long? InRange(long ms)
    {
        long min = new DateTimeOffset(2, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        long max = new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() - 1;
        return ms >= min && ms <= max ? ms : null;
    }

    private static decimal? Amount(string text)
    {
        // A decimal has more digits than any amount of the tests, so rounding once more changes nothing.
        string trimmed = text.Trim(' ', '\t', '\n', '\v', '\f', '\r');
        if (!AmountForm().IsMatch(trimmed) || !decimal.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value))
        {
            return null;
        }

        value = Math.Round(value, 4, MidpointRounding.ToEven);
        return Math.Abs(value) < 100_000_000_000_000 ? value : null;
    }

    [GeneratedRegex(@"\A[0-9]{9,}(\.[0-9]+)?\z")]
    private static partial Regex DigitsInText();

    [GeneratedRegex(
        @"\A(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?<h>[0-9]{2}):(?<m>[0-9]{2})(:(?<s>[0-9]{2})([.,](?<f>[0-9]{1,9}))?)? ?"
        + @"([Zz]|UTC|GMT|(?<sign>[+-])(?<oh>[0-9]{2})(:?(?<om>[0-9]{2}))?)\z")]
    private static partial Regex TimestampForm();

    [GeneratedRegex(@"\A[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex AmountForm();

    /// <summary>A JSON value: text of a string or number, or members of an object, or neither.</summary>
    private sealed record Value(string? Text, bool IsNumber, Dictionary<string, Value>? Members)
    {
        public Value? Member(string name) => Members?.GetValueOrDefault(name);
    }
}
