using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>Which window a row is of and how recent it is.</summary>
/// <param name="Window">The window.</param>
/// <param name="Revision">Grows with every change of content.</param>
internal sealed record LakeKey(Interval Window, long Revision) : ILakeRecord;
