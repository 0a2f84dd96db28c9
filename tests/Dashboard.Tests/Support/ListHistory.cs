using System.Runtime.CompilerServices;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Tests.Support;

/// <summary>A history in a list, read as plainly as can be.</summary>
internal sealed class ListHistory(params IEnumerable<WindowResult> results) : IResultReader
{
    private readonly List<WindowResult> _results = [.. results];

    public string Name => "a list";

    /// <summary>How often it was asked.</summary>
    public int Reads { get; private set; }

    /// <summary>Why it cannot be read; null: it can.</summary>
    public string? Problem { get; set; }

    public void Add(WindowResult result) => _results.Add(result);

    public Task<IReadOnlyList<string>> ListFamiliesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. _results.Select(result => result.Window).Distinct().Order(StringComparer.Ordinal)]);

    public async IAsyncEnumerable<WindowResult> ReadAsync(
        string family, Interval range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (WindowResult result in Find(family, range))
        {
            await Task.Yield();
            yield return result;
        }
    }

    public Task<IReadOnlyList<WindowResult>> ReadLastAsync(string family, Interval range, int count, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<WindowResult>>([.. Find(family, range).TakeLast(count)]);

    public Task<UserCount> CountUsersAsync(string family, Interval range, CancellationToken cancellationToken)
    {
        HyperLogLog users = new();
        WindowResult[] inside = [.. Find(family, range).Where(result => result.EndMs <= range.EndMs)];
        foreach (WindowResult result in inside)
        {
            users.Merge(HyperLogLog.ReadRedisDense(result.UsersSketch.Span));
        }

        return Task.FromResult(inside.Length == 0
            ? new UserCount(0, true, 0, null)
            : new UserCount(users.Estimate(), false, inside.Length, new Interval(inside[0].StartMs, inside.Max(result => result.EndMs))));
    }

    private List<WindowResult> Find(string family, Interval range)
    {
        Reads++;
        return Problem is not null
            ? throw new SinkException(Problem)
            : [.. _results.Where(result => result.Window == family && range.Contains(result.StartMs))
                .GroupBy(result => (result.StartMs, result.EndMs)).OrderBy(group => group.Key)
                .Select(group => group.MaxBy(result => result.Revision)!)];
    }
}
