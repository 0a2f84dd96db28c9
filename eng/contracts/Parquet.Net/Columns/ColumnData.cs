namespace Parquet.Columns;

/// <summary>
/// One column of one row group, as the format has it: the values that are there, and per value, null or empty list the levels that
/// say so. Levels are absent where their maximum is 0.
/// </summary>
internal sealed class ColumnData<T>
{
    public ColumnData(long levelCount, bool hasRepetitionLevels, bool hasDefinitionLevels)
    {
        LevelCount = (int)levelCount;
        RepetitionLevels = hasRepetitionLevels ? new int[levelCount] : null;
        DefinitionLevels = hasDefinitionLevels ? new int[levelCount] : null;
        Values = [];
    }

    public int LevelCount { get; }

    public int[]? RepetitionLevels { get; }

    public int[]? DefinitionLevels { get; }

    /// <summary>The values that are not null; only the first <see cref="ValueCount"/> count.</summary>
    public T[] Values { get; private set; }

    public int ValueCount { get; private set; }

    public int RowCount => RepetitionLevels is null ? LevelCount : RepetitionLevels.AsSpan().Count(0);

    /// <summary>Room for so many more values.</summary>
    public Span<T> Append(int count)
    {
        if (ValueCount + count > Values.Length)
        {
            T[] values = Values;

            // Most columns have one page, so the first request is usually the only one.
            Array.Resize(ref values, Math.Min(LevelCount, Math.Max(2 * ValueCount, ValueCount + count)));
            Values = values;
        }

        Span<T> added = Values.AsSpan(ValueCount, count);
        ValueCount += count;
        return added;
    }
}
