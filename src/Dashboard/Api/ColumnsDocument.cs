using System.Buffers;
using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>What there is to show: the families of windows and the columns of a result. A page makes its tiles, charts and lists from it.</summary>
internal static class ColumnsDocument
{
    /// <summary>Writes the document.</summary>
    /// <param name="windows">The families.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="isStreamed">Whether there is a stream, or it has to be polled.</param>
    public static byte[] Write(IReadOnlyList<WindowDefinition> windows, IReadOnlyList<ResultColumn> columns, bool isStreamed)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = ResultJson.WriterTo(body))
        {
            json.WriteStartObject();
            json.WriteString("version", "v1");
            json.WriteString("stream", isStreamed ? "events" : "poll");
            json.WriteStartArray("windows");
            foreach (WindowDefinition window in windows)
            {
                json.WriteStartObject();
                json.WriteString("name", window.Name);
                json.WriteString("kind", window.Kind.Name);
                json.WriteNumber("size_ms", window.Kind.SizeMs);
                json.WriteNumber("hop_ms", window.Kind.HopMs);
                json.WriteNumber("offset_ms", window.Kind.OffsetMs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("columns");
            foreach (ResultColumn column in columns.Where(column => column is not BytesColumn))
            {
                WriteColumn(json, column);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    /// <summary>The name of a column's type.</summary>
    internal static string TypeOf(ResultColumn column) => column switch
    {
        TextColumn => "text",
        TimeColumn => "time",
        CountColumn => "count",
        AmountColumn => "amount",
        FlagColumn => "flag",
        MapColumn => "map",
        AmountMapColumn => "amount_map",
        _ => throw new NotSupportedException($"No type is known for a {column.GetType().Name}."),
    };

    private static void WriteColumn(Utf8JsonWriter json, ResultColumn column)
    {
        json.WriteStartObject();
        json.WriteString("name", column.Name);
        json.WriteString("type", TypeOf(column));
        json.WriteString("role", column.Role switch
        {
            ColumnRole.Window => "window",
            ColumnRole.Content => "content",
            _ => "publication",
        });
        json.WriteString("meaning", column.Meaning);
        json.WriteString("exactness", column.Exactness switch
        {
            Exactness.Exact => "exact",
            Exactness.ExactOrEstimate => "exact_or_estimate",
            _ => "bounded",
        });
        json.WriteBoolean("additive", column.IsAdditive);
        json.WriteBoolean("added", column.IsAdded);
        if (column.Group is not null)
        {
            json.WriteString("group", column.Group);
        }

        json.WriteString("member", column.JsonName);
        if (column is MapColumn map)
        {
            json.WriteString("dimension", map.Dimension);
        }

        json.WriteEndObject();
    }
}
