using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks;

/// <summary>
/// Reads back what a sink wrote: of each window the highest revision, once. A range is half-open in epoch milliseconds; one from
/// <see cref="long.MinValue"/> to <see cref="long.MaxValue"/> is everything.
/// </summary>
public interface IResultReader
{
    /// <summary>Where it reads, as a person would name it.</summary>
    string Name { get; }

    /// <summary>The names of the window families that are there, in ordinal order.</summary>
    /// <exception cref="SinkException">They cannot be read.</exception>
    Task<IReadOnlyList<string>> ListFamiliesAsync(CancellationToken cancellationToken);

    /// <summary>The windows of a family that start in a range, by start and end. None when there is no such family.</summary>
    /// <exception cref="SinkException">They cannot be read.</exception>
    IAsyncEnumerable<WindowResult> ReadAsync(string family, Interval range, CancellationToken cancellationToken);

    /// <summary>The last windows of a family that start in a range, by start and end.</summary>
    /// <param name="family">The family's name.</param>
    /// <param name="range">The range.</param>
    /// <param name="count">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SinkException">They cannot be read.</exception>
    Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken);

    /// <summary>The distinct users of all windows of a family that lie wholly in a range: nobody is counted twice.</summary>
    /// <exception cref="SinkException">They cannot be read.</exception>
    Task<UserCount> CountUsersAsync(string family, Interval range, CancellationToken cancellationToken);
}

/// <summary>Distinct users over windows.</summary>
/// <param name="Users">How many.</param>
/// <param name="IsExact">Whether that is exact; an estimate has a standard error of 0.81 %.</param>
/// <param name="Windows">How many windows were looked at.</param>
/// <param name="Covered">From the first start to the last end of these windows; null without any.</param>
public sealed record UserCount(long Users, bool IsExact, long Windows, Interval? Covered);
