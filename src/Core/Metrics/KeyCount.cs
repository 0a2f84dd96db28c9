namespace Tidemark.Core.Metrics;

/// <summary>A key and how often it was counted.</summary>
/// <param name="Key">The key as text.</param>
/// <param name="Count">Its count; over the true one by at most <see cref="KeyCounter.MaxError"/>.</param>
public readonly record struct KeyCount(string Key, long Count);
