using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Results;

/// <summary>Counts the users of several windows by the sketches that they bring.</summary>
internal static class UserUnion
{
    /// <summary>The distinct users of windows by start, no two of which overlap. One window is kept at a time.</summary>
    public static async Task<UserCount> CountAsync(IAsyncEnumerable<WindowResult> windows, CancellationToken cancellationToken)
    {
        HyperLogLog users = new();
        UserCount count = new(0, IsExact: true, 0, null);
        await foreach (WindowResult window in windows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!window.UsersSketch.IsEmpty)
            {
                users.Merge(HyperLogLog.ReadRedisDense(window.UsersSketch.Span));
            }

            Interval covered = new(count.Covered?.StartMs ?? window.StartMs, window.EndMs);
            count = new UserCount(window.UniqueUsers, window.UniqueUsersExact, count.Windows + 1, covered);
        }

        // A single window has its own number, which may be exact; several share users.
        return count.Windows <= 1 ? count : count with { Users = users.Estimate(), IsExact = false };
    }
}
