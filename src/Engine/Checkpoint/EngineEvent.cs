using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Checkpoint;

/// <summary>What an engine put out for the sinks: a publication, or the note that windows of a family are final.</summary>
/// <param name="Publication">The publication; null for a note.</param>
/// <param name="Family">The family of a note; null for a publication.</param>
/// <param name="FinalBeforeMs">The time of a note, epoch milliseconds.</param>
public readonly record struct EngineEvent(Publication? Publication, WindowDefinition? Family, long FinalBeforeMs);
