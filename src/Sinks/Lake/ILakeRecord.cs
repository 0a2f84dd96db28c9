using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>A row that belongs to a window at a revision.</summary>
internal interface ILakeRecord
{
    /// <summary>The window.</summary>
    Interval Window { get; }

    /// <summary>Grows with every change of content.</summary>
    long Revision { get; }
}
