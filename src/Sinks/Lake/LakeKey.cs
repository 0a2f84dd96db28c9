using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>The window and the revision of a row.</summary>
/// <param name="Window">The window.</param>
/// <param name="Revision">The revision, which grows with every change of content.</param>
internal sealed record LakeKey(Interval Window, long Revision) : ILakeRecord;
