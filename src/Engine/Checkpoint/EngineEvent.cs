using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Checkpoint;

/// <summary>An output of an engine for the sinks: a publication, or a notice that windows of a family are final.</summary>
/// <param name="Publication">The publication; null for a notice.</param>
/// <param name="Family">The family of a notice; null for a publication.</param>
/// <param name="FinalBeforeMs">
/// Windows of the family that end at or before this time are final, epoch milliseconds; 0 for a publication.
/// </param>
public readonly record struct EngineEvent(Publication? Publication, WindowDefinition? Family, long FinalBeforeMs);
