using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Engine.Checkpoint;

/// <summary>An output of an engine for the sinks: a publication, ended sessions, or a notice that windows or sessions are final.</summary>
/// <param name="Publication">A publication; null for everything else.</param>
/// <param name="Family">The family of a notice; null for a publication and for sessions.</param>
/// <param name="FinalBeforeMs">
/// Windows of the family, or sessions, that end at or before this time are final, epoch milliseconds; 0 when it is no notice.
/// </param>
/// <param name="Sessions">Sessions that have ended; null for everything else.</param>
public readonly record struct EngineEvent(
    Publication? Publication, WindowDefinition? Family, long FinalBeforeMs, EndedSessions? Sessions = null);
