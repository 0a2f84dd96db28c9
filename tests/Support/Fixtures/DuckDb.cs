using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tidemark.Support.Fixtures;

/// <summary>What DuckDB answered: the type of each column, and the rows as JSON whose numbers keep all their digits.</summary>
public sealed record DuckDbResult(IReadOnlyDictionary<string, string> Types, IReadOnlyList<JsonObject> Rows)
{
    /// <summary>The JSON text of one value: exact, so a decimal or a long can be compared as text.</summary>
    public string this[int row, string column] => Rows[row][column]?.ToJsonString() ?? "null";
}

/// <summary>
/// A reader of Parquet files that is not ours: DuckDB in a Node process (tests/tools/duckdb.mjs). A missing tool fails the test; it is
/// never skipped.
/// </summary>
public static class DuckDb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs SQL and returns the rows of its last statement.</summary>
    public static async Task<DuckDbResult> QueryAsync(string sql)
    {
        string json = await RunAsync(sql);
        JsonObject answer = JsonNode.Parse(json)!.AsObject();
        Dictionary<string, string> types = answer["types"].Deserialize<Dictionary<string, string>>()!;
        return new DuckDbResult(types, [.. answer["rows"]!.AsArray().Select(row => row!.AsObject())]);
    }

    /// <summary>The path as an SQL string.</summary>
    public static string Quote(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";

    private static async Task<string> RunAsync(string sql)
    {
        var start = new ProcessStartInfo("node", [ScriptPath(), "--types"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start);
        using var timeout = new CancellationTokenSource(Timeout);
        try
        {
            await process.StandardInput.WriteAsync(sql.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"duckdb.mjs ended with exit code {process.ExitCode}: {await error}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"duckdb.mjs did not answer within {Timeout}: {sql}");
        }
        catch (IOException)
        {
            // It ended before it read the SQL, and says why.
            await process.WaitForExitAsync();
            throw new InvalidOperationException($"duckdb.mjs ended with exit code {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("node cannot be started: run `make test`, which installs what the tests need", e);
        }
    }

    private static string ScriptPath()
    {
        // The compiler's path is mapped away, so the repository is found from where the test runs.
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string script = Path.Combine(folder.FullName, "tests", "tools", "duckdb.mjs");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new FileNotFoundException($"tests/tools/duckdb.mjs was not found above {AppContext.BaseDirectory}");
    }
}
