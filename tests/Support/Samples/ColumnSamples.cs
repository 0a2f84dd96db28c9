using Tidemark.Core.Metrics;
using Tidemark.Core.Results;

namespace Tidemark.Support.Samples;

/// <summary>Other values for the columns of a result, for tests that walk all of them.</summary>
public static class ColumnSamples
{
    private const long OneHourMs = 3_600_000;

    /// <summary>The same result with another value in one column.</summary>
    public static WindowResult WithAnotherValue(ResultColumn column, WindowResult result) => column switch
    {
        TextColumn { Name: "phase" } phase => phase.With(result, result.Phase == Phase.OnTime ? "corrected" : "on_time"),
        TextColumn text => text.With(result, text.Get(result) + "2"),
        TimeColumn time => time.With(result, (time.Get(result) ?? 0) + OneHourMs),
        CountColumn count => count.With(result, count.Get(result) + 1),
        FlagColumn flag => flag.With(result, !flag.Get(result)),
        AmountColumn amount => amount.With(result, (amount.Get(result) ?? 0) + 1.25m),
        MapColumn map => map.With(result, map.Get(result) with { Counts = [.. map.Get(result).Counts, new KeyCount("another key", 1)] }),
        AmountMapColumn map => map.With(result, [.. map.Get(result), new KeyAmount("ZZZ", 1.25m)]),
        BytesColumn bytes => bytes.With(result, new byte[] { 1, 2, 3 }),
        _ => throw new NotSupportedException($"No other value is known for a {column.GetType().Name}."),
    };
}
