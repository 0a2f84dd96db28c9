using Tidemark.Core.Windows;

namespace Tidemark.Cli.Verify;

/// <summary>One value that is stored otherwise than it was recounted, or a window that is missing or one too many.</summary>
/// <param name="Family">The name of the window's family.</param>
/// <param name="Window">The window.</param>
/// <param name="Column">The column's name; <see cref="WholeWindow"/> when the window itself is missing or one too many.</param>
/// <param name="Stored">What is stored.</param>
/// <param name="Recounted">What was recounted.</param>
internal sealed record Difference(string Family, Interval Window, string Column, string Stored, string Recounted)
{
    /// <summary>Stands for all columns.</summary>
    public const string WholeWindow = "window";

    /// <summary>What stands for a window that is not there.</summary>
    public const string Missing = "missing";
}
