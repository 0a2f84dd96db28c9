using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks;

/// <summary>
/// Reads the results that a sink has written: the highest revision of each window, and each session, once. Ranges are half-open in epoch
/// milliseconds; <see cref="long.MinValue"/> to <see cref="long.MaxValue"/> covers everything.
/// </summary>
public interface IResultReader
{
    /// <summary>The name of the place it reads from, for messages.</summary>
    string Name { get; }

    /// <summary>The names of the stored window families, in ordinal order.</summary>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<IReadOnlyList<string>> ListFamiliesAsync(CancellationToken cancellationToken);

    /// <summary>The windows of a family that start in a range, by start and end. Empty when there is no such family.</summary>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, CancellationToken cancellationToken);

    /// <summary>The last windows of a family that start in a range, by start and end.</summary>
    /// <param name="family">The family's name.</param>
    /// <param name="range">The range.</param>
    /// <param name="count">The maximum number of windows, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken);

    /// <summary>The distinct users of all windows of a family that lie entirely in a range. A user is counted once.</summary>
    /// <exception cref="SinkException">The results cannot be read.</exception>
    Task<UserCount> CountUsersAsync(string family, Interval range, CancellationToken cancellationToken);

    /// <summary>
    /// The sessions that start in a range: by day of the start, then by the minute in which they ended, then by start and id. By default a store
    /// has none.
    /// </summary>
    /// <param name="range">The range.</param>
    /// <param name="user">The user as published; null for all users.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    IAsyncEnumerable<SessionRow> ReadSessionsAsync(Interval range, string? user, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<SessionRow>();

    /// <summary>
    /// The last sessions that start in a range, by start and id. Those that share the start of the first of them are among them, even if these are
    /// more than asked for.
    /// </summary>
    /// <param name="range">The range.</param>
    /// <param name="user">The user as published; null for all users.</param>
    /// <param name="count">The number of sessions, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="SinkException">The sessions cannot be read.</exception>
    Task<IReadOnlyList<SessionRow>> ReadLastSessionsAsync(Interval range, string? user, int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SessionRow>>([]);
}

/// <summary>The number of distinct users over windows.</summary>
/// <param name="Users">The number of users.</param>
/// <param name="IsExact">Whether the number is exact; an estimate has a standard error of 0.81 %.</param>
/// <param name="Windows">The number of windows included.</param>
/// <param name="Covered">The interval from the first start to the last end of these windows; null if there are none.</param>
public sealed record UserCount(long Users, bool IsExact, long Windows, Interval? Covered);
