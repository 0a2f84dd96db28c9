using System.Text.Json;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests.Checks;

/// <summary>A file of parameters against what main.bicep declares.</summary>
internal static class ParameterCheck
{
    public static IEnumerable<string> Findings(BicepFile main, string name, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonProperty[] given = [.. document.RootElement.GetProperty("parameters").EnumerateObject()];
        List<string> findings =
        [
            .. main.Params.Where(param => param.Value is null && given.All(property => property.Name != param.Name)).Select(param => $"{name}: '{param.Name}' is wanted"),
        ];
        foreach (JsonProperty property in given)
        {
            JsonElement value = property.Value.GetProperty("value");
            if (main.Params.FirstOrDefault(param => param.Name == property.Name) is not { } param)
            {
                findings.Add($"{name}: there is no parameter '{property.Name}'");
            }
            else if (param.Decorator("secure") is not null)
            {
                findings.Add($"{name}: '{property.Name}' is a secret, and belongs into no file");
            }
            else if (!IsOfType(value, param.Type!))
            {
                findings.Add($"{name}: '{property.Name}' is no {param.Type}");
            }
            else if (!IsAllowed(value, param))
            {
                findings.Add($"{name}: '{property.Name}' may not be {value}");
            }
        }

        return findings;
    }

    // azd puts in what stands in ${...}.
    private static bool IsAllowed(JsonElement value, Declaration param) =>
        value.ToString().StartsWith("${", StringComparison.Ordinal) || param.Decorator("allowed") is not { } allowed || allowed.All().Any(choice => choice.IsText(value.ToString()));

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "int" => value.ValueKind == JsonValueKind.Number,
        "bool" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => value.ValueKind == JsonValueKind.Array,
    };
}
