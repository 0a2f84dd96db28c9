using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Dashboard.Status;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Api;

/// <summary>The OpenAPI 3.1 document of the API. The schema of a result follows from <see cref="ResultColumns"/>.</summary>
internal static class OpenApiDocument
{
    private const string JsonType = "application/json";

    /// <summary>Writes the document.</summary>
    public static byte[] Write(IReadOnlyList<WindowDefinition> windows, IReadOnlyList<ResultColumn> columns, ApiLimits limits, bool isStreamed)
    {
        JsonArray names = [.. windows.Select(window => JsonValue.Create(window.Name))];
        JsonObject document = new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Tidemark",
                ["version"] = "1",
                ["description"] = "Metrics of event-time windows. Ranges are half-open and select windows by their start; times are RFC 3339 in UTC.",
            },
            ["paths"] = Paths(names, columns, limits, isStreamed),
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject
                {
                    ["Result"] = ResultSchema(columns),
                    ["Session"] = SessionSchema(),
                    ["Problem"] = Record(("title", Type("string")), ("status", Type("integer")), ("detail", Type("string"))),
                },
            },
        };
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = ResultJson.WriterTo(body))
        {
            document.WriteTo(json);
        }

        return body.WrittenSpan.ToArray();
    }

    private static JsonObject Paths(JsonArray names, IReadOnlyList<ResultColumn> all, ApiLimits limits, bool isStreamed)
    {
        string days = limits.MaxRange.TotalDays.ToString("0", CultureInfo.InvariantCulture);
        JsonObject window = Parameter("window", "path", "the family", new JsonObject { ["type"] = "string", ["enum"] = names }, isRequired: true);
        JsonObject from = Parameter("from", "query", "first start: RFC 3339, epoch milliseconds, now, or -90m", Type("string"));
        JsonObject to = Parameter("to", "query", $"first start after the range, at most {days} days later; the same forms", Type("string"));
        JsonObject required = Parameter("from", "query", "where the range begins", Type("string"), isRequired: true);
        JsonObject columns = Parameter("columns", "query", "names of columns with commas in between; absent: all", Type("string"));
        JsonObject limit = Parameter("limit", "query", "how many windows at most", new JsonObject
        {
            ["type"] = "integer", ["minimum"] = 1, ["maximum"] = limits.MaxWindows, ["default"] = limits.DefaultWindows,
        });
        JsonObject results = Record(("results", List(Result())));
        JsonObject range = Record(
            ("window", Type("string")), ("from", Nullable("string")), ("to", Nullable("string")),
            ("next_from", Nullable("string")), ("results", List(Result())));
        JsonObject covered = Record(
            ("from", Type("string")), ("to", Type("string")), ("windows", Type("integer")),
            ("covered_from", Nullable("string")), ("covered_to", Nullable("string")));
        JsonObject paths = new()
        {
            [DashboardApi.Root + "metrics/{window}/latest"] = Get("latestWindow", "The latest closed window", Result(), [window, columns]),
            [DashboardApi.Root + "metrics/{window}"] = Get(
                "windows", "Closed windows: the first of the range, with next_from to go on from; without from the last ones",
                range, [window, from, to, limit, columns]),
            [DashboardApi.Root + "metrics/live"] = Get("openWindows", "The windows that are open", results, [columns]),
            [DashboardApi.Root + "totals"] = Get(
                "totals", "Sums over the closed windows in a range, and the means that follow from them",
                With(covered, ("totals", TotalsSchema(all))), [required, to]),
            [DashboardApi.Root + "uniques"] = Get(
                "uniqueUsers", "Distinct users of a range, each counted once",
                With(covered, ("unique_users", Type("integer")), ("unique_users_exact", Type("boolean"))),
                [required, to]),
            [DashboardApi.Root + "sessions"] = Sessions(from, limit, limits),
            [DashboardApi.Root + "status"] = Get(
                "status", "Watermarks, lag, late and rejected records, the age of the state", StatusJson.Schema(), []),
            [DashboardApi.Root + "stream"] = Stream(isStreamed),
            [DashboardApi.Root + "columns"] = Get("columns", "The families of windows and the columns of a result", Type("object"), []),
        };
        return paths;
    }

    private static JsonObject Sessions(JsonObject from, JsonObject limit, ApiLimits limits)
    {
        string days = limits.MaxSessionRange.TotalDays.ToString("0", CultureInfo.InvariantCulture);
        JsonObject to = Parameter(
            "to", "query", $"first start after the range, at most {days} days after from, and that by default; the same forms", Type("string"));
        JsonObject user = Parameter("user", "query", "only sessions of this user, as published; needs from", Type("string"));
        JsonObject order = Parameter(
            "order", "query", "end: the last to end, by end, whenever they started; takes no from, to and user. Absent: by start", Type("string"));
        JsonObject many = limit.DeepClone().AsObject();
        many["description"] = "how many sessions; those that share a start are not parted, so it may be a few more";
        return Get(
            "sessions", "Sessions that have ended: the last ones that start in the range, by start, with next_to to go on to earlier ones",
            Record(
                ("from", Nullable("string")), ("to", Nullable("string")), ("next_to", Nullable("string")),
                ("sessions", List(new JsonObject { ["$ref"] = "#/components/schemas/Session" }))),
            [from, to, many, user, order]);
    }

    private static JsonObject Stream(bool isStreamed)
    {
        if (isStreamed)
        {
            JsonObject events = Get(
                "stream",
                "Server-sent events: joined (where the stream begins), closed (one result, once for each revision), live (all open windows), "
                    + "status, reset (read anew). Resumed by Last-Event-ID. With Accept: application/json the same state as one document",
                Type("string"), [Parameter("window", "query", "families with commas in between; absent: all", Type("string"))]);
            JsonObject content = events["get"]!["responses"]!["200"]!["content"]!.AsObject();
            content.Remove(JsonType);
            content["text/event-stream"] = new JsonObject { ["schema"] = Type("string") };
            return events;
        }

        return Get(
            "stream", "The open windows and the latest closed ones of each family, to be polled with If-None-Match",
            Record(("live", List(Result())), ("closed", List(Result()))), []);
    }

    private static JsonObject ResultSchema(IReadOnlyList<ResultColumn> columns)
    {
        JsonObject properties = [];
        foreach (IGrouping<string?, ResultColumn> group in columns.Where(column => column is not BytesColumn).GroupBy(column => column.Group))
        {
            JsonObject members = properties;
            if (group.Key is not null)
            {
                members = [];
                properties[group.Key] = new JsonObject { ["type"] = "object", ["properties"] = members };
            }

            foreach (ResultColumn column in group)
            {
                JsonObject schema = TypeOf(column);
                schema["description"] = column.Meaning;
                members[column.JsonName] = schema;
            }
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    private static JsonObject SessionSchema()
    {
        JsonObject properties = [];
        foreach (SessionColumn column in SessionColumns.All)
        {
            string type = column switch
            {
                SessionTextColumn or SessionTimeColumn => "string",
                SessionCountColumn => "integer",
                SessionFlagColumn => "boolean",
                SessionAmountColumn => "number",
                SessionTextsColumn => "array",
                _ => throw new NotSupportedException($"No schema is known for a {column.GetType().Name}."),
            };
            JsonObject schema = column switch
            {
                SessionTextsColumn => List(Type("string")),
                SessionTimeColumn => With(Type(type), "format", "date-time"),
                SessionCountColumn => With(Type(type), "format", "int64"),
                _ => column.IsNullable ? Nullable(type) : Type(type),
            };
            properties[column.Name] = With(schema, "description", column.Meaning);
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    private static JsonObject TotalsSchema(IReadOnlyList<ResultColumn> columns) =>
        Record([.. columns.Where(RangeTotals.Has).Select(column => (column.Name, TypeOf(column)))]);

    private static JsonObject TypeOf(ResultColumn column) => column switch
    {
        TextColumn => Type("string"),
        TimeColumn { IsNullable: true } => With(Nullable("string"), "format", "date-time"),
        TimeColumn => With(Type("string"), "format", "date-time"),
        CountColumn => With(Type("integer"), "format", "int64"),
        AmountColumn { IsNullable: true } => Nullable("number"),
        AmountColumn => Type("number"),
        FlagColumn => Type("boolean"),
        MapColumn => new JsonObject { ["type"] = "object", ["additionalProperties"] = With(Type("integer"), "format", "int64") },
        AmountMapColumn => new JsonObject { ["type"] = "object", ["additionalProperties"] = Type("number") },
        _ => throw new NotSupportedException($"No schema is known for a {column.GetType().Name}."),
    };

    private static JsonObject Get(string id, string summary, JsonObject schema, JsonObject[] parameters) => new()
    {
        ["get"] = new JsonObject
        {
            ["operationId"] = id,
            ["summary"] = summary,
            ["parameters"] = new JsonArray([.. parameters.Select(parameter => parameter.DeepClone())]),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject
                {
                    ["description"] = "The answer, with an ETag",
                    ["content"] = new JsonObject { [JsonType] = new JsonObject { ["schema"] = schema } },
                },
                ["304"] = new JsonObject { ["description"] = "Nothing has changed since the ETag in If-None-Match" },
                ["default"] = new JsonObject
                {
                    ["description"] = "What is wrong, and what was expected",
                    ["content"] = new JsonObject
                    {
                        ["application/problem+json"] = new JsonObject
                        {
                            ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" },
                        },
                    },
                },
            },
        },
    };

    private static JsonObject Parameter(string name, string place, string description, JsonObject schema, bool isRequired = false) => new()
    {
        ["name"] = name, ["in"] = place, ["required"] = isRequired, ["description"] = description, ["schema"] = schema,
    };

    private static JsonObject Type(string type) => new() { ["type"] = type };

    private static JsonObject Nullable(string type) => new() { ["type"] = new JsonArray(type, "null") };

    private static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Result() => new() { ["$ref"] = "#/components/schemas/Result" };

    private static JsonObject Record(params (string Name, JsonObject Schema)[] members) => With(
        new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() }, members);

    private static JsonObject With(JsonObject record, params (string Name, JsonObject Schema)[] members)
    {
        JsonObject copy = record.DeepClone().AsObject();
        foreach ((string name, JsonObject schema) in members)
        {
            copy["properties"]![name] = schema;
        }

        return copy;
    }

    private static JsonObject With(JsonObject schema, string name, string value)
    {
        schema[name] = value;
        return schema;
    }
}
