using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>
/// Where the API reads results, whatever keeps them: the highest revision of each window, once. Ranges are half-open in epoch milliseconds and
/// select windows by their start. Thread-safe.
/// </summary>
public interface IResultStore
{
    /// <summary>The families of windows.</summary>
    IReadOnlyList<WindowDefinition> Windows { get; }

    /// <summary>The windows of a family that start in a range, by start and end.</summary>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, CancellationToken cancellationToken);

    /// <summary>The last windows of a family that start in a range, by start and end.</summary>
    /// <param name="family">The family's name.</param>
    /// <param name="range">The range.</param>
    /// <param name="count">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken);

    /// <summary>The windows that are open, by family, start and end.</summary>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<IReadOnlyList<WindowResult>> LiveAsync(CancellationToken cancellationToken);

    /// <summary>The distinct users of windows that were read here. A user is counted once.</summary>
    /// <param name="windows">Windows of one family or several, by start, no two of which overlap.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<UserCount> CountUsersAsync(IAsyncEnumerable<WindowResult> windows, CancellationToken cancellationToken);

    /// <summary>The last sessions that start in a range, by start and id: see <see cref="IResultReader.ReadLastSessionsAsync"/>.</summary>
    /// <param name="range">The range.</param>
    /// <param name="user">The user as published; null for all users.</param>
    /// <param name="count">The number of sessions, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken);

    /// <summary>
    /// The last sessions to end, by end and id, whenever they started. When the store keeps too few of the latest, the others are those of the
    /// history that started last: there nothing is found by its end.
    /// </summary>
    /// <param name="count">The number of sessions, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    Task<IReadOnlyList<SessionRow>> ReadLastEndedAsync(int count, CancellationToken cancellationToken);
}
