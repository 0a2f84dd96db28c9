using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>Two sinks that take the same results, one after the other.</summary>
internal sealed class SinkPair(IResultSink first, IResultSink second) : IResultSink
{
    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        await first.WriteAsync(results, cancellationToken).ConfigureAwait(false);
        await second.WriteAsync(results, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public bool TakesSessions => first.TakesSessions || second.TakesSessions;

    /// <inheritdoc/>
    public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        await first.WriteSessionsAsync(sessions, cancellationToken).ConfigureAwait(false);
        await second.WriteSessionsAsync(sessions, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        await first.MarkFinalAsync(window, finalBeforeMs, cancellationToken).ConfigureAwait(false);
        await second.MarkFinalAsync(window, finalBeforeMs, cancellationToken).ConfigureAwait(false);
    }
}
