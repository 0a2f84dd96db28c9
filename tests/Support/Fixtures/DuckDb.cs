using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;

namespace Tidemark.Support.Fixtures;

/// <summary>The rows of a DuckDB result, as JSON whose numbers keep all their digits.</summary>
public sealed record DuckDbResult(IReadOnlyList<JsonObject> Rows)
{
    /// <summary>The JSON text of one value: exact, so a decimal or a long can be compared as text.</summary>
    public string this[int row, string column] => Rows[row][column]?.ToJsonString() ?? "null";
}

/// <summary>An independent reader of Parquet files: DuckDB, with an in-memory database for each query.</summary>
public static class DuckDb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Runs SQL and returns the rows of its last statement. Integers of any size and decimals are exact numbers, times ISO 8601 with six
    /// decimals (with a Z where they have a time zone), maps and structs objects, lists arrays, and blobs hex digits.
    /// </summary>
    /// <exception cref="DuckDBException">The SQL is wrong, a file cannot be read, or it took longer than two minutes.</exception>
    public static Task<DuckDbResult> QueryAsync(string sql) => Task.Run(() => new DuckDbResult(Rows(sql)));

    /// <summary>The SQL type of each column of a query, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> TypesAsync(string query) =>
        (await QueryAsync("DESCRIBE " + query)).Rows.ToDictionary(row => (string)row["column_name"]!, row => (string)row["column_type"]!);

    /// <summary>The path as an SQL string literal.</summary>
    public static string Quote(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";

    private static List<JsonObject> Rows(string sql)
    {
        // A missing extension is an error: nothing may be loaded from the network.
        using DuckDBConnection connection = new("DataSource=:memory:;autoinstall_known_extensions=false;autoload_known_extensions=false;threads=2");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using CancellationTokenSource timeout = new(Timeout);
        using CancellationTokenRegistration cancel = timeout.Token.Register(command.Cancel);
        using DuckDBDataReader reader = command.ExecuteReader();
        List<JsonObject> rows;
        do
        {
            rows = [];
            while (reader.Read())
            {
                rows.Add(new JsonObject(Enumerable.Range(0, reader.FieldCount).Select(i => KeyValuePair.Create(reader.GetName(i), Json(reader, i)))));
            }
        }
        while (reader.NextResult());
        return rows;
    }

    private static JsonNode? Json(DuckDBDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : Json(reader.GetValue(column), reader.GetDataTypeName(column) == "TimestampTz" ? "Z" : "");

    private static JsonNode? Json(object? value, string zone) => value switch
    {
        null or DBNull => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        BigInteger number => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
        decimal number => JsonValue.Create(number),
        double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        DateTime time => JsonValue.Create(time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + zone),
        DateOnly date => JsonValue.Create(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        Stream blob => JsonValue.Create(Hex(blob)),
        IDictionary map => new JsonObject(map.Keys.Cast<object>().Select(key => KeyValuePair.Create(Name(key), Json(map[key], zone)))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(item => Json(item, zone))]),
        IConvertible number => JsonValue.Create(number.ToInt64(CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException($"a value of type {value.GetType()} has no JSON here"),
    };

    private static string Name(object key) => key as string ?? Convert.ToString(key, CultureInfo.InvariantCulture)!;

    private static string Hex(Stream blob)
    {
        using MemoryStream bytes = new();
        blob.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes.ToArray());
    }
}
