namespace Tidemark.Sinks.Lake;

/// <summary>A row that belongs to a window at a revision.</summary>
internal interface ILakeRecord
{
    DateTime WindowStart { get; }

    DateTime WindowEnd { get; }

    long Revision { get; }
}
