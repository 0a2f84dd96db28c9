using System.Text.Json;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>A file of parameters against what main.bicep declares.</summary>
internal static class ParameterCheck
{
    public static IEnumerable<string> Findings(Template main, string name, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonProperty[] given = [.. document.RootElement.GetProperty("parameters").EnumerateObject()];
        List<string> findings =
        [
            .. main.Parameters.Where(parameter => parameter.Default is null && given.All(property => property.Name != parameter.Name))
                .Select(parameter => $"{name}: '{parameter.Name}' is wanted"),
        ];
        foreach (JsonProperty property in given)
        {
            JsonElement value = property.Value.GetProperty("value");
            if (main.Parameters.FirstOrDefault(parameter => parameter.Name == property.Name) is not { } declared)
            {
                findings.Add($"{name}: there is no parameter '{property.Name}'");
            }
            else if (declared.Type is "securestring" or "secureObject")
            {
                findings.Add($"{name}: '{property.Name}' is a secret, and belongs into no file");
            }
            else if (!IsOfType(value, declared.Type))
            {
                findings.Add($"{name}: '{property.Name}' is no {declared.Type}");
            }
            else if (!IsAllowed(value, declared))
            {
                findings.Add($"{name}: '{property.Name}' may not be {value}");
            }
        }

        return findings;
    }

    // azd puts in what stands in ${...}.
    private static bool IsAllowed(JsonElement value, Parameter declared)
    {
        if (value.ToString().StartsWith("${", StringComparison.Ordinal))
        {
            return true;
        }

        long length = value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : value.ToString().Length;
        return (declared.Body["allowedValues"] is not { } allowed || allowed.Items.Any(choice => choice.IsText(value.ToString())))
            && length >= (declared.Limit("minLength") ?? 0) && length <= (declared.Limit("maxLength") ?? long.MaxValue)
            && (value.ValueKind != JsonValueKind.Number
                || (value.GetInt64() >= (declared.Limit("minValue") ?? long.MinValue)
                    && value.GetInt64() <= (declared.Limit("maxValue") ?? long.MaxValue)));
    }

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "int" => value.ValueKind == JsonValueKind.Number,
        "bool" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => value.ValueKind == JsonValueKind.Array,
    };
}
