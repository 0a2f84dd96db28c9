using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>One row of a <c>metrics_*</c> table: the result of a closed window, and the columns that the row was stored without.</summary>
/// <param name="Result">The result.</param>
internal sealed record LakeRow(WindowResult Result) : ILakeRecord
{
    private readonly IReadOnlyList<ResultColumn> _lacking = [];

    /// <inheritdoc/>
    public Interval Window => new(Result.StartMs, Result.EndMs);

    /// <inheritdoc/>
    public long Revision => Result.Revision;

    /// <summary>Whether the row was stored before the column existed, so that its value is unknown.</summary>
    public bool Lacks(ResultColumn column) => _lacking.Contains(column);

    /// <summary>A copy of the row with another value.</summary>
    public LakeRow With<T>(ResultColumn<T> column, T value) => this with { Result = column.With(Result, value) };

    /// <summary>A copy of the row that lacks a column.</summary>
    public LakeRow Without(ResultColumn column) => new(this, [.. _lacking, column]);

    /// <summary>
    /// Whether both rows have equal content in the columns that both have, those that a configuration adds among them. Columns that
    /// describe the publication are ignored.
    /// </summary>
    public bool HasSameContent(LakeRow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ResultColumns.All.All(column =>
                column.Role == ColumnRole.Publication || Lacks(column) || other.Lacks(column) || column.AreSame(Result, other.Result))
            && ResultColumns.AddedOf(Result).All(column => !column.IsIn(other.Result) || column.AreSame(Result, other.Result));
    }

    private LakeRow(LakeRow row, IReadOnlyList<ResultColumn> lacking)
        : this(row) => _lacking = lacking;
}
