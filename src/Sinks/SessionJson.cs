using System.Buffers;
using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Sinks;

/// <summary>
/// Converts a session row to one JSON object with the members of <see cref="SessionColumns"/>, and back; equal rows have equal bytes. Text is not
/// escaped for HTML: a page that shows it must do that.
/// </summary>
public static class SessionJson
{
    /// <summary>Appends the object, without a line end.</summary>
    /// <param name="row">The row.</param>
    /// <param name="destination">Receives the UTF-8 bytes.</param>
    public static void Write(SessionRow row, IBufferWriter<byte> destination)
    {
        using Utf8JsonWriter json = ResultJson.WriterTo(destination);
        Write(json, row);
    }

    /// <summary>Appends the object to a document.</summary>
    public static void Write(Utf8JsonWriter json, SessionRow row)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(row);
        json.WriteStartObject();
        foreach (SessionColumn column in SessionColumns.All)
        {
            WriteMember(json, column, row);
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// Appends a line for each session of a minute. A minute without sessions, since a correction has moved all of them elsewhere, is one line with
    /// the members that are not of a session: <c>ended_minute</c> and <c>revision</c>.
    /// </summary>
    /// <param name="ended">The sessions.</param>
    /// <param name="destination">Receives the UTF-8 bytes.</param>
    public static void WriteLines(EndedSessions ended, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(ended);
        ArgumentNullException.ThrowIfNull(destination);
        foreach (SessionRow row in SessionRow.Of(ended))
        {
            Write(row, destination);
            destination.Write("\n"u8);
        }

        if (ended.Sessions.Count == 0)
        {
            WriteEmpty(ended, destination);
            destination.Write("\n"u8);
        }
    }

    /// <summary>
    /// Appends one object that tells of a publication without its sessions: <c>ended_minute</c>, <c>phase</c>, <c>revision</c>, <c>watermark</c>, and
    /// how many <c>sessions</c> and <c>conversions</c> there are.
    /// </summary>
    public static void WriteSummary(EndedSessions ended, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(ended);
        using Utf8JsonWriter json = ResultJson.WriterTo(destination);
        json.WriteStartObject();
        json.WriteString("ended_minute", TimeText.Format(ended.Minute.StartMs));
        json.WriteString("phase", ended.Phase.Name());
        json.WriteNumber("revision", ended.Revision);
        json.WriteString("watermark", ended.WatermarkMs is { } watermark ? TimeText.Format(watermark) : null);
        json.WriteNumber("sessions", ended.Sessions.Count);
        json.WriteNumber("conversions", ended.Sessions.Count(session => session.Conversion));
        json.WriteEndObject();
    }

    /// <summary>Reads one JSON object that was written here.</summary>
    /// <exception cref="InvalidDataException">The text is not a session; the message names the field.</exception>
    public static SessionRow Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            SessionRow row = SessionRow.Blank;
            foreach (SessionColumn column in SessionColumns.All)
            {
                row = document.RootElement.TryGetProperty(column.Name, out JsonElement value)
                    ? Read(column, value, row)
                    : throw new InvalidDataException($"'{column.Name}' is missing");
            }

            return row;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"not a session: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"not a session: {error.Message}", error);
        }
    }

    private static void WriteEmpty(EndedSessions ended, IBufferWriter<byte> destination)
    {
        using Utf8JsonWriter json = ResultJson.WriterTo(destination);
        SessionRow row = new(SessionRow.Blank.Session, ended.Minute, ended.Revision);
        json.WriteStartObject();
        WriteMember(json, SessionColumns.Named("ended_minute"), row);
        WriteMember(json, SessionColumns.Named("revision"), row);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, SessionColumn column, SessionRow row)
    {
        switch (column)
        {
            case SessionTextColumn text:
                json.WriteString(text.Name, text.Get(row)); // null is written as null
                break;
            case SessionTimeColumn time:
                json.WriteString(time.Name, TimeText.Format(time.Get(row)));
                break;
            case SessionCountColumn count:
                json.WriteNumber(count.Name, count.Get(row));
                break;
            case SessionFlagColumn flag:
                json.WriteBoolean(flag.Name, flag.Get(row));
                break;
            case SessionAmountColumn amount when amount.Get(row) is { } value:
                json.WriteNumber(amount.Name, ResultJson.Plain(value));
                break;
            case SessionAmountColumn:
                json.WriteNull(column.Name);
                break;
            case SessionTextsColumn texts:
                json.WriteStartArray(texts.Name);
                foreach (string text in texts.Get(row))
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
                break;
            default:
                throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}.");
        }
    }

    private static SessionRow Read(SessionColumn column, JsonElement value, SessionRow row)
    {
        bool isNull = value.ValueKind == JsonValueKind.Null;
        if (isNull && !column.IsNullable)
        {
            throw new InvalidDataException($"'{column.Name}' is null");
        }

        return column switch
        {
            SessionTextColumn text => text.With(row, value.GetString()),
            SessionTimeColumn time => time.With(row, ResultJsonReader.Time(time.Name, value).ToUnixTimeMilliseconds()),
            SessionCountColumn count => count.With(row, value.GetInt64()),
            SessionFlagColumn flag => flag.With(row, value.GetBoolean()),
            SessionAmountColumn amount => amount.With(row, isNull ? null : value.GetDecimal()),
            SessionTextsColumn texts => texts.With(row, [.. value.EnumerateArray().Select(text => text.GetString() ?? "")]),
            _ => throw new NotSupportedException($"No JSON is known for a {column.GetType().Name}."),
        };
    }
}
