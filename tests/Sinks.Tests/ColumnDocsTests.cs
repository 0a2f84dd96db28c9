using System.Globalization;
using System.Text;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Sinks.Tests;

/// <summary>
/// The tables of columns in the documents are made from <see cref="ResultColumns"/>. When one differs, run the tests with
/// <c>TIDEMARK_UPDATE_DOCS=1</c>: that writes it anew. The meaning of the content is in SEMANTICS.md alone.
/// </summary>
public sealed class ColumnDocsTests
{
    private const string End = "<!-- end -->\n";

    [Theory]
    [InlineData("SEMANTICS.md", "metrics of a window")]
    [InlineData("LAKE.md", "columns of a window")]
    [InlineData("REDIS.md", "members of a result")]
    [InlineData("SESSIONS.md", "metrics of sessions")]
    public void Docs_TableOfColumns_IsMadeFromTheTable(string file, string name) => AssertTable(file, name, TableOf(file));

    [Fact]
    public void Docs_TableOfSessionColumns_IsMadeFromTheTable() => AssertTable("SESSIONS.md", "columns of a session", Table(
        ["column", "Parquet", "JSON", "meaning"],
        SessionColumns.All.Select(column => new[] { $"`{column.Name}`", ParquetType(column), JsonType(column), column.Meaning })));

    private static void AssertTable(string file, string name, string expected)
    {
        string path = Path.Combine(DocsFolder(), file);
        string page = File.ReadAllText(path);
        string begin = $"<!-- {name} -->\n";
        int start = page.IndexOf(begin, StringComparison.Ordinal);
        int end = page.IndexOf(End, Math.Max(start, 0), StringComparison.Ordinal);
        Assert.True(start >= 0 && end > start, $"docs/{file} has a table between '{begin.Trim()}' and '{End.Trim()}'");
        start += begin.Length;
        if (Environment.GetEnvironmentVariable("TIDEMARK_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, string.Concat(page.AsSpan(0, start), expected, page.AsSpan(end)));
            return;
        }

        Assert.Equal(expected, page[start..end]);
    }

    private static string ParquetType(SessionColumn column) => column switch
    {
        SessionTextColumn => "STRING",
        SessionTextsColumn => "LIST(STRING)",
        SessionTimeColumn => "TIMESTAMP(MILLIS, UTC)",
        SessionCountColumn => "INT64",
        SessionFlagColumn => "BOOLEAN",
        SessionAmountColumn => "DECIMAL(18,4)",
        _ => throw new NotSupportedException(column.GetType().Name),
    } + (column.IsNullable ? ", null" : "");

    private static string JsonType(SessionColumn column) => column switch
    {
        SessionTextColumn => "string",
        SessionTextsColumn => "array of strings",
        SessionTimeColumn => "time",
        SessionFlagColumn => "boolean",
        SessionCountColumn or SessionAmountColumn => "number",
        _ => throw new NotSupportedException(column.GetType().Name),
    } + (column.IsNullable ? " or null" : "");

    private static string TableOf(string file) => file switch
    {
        "SEMANTICS.md" => Table(
            ["field", "meaning", "exactness"],
            ResultColumns.All.Where(column => column.Role == ColumnRole.Content && column is not BytesColumn)
                .Select(column => new[] { JsonPath(column), column.Meaning, Text(column.Exactness) })),
        "LAKE.md" => Table(
            ["column", "type", "meaning"],
            ResultColumns.All.Where(column => !column.IsLiveOnly)
                .Select(column => new[] { $"`{column.Name}`", ParquetType(column), Description(column) })),
        "SESSIONS.md" => Table(
            ["column", "type", "meaning"],
            ResultColumns.Sessions.Select(column => new[] { $"`{column.Name}`", ParquetType(column), column.Meaning })),
        _ => Table(
            ["member", "JSON", "meaning"],
            [
                .. ResultColumns.All.Where(column => column is not BytesColumn)
                .Select(column => new[] { JsonPath(column), JsonType(column), Description(column) }),
                [$"`{ResultJson.EmittedAt}`", "time", "when it was sent; in Redis only"],
            ]),
    };

    private static string Table(string[] header, IEnumerable<string[]> rows)
    {
        StringBuilder table = new();
        Add(header);
        table.Append('|').Insert(table.Length, "---|", header.Length).Append('\n');
        foreach (string[] row in rows)
        {
            Add(row);
        }

        return table.ToString();

        void Add(string[] cells) => table.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
    }

    private static string Description(ResultColumn column) =>
        column.Role == ColumnRole.Content && column is not BytesColumn ? "" : column.Meaning;

    private static string JsonPath(ResultColumn column) => column.Group is { } group ? $"`{group}.{column.JsonName}`" : $"`{column.JsonName}`";

    private static string Text(Exactness exactness) => exactness switch
    {
        Exactness.Exact => "exact",
        Exactness.ExactOrEstimate => "exact up to `ExactUsersLimit`, then an estimate (standard error 0.81 %)",
        Exactness.Bounded => "exact up to its capacity, then over by at most `..._max_error`",
        _ => throw new ArgumentOutOfRangeException(nameof(exactness), exactness, null),
    };

    private static string ParquetType(ResultColumn column) => column switch
    {
        TextColumn => "STRING",
        TimeColumn time => "TIMESTAMP(MILLIS, UTC)" + (time.IsNullable ? ", null" : ""),
        CountColumn => "INT64" + (column.IsLater ? ", null in files of earlier versions" : ""),
        FlagColumn => "BOOLEAN",
        AmountColumn amount => "DECIMAL(18,4)" + (amount.IsNullable ? ", null" : ""),
        MapColumn => "MAP(STRING, INT64), by count",
        BytesColumn => "BINARY",
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    private static string JsonType(ResultColumn column) => column switch
    {
        TextColumn => "string",
        TimeColumn time => time.IsNullable ? "time or null" : "time",
        CountColumn or AmountColumn => "number",
        FlagColumn => "boolean",
        MapColumn => "object: key to number, by count",
        _ => throw new NotSupportedException(column.GetType().Name),
    };

    private static string DocsFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string docs = Path.Combine(folder.FullName, "docs");
            if (File.Exists(Path.Combine(docs, "SEMANTICS.md")))
            {
                return docs;
            }
        }

        throw new DirectoryNotFoundException($"docs/ was not found above {AppContext.BaseDirectory}");
    }
}
