using System.Buffers;
using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Query;

/// <summary>
/// Results as CSV (RFC 4180): CRLF, quotes only where they are needed. Lists and maps are left to JSON; of the pages the greatest is told.
/// Text that a spreadsheet would take for a formula begins with an apostrophe, and control characters are written as in JSON:
/// <c>\u001b</c>.
/// </summary>
internal sealed class QueryCsv
{
    // Semicolons and tabs separate fields where a spreadsheet is set up so.
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\"\t\r\n");

    // Spreadsheets also take the wide forms of East Asian keyboards.
    private static readonly SearchValues<char> Formula = SearchValues.Create("=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20");

    private readonly ResultColumn[] _columns;
    private readonly HashSet<string> _added;

    /// <param name="samples">Some of the results: a column that a configuration added is written when one of these has it.</param>
    public QueryCsv(IEnumerable<WindowResult> samples)
    {
        _columns = [.. ResultColumns.All.Concat(ResultColumns.AddedOf(samples)).Where(column => HeaderOf(column).Length > 0)];
        _added = [.. _columns.Where(column => column.IsAdded).Select(column => column.Name)];
    }

    /// <summary>The columns of the results written that no sample had: they are left out.</summary>
    public SortedSet<string> LeftOut { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes the names of the columns.</summary>
    public void WriteHeader(IBufferWriter<byte> destination) => WriteLine(_columns.SelectMany(HeaderOf), destination);

    /// <summary>Writes a result. A column that it was made without stays empty.</summary>
    public void Write(WindowResult result, IBufferWriter<byte> destination)
    {
        WriteLine(_columns.SelectMany(column => column.IsIn(result) ? FieldsOf(column, result) : [""]), destination);
        LeftOut.UnionWith(ResultColumns.AddedOf(result).Where(column => HeaderOf(column).Length > 0 && !_added.Contains(column.Name))
            .Select(column => column.Name));
    }

    private static string[] HeaderOf(ResultColumn column) => column switch
    {
        { IsLiveOnly: true } or BytesColumn or MapColumn { Greatest: null } or AmountMapColumn => [],
        MapColumn { Greatest: { } greatest } => [greatest.Key, greatest.Count],
        _ => [column.Name],
    };

    private static string[] FieldsOf(ResultColumn column, WindowResult result) => column switch
    {
        TextColumn text => [text.Get(result)],
        TimeColumn time => [time.Get(result) is { } epochMs ? TimeText.Format(epochMs) : ""],
        CountColumn count => [count.Get(result).ToString(CultureInfo.InvariantCulture)],
        FlagColumn flag => [flag.Get(result) ? "true" : "false"],
        AmountColumn amount => [amount.Get(result)?.ToString("0.####", CultureInfo.InvariantCulture) ?? ""],
        MapColumn map => map.Get(result).Counts is [var greatest, ..]
            ? [Field(greatest.Key), greatest.Count.ToString(CultureInfo.InvariantCulture)]
            : ["", "0"],
        _ => throw new NotSupportedException($"No CSV is known for a {column.GetType().Name}."),
    };

    /// <summary>A field with text of others. An empty one is quoted, to tell it from an absent one.</summary>
    public static string Field(string text)
    {
        string plain = string.Concat(text.Select(character => char.IsControl(character) && character is not ('\t' or '\r' or '\n')
            ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
            : character.ToString()));
        bool isFormula = plain.Length > 0 && (Formula.Contains(plain[0]) || plain.AsSpan().TrimStart().IndexOfAny(Formula) == 0);
        return plain.Length == 0 || isFormula || plain.AsSpan().ContainsAny(Special) || plain[0] == ' ' || plain[^1] == ' '
            ? $"\"{(isFormula ? "'" : "")}{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : plain;
    }

    /// <summary>Writes fields as a line. Those with text of others come from <see cref="Field"/>.</summary>
    public static void WriteLine(IEnumerable<string> fields, IBufferWriter<byte> destination) =>
        Encoding.UTF8.GetBytes(string.Join(',', fields) + "\r\n", destination);
}
