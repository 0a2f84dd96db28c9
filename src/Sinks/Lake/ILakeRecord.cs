using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>A row that belongs to one revision of a window.</summary>
internal interface ILakeRecord
{
    /// <summary>The window.</summary>
    Interval Window { get; }

    /// <summary>The revision, which grows with every change of content.</summary>
    long Revision { get; }
}
