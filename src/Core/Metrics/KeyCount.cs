namespace Tidemark.Core.Metrics;

/// <summary>A key and its count.</summary>
/// <param name="Key">The key as text.</param>
/// <param name="Count">Its count; at most <see cref="KeyCounter.MaxError"/> above the true count.</param>
public readonly record struct KeyCount(string Key, long Count);
