using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Core.Sessions;

/// <summary>
/// All sessions that ended in one minute: a session ends when its user has been silent for the gap, or when it is cut. Published as a whole, and
/// again as a whole, with a higher revision, when late events change it; so a session that has become part of another one leaves its minute,
/// and no reader ever has to remove a row. Immutable.
/// </summary>
/// <param name="Minute">The minute.</param>
/// <param name="Phase"><see cref="Results.Phase.OnTime"/> or <see cref="Results.Phase.Corrected"/>.</param>
/// <param name="Revision">1 at the first publication and one more at each further one.</param>
/// <param name="WatermarkMs">The watermark at the publication, epoch milliseconds; null once a bounded source has ended.</param>
/// <param name="Sessions">The sessions, by start, then by id. Empty when late events have moved all of them elsewhere.</param>
public sealed record EndedSessions(Interval Minute, Phase Phase, long Revision, long? WatermarkMs, IReadOnlyList<Session> Sessions)
{
    /// <summary>The name under which sinks are told that minutes are final: see <c>IResultSink.MarkFinalAsync</c>.</summary>
    public const string Name = "sessions";
}
