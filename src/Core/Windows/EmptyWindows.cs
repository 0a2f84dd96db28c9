namespace Tidemark.Core.Windows;

/// <summary>The rule of the windows without events.</summary>
public static class EmptyWindows
{
    /// <summary>Most that are published in a row. More of them are a gap in the data, or a clock that stood wrong, and not silence: none of them is published.</summary>
    public const int MaxInARow = 100_000;
}
