using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// Converts a result to one JSON object with the members of <see cref="ResultColumns"/>, those that a configuration adds last, and back;
/// equal results have equal bytes. Text is
/// not escaped for HTML: a page that shows it must do that.
/// </summary>
public static class ResultJson
{
    /// <summary>The name of the member with the time at which a result was sent.</summary>
    internal const string EmittedAt = "emitted_at";

    private static readonly List<IGrouping<string?, ResultColumn>> Groups = GroupColumns();

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Appends the object, without a line end.</summary>
    /// <param name="result">The result.</param>
    /// <param name="destination">Receives the UTF-8 bytes.</param>
    /// <param name="emittedAt">When the result was sent; if set, <c>emitted_at</c> is added, in milliseconds.</param>
    public static void Write(WindowResult result, IBufferWriter<byte> destination, DateTimeOffset? emittedAt = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        using Utf8JsonWriter json = new(destination, WriterOptions);
        json.WriteStartObject();
        WriteMembers(json, result, static _ => true);
        if (emittedAt is { } emitted)
        {
            json.WriteString(EmittedAt, TimeText.Format(emitted.ToUnixTimeMilliseconds()));
        }

        json.WriteEndObject();
    }

    /// <summary>A writer of the same form, for documents that contain results.</summary>
    /// <param name="destination">Receives the UTF-8 bytes.</param>
    public static Utf8JsonWriter WriterTo(IBufferWriter<byte> destination) => new(destination, WriterOptions);

    /// <summary>Appends the object to a document, with some of its members only.</summary>
    /// <param name="json">Receives the object.</param>
    /// <param name="result">The result.</param>
    /// <param name="isWritten">Tells whether the member of a column is written.</param>
    public static void Write(Utf8JsonWriter json, WindowResult result, Predicate<ResultColumn> isWritten)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(isWritten);
        json.WriteStartObject();
        WriteMembers(json, result, isWritten);
        json.WriteEndObject();
    }

    /// <summary>Reads one JSON object that was written here: every field of the result except the sketch, which is empty.</summary>
    /// <exception cref="InvalidDataException">The text is not a result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8) => Read(utf8, out _);

    /// <summary>Reads one JSON object that was written here, including the time at which it was sent.</summary>
    /// <param name="utf8">One JSON object.</param>
    /// <param name="emittedAt">When the result was sent; null when the text has no such member.</param>
    /// <exception cref="InvalidDataException">The text is not a result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8, out DateTimeOffset? emittedAt) => ResultJsonReader.Read(utf8, out emittedAt);

    private static void WriteMembers(Utf8JsonWriter json, WindowResult result, Predicate<ResultColumn> isWritten)
    {
        foreach (IGrouping<string?, ResultColumn> group in Groups)
        {
            if (group.Key is null)
            {
                if (isWritten(group.First()))
                {
                    WriteMember(json, group.Single(), result);
                }
            }
            else if (group.Any(column => isWritten(column) && column is AmountColumn amount && amount.Get(result) is not null))
            {
                json.WriteStartObject(group.Key);
                foreach (ResultColumn column in group.Where(column => isWritten(column)))
                {
                    WriteMember(json, column, result);
                }

                json.WriteEndObject();
            }
        }

        foreach (ResultColumn added in ResultColumns.AddedOf(result).Where(column => isWritten(column)))
        {
            WriteMember(json, added, result);
        }
    }

    private static void WriteMember(Utf8JsonWriter json, ResultColumn column, WindowResult result)
    {
        switch (column)
        {
            case BytesColumn:
            case CountColumn { IsLiveOnly: true } live when result.Phase != Phase.Live && live.Get(result) == 0:
                break;
            case TextColumn text:
                json.WriteString(text.JsonName, text.Get(result));
                break;
            case CountColumn count:
                json.WriteNumber(count.JsonName, count.Get(result));
                break;
            case FlagColumn flag:
                json.WriteBoolean(flag.JsonName, flag.Get(result));
                break;
            case TimeColumn time when time.Get(result) is { } epochMs:
                json.WriteString(time.JsonName, TimeText.Format(epochMs));
                break;
            case AmountColumn amount when amount.Get(result) is { } value:
                json.WriteNumber(amount.JsonName, Plain(value));
                break;
            case TimeColumn or AmountColumn:
                json.WriteNull(column.JsonName);
                break;
            case MapColumn map:
                WriteMap(json, map.JsonName, map.Get(result));
                break;
            case AmountMapColumn map:
                WriteAmounts(json, map.JsonName, map.Get(result));
                break;
            default:
                throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}.");
        }
    }

    /// <summary>Appends a member with an amount for each key.</summary>
    /// <param name="json">Receives the member.</param>
    /// <param name="name">Its name.</param>
    /// <param name="amounts">The amounts.</param>
    public static void WriteAmounts(Utf8JsonWriter json, string name, IReadOnlyList<KeyAmount> amounts)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(amounts);
        json.WriteStartObject(name);
        foreach (KeyAmount entry in amounts)
        {
            json.WriteNumber(entry.Key, Plain(entry.Amount));
        }

        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, Breakdown breakdown)
    {
        json.WriteStartObject(name);
        foreach (KeyCount entry in breakdown.Counts)
        {
            json.WriteNumber(entry.Key, entry.Count);
        }

        json.WriteEndObject();
    }

    /// <summary>Removes trailing zeros, so that equal amounts have equal text.</summary>
    public static decimal Plain(decimal amount) => amount / 1.0000000000000000000000000000m;

    /// <summary>The columns one by one, those of a JSON object grouped together.</summary>
    private static List<IGrouping<string?, ResultColumn>> GroupColumns()
    {
        int alone = 0;
        return [.. ResultColumns.All.GroupBy(column => (column.Group, column.Group is null ? alone++ : -1))
            .SelectMany(group => group.GroupBy(column => column.Group))];
    }
}
