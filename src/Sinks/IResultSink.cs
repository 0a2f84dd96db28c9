using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Sinks;

/// <summary>
/// Stores results. Forward-only: of two results for the same window the one with the higher revision is kept, in whatever order they
/// arrive, so a batch can safely be written again after a failure.
/// </summary>
public interface IResultSink
{
    /// <summary>Whether it takes sessions. Default: no.</summary>
    bool TakesSessions => false;

    /// <summary>Writes results in order. If it throws, any part of the batch may have been written.</summary>
    /// <exception cref="SinkException">The results cannot be written; the message says where, why and what to do.</exception>
    Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken);

    /// <summary>Marks the windows of a family that end at or before a time as final. The time only moves forward.</summary>
    /// <param name="window">The name of the family, or <see cref="EndedSessions.Name"/>.</param>
    /// <param name="finalBeforeMs">The time, epoch milliseconds.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">The mark cannot be written.</exception>
    Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the sessions that ended in a minute, in place of those that an earlier revision had. A minute whose revision is not higher than the
    /// stored one changes nothing. By default a sink takes no sessions.
    /// </summary>
    /// <param name="sessions">The sessions. Minutes are final by the name <see cref="EndedSessions.Name"/>.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SinkException">They cannot be written; any part may have been. Writing them again completes it.</exception>
    Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken) => Task.CompletedTask;
}
