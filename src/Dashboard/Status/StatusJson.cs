using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Tidemark.Dashboard.Status;

/// <summary>The JSON of a status.</summary>
public static class StatusJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        RespectNullableAnnotations = true, // for the schema: what is never null is not described as such
    };

    /// <summary>The JSON schema of the object.</summary>
    public static JsonObject Schema() => Options.GetJsonSchemaAsNode(typeof(DashboardStatus)).AsObject();

    /// <summary>Writes the object, members in snake_case.</summary>
    public static void Write(Utf8JsonWriter json, DashboardStatus status) => JsonSerializer.Serialize(json, status, Options);
}
