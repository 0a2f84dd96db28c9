using Tidemark.Core.Results;
using Tidemark.Support.Oracle;
using Tidemark.Support.Samples;

namespace Tidemark.Engine.Tests.Oracle;

/// <summary>Goal: the oracle judges every column that the events decide. What it leaves open is named here.</summary>
public sealed class OracleColumnsTests
{
    /// <summary>The oracle estimates nothing: bounds of errors and sketches are judged by tests of their own.</summary>
    private static bool IsLeftOpen(ResultColumn column) => column is BytesColumn || column.Name.EndsWith("_max_error", StringComparison.Ordinal);

    public static TheoryData<string> Content =>
        [.. ResultColumns.All.Where(column => column.Role == ColumnRole.Content && !IsLeftOpen(column)).Select(column => column.Name)];

    [Theory]
    [MemberData(nameof(Content))]
    public void Content_AnotherValue_ReadsDifferently(string name)
    {
        WindowResult other = ColumnSamples.WithAnotherValue(ResultColumns.Named(name), WindowResult.Blank);

        Assert.NotEqual(OracleBridge.Content(WindowResult.Blank), OracleBridge.Content(other));
    }
}
