using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tidemark.Dashboard.Status;

/// <summary>The JSON of a status.</summary>
public static class StatusJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the object, members in snake_case.</summary>
    public static void Write(Utf8JsonWriter json, DashboardStatus status) => JsonSerializer.Serialize(json, status, Options);
}
