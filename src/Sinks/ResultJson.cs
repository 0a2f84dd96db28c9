using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// A result as one JSON object with the members of <see cref="ResultColumns"/>, always the same bytes for the same result. Text is not escaped for HTML: whoever shows
/// it on a page must do that.
/// </summary>
public static class ResultJson
{
    /// <summary>The name of the field that says when a result was sent.</summary>
    internal const string EmittedAt = "emitted_at";

    private static readonly List<IGrouping<string?, ResultColumn>> Groups = GroupColumns();

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Appends the object, without a line end.</summary>
    /// <param name="result">The result.</param>
    /// <param name="destination">Where the UTF-8 bytes go.</param>
    /// <param name="emittedAt">When the result was sent, to the millisecond: adds <c>emitted_at</c>.</param>
    public static void Write(WindowResult result, IBufferWriter<byte> destination, DateTimeOffset? emittedAt = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        using Utf8JsonWriter json = new(destination, WriterOptions);
        json.WriteStartObject();
        foreach (IGrouping<string?, ResultColumn> group in Groups)
        {
            if (group.Key is null)
            {
                WriteMember(json, group.Single(), result);
            }
            else if (group.Any(column => column is AmountColumn amount && amount.Get(result) is not null))
            {
                json.WriteStartObject(group.Key);
                foreach (ResultColumn column in group)
                {
                    WriteMember(json, column, result);
                }

                json.WriteEndObject();
            }
        }

        if (emittedAt is { } emitted)
        {
            json.WriteString(EmittedAt, TimeText.Format(emitted.ToUnixTimeMilliseconds()));
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote: every field of the result but its sketch, which is empty.</summary>
    /// <exception cref="InvalidDataException">The text is no result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8) => Read(utf8, out _);

    /// <summary>Reads what <see cref="Write"/> wrote, and when it was sent.</summary>
    /// <param name="utf8">One JSON object.</param>
    /// <param name="emittedAt">Null when the text does not say.</param>
    /// <exception cref="InvalidDataException">The text is no result; the message names the field.</exception>
    public static WindowResult Read(ReadOnlyMemory<byte> utf8, out DateTimeOffset? emittedAt) => ResultJsonReader.Read(utf8, out emittedAt);

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
            default:
                throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}.");
        }
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

    /// <summary>The same amount without trailing zeros, so that equal amounts have equal text.</summary>
    private static decimal Plain(decimal amount) => amount / 1.0000000000000000000000000000m;

    /// <summary>Columns one by one, those of an object together.</summary>
    private static List<IGrouping<string?, ResultColumn>> GroupColumns()
    {
        int alone = 0;
        return [.. ResultColumns.All.GroupBy(column => (column.Group, column.Group is null ? alone++ : -1))
            .SelectMany(group => group.GroupBy(column => column.Group))];
    }
}
